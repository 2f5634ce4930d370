"""Cells to rows: every table of a form in a workbook, its sections, and every row between the code row and the foot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ingestion import note
from ingestion.contracts import Form
from ingestion.model import Grid, Page, ParsedFile, Repair, Role, SheetRow, SheetTable, Workbook, cell_address
from ingestion.nights import month_index
from ingestion.normalise import (
    READERS,
    Habits,
    Reader,
    clean_text,
    date_habit,
    format_date,
    format_money,
    format_month,
    read_money,
    text_key,
)
from ingestion.old_encodings import decode
from ingestion.tables import Table, find_table, is_repeated_head
from ingestion.tally import dong

_CANCELLED_IN_NOTE = re.compile(r"\bhuy\b")
_BOOKS = re.compile(r"^tong so so bhxh de nghi cap\s*:?\s*(\d{1,6})\b")
_SECTION = re.compile(r"^(ii|i)(?:\.([12]))?\s*[.):-]?\s+(.+)$")


@dataclass(frozen=True)
class _Column:
    field: str
    type: str
    index: int
    read: Reader
    habits: Habits


@dataclass
class _Sheet:
    """One sheet on the way to rows: its table, its texts in Unicode, and what was decoded."""

    page: Page
    index: int
    table: Table
    said: SheetTable
    decoded: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    """(row, column) -> kind of repair and text before."""

    @property
    def grid(self) -> Grid:
        return self.page.grid


def parse_form(sha256: str, workbook: Workbook) -> ParsedFile:
    """Read every sheet of a workbook in which a known form's table stands. `form` stays None when there is none."""
    parsed = ParsedFile(sha256)
    sheets = []
    for index, page in enumerate(workbook.pages):
        in_unicode, decoded = _in_unicode(page, workbook.encoding if workbook.encoding in ("tcvn3", "vni") else None)
        table = find_table(in_unicode.grid)
        if table is not None:
            said = SheetTable(page.name, index, table.form.name, table.form.scheme, columns=table.columns)
            sheets.append(_Sheet(in_unicode, index, table, said, decoded))
    if not sheets:
        return parsed
    several = len(sheets) > 1
    for sheet in sheets:
        parsed.sheet_tables.append(sheet.said)
        named = f"{sheet.page.name}: " if several else ""
        parsed.missing_columns += [named + label for label in sheet.table.missing]
        parsed.unknown_columns += [named + cell for cell in sheet.table.unknown]
        _read_head(sheet)
    parsed.form = min(sheets, key=lambda s: s.table.wrong).table.form.name
    for sheet in sheets if not parsed.missing_columns and not parsed.unknown_columns else ():
        parsed.rows += _read_rows(sheet, parsed.repairs)
        rows, amount, end = _count_at_cells(sheet.grid, sheet.table)
        parsed.rows_at_cells += rows
        parsed.amount_at_cells_vnd += amount
        number = sheet.table.columns["bhxh_number"]
        below = (i + 1 for i in range(end, len(sheet.grid)) if re.fullmatch(r"\d{9,12}", clean_text(sheet.grid[i][number])))
        place = next(((sheet.page.name, cell_address(row, number)) for row in below), None)
        parsed.row_below_foot = parsed.row_below_foot or place
    _join_heads(parsed)
    return parsed


def _in_unicode(page: Page, encoding: str | None) -> tuple[Page, dict[tuple[int, int], tuple[str, str]]]:
    """The page with texts of old Vietnamese encodings decoded: by the encoding of the whole file, by a cell's font, or by its letters."""
    decoded: dict[tuple[int, int], tuple[str, str]] = {}
    grid: Grid = page.grid
    fonts = {} if _are_stale(page) else page.fonts
    for row, cells in enumerate(page.grid):
        for column, value in enumerate(cells):
            if not isinstance(value, str) or (value.isascii() and (row, column) not in fonts):
                continue
            text, kind = decode(value, fonts.get((row, column), encoding))
            if kind is not None and text != value:
                if not decoded:
                    grid = [list(line) for line in page.grid]
                grid[row][column] = text
                decoded[row, column] = kind, value
    return (replace(page, grid=grid), decoded) if decoded else (page, decoded)


def _are_stale(page: Page) -> bool:
    """Whether Unicode was typed into cells whose old font stayed: one letter that no old encoding has tells it of the whole sheet."""
    texts = (page.grid[row][column] for row, column in page.fonts)
    return any(isinstance(text, str) and any(char.isalpha() and char > "\xff" for char in text) for text in texts)


def _read_head(sheet: _Sheet) -> None:
    """Fields of the lines above the table; a label may have its words in the next cells of its row."""
    said, name = sheet.said, sheet.page.name
    for number, cells in enumerate(sheet.grid[: sheet.table.top], start=1):
        for column, value in enumerate(cells):
            text = text_key(value)
            if not text:
                continue
            if text.endswith(":") or text in ("so", "ky ke khai", "dot nop"):
                text = " ".join([text, *(t for v in cells[column + 1 : column + 6] if (t := text_key(v)))][:5])
            for label, pattern in sheet.table.form.head.items():
                match = pattern.match(text)
                if match and label not in said.head_cells:
                    said.head_cells[label] = (name, cell_address(number, column))
                    said.head.update({k: v.upper() if k == "agent_code" else v for k, v in match.groupdict().items()})
    month, year = said.head.pop("month", None), said.head.pop("year", None)
    if month and year and 1 <= int(month) <= 12:
        said.head["head_month"] = month_index(int(year), int(month))


def _join_heads(parsed: ParsedFile) -> None:
    """The file's own head: the first word on each matter; two agents in one workbook are nobody's."""
    for table in parsed.sheet_tables:
        for label, value in table.head.items():
            parsed.head.setdefault(label, value)
        for label, cell in table.head_cells.items():
            parsed.head_cells.setdefault(label, cell)
    if len({t.head["agent_code"] for t in parsed.sheet_tables if t.head.get("agent_code")}) > 1:
        parsed.agents_differ = True
        parsed.head.pop("agent_code")


def _plan(sheet: _Sheet) -> list[_Column]:
    """Which column is read how: the unit is the column's, the order of dates the file's own."""
    table, grid = sheet.table, sheet.grid
    dates = [c.field for c in table.form.columns if c.type == "date"]
    order = date_habit(row[table.columns[name]] for name in dates for row in grid[table.code_row + 1 :]) if dates else None
    common, thousands = Habits(date_order=order), Habits(date_order=order, money_unit=1000)
    return [
        _Column(c.field, c.type, table.columns[c.field], READERS[c.type], thousands if c.field in table.thousands else common)
        for c in table.form.columns
    ]


def _read_rows(sheet: _Sheet, repairs: list[Repair]) -> Iterator[SheetRow]:
    table, grid, said = sheet.table, sheet.grid, sheet.said
    form, section = table.form, None
    plan = _plan(sheet)
    money = [column for column in plan if form.amount and column.read is READERS["money"]]
    amount = next((column for column in plan if column.field == form.amount), None)
    number = table.columns["bhxh_number"]
    for index in range(table.code_row + 1, len(grid)):
        cells = grid[index]
        role: Role = "data"
        if not _has_digit(cells[number]):
            if _is_blank(cells):
                continue
            if _is_foot(cells, table):
                _read_foot(cells, said)
                return
            title = _section_title(cells, table)
            section = title or section
            role = _role(cells, table, title)
        row = SheetRow(sheet.page.name, sheet.index, index + 1, section, role == "data", 0, role=role, table=said)
        for column in plan if role == "data" else money if role == "subtotal" else ():
            reading = column.read(cells[column.index], column.habits)
            row.values[column.field] = reading.value
            place = index, column.index
            if reading.problem is not None:
                row.problems[column.field] = "uncached" if place in sheet.page.uncached else reading.problem
                if reading.proposal is not None:
                    row.proposals[column.field] = reading.proposal
            if role == "data" and (reading.repair is not None or place in sheet.decoded):
                kind, before = sheet.decoded.get(place) or (reading.repair or "", str(cells[column.index]))
                after = _as_printed(column.type, reading.value)
                repairs.append(Repair(row.sheet, cell_address(row.number, column.index), row.number, column.field, kind, before, after))
        if role == "data":
            _understand(row)
        if amount is not None and role != "header":
            row.amount_vnd = (amount.read(cells[amount.index], amount.habits).value or 0) * (-1 if section in form.negative_sections else 1)
        yield row


def _read_foot(cells: Sequence[object], said: SheetTable) -> None:
    """The foot's one figure: how many books are asked for."""
    match = _BOOKS.match(" ".join(key for value in cells if (key := text_key(value))))
    if match:
        said.head["books_requested"] = match[1]


def _as_printed(type_: str, value: Any) -> str:
    """A value as the office writes it, for the list of what was read otherwise."""
    if value is None:
        return ""
    if type_ == "month":
        return format_month(value)
    return format_money(value) if type_ == "money" else format_date(value) if type_ == "date" else str(value)


def _role(cells: Sequence[object], table: Table, title: str | None) -> Role:
    if title is not None:
        return "section"
    if _is_subtotal(cells, table.form):
        return "subtotal"
    return "header" if is_repeated_head(cells, table) else "data"


def _understand(row: SheetRow) -> None:
    """What stands between the lines: the fields of a note, the months of a roster, the month of a first day."""
    values = row.values
    if "note" in values:
        typed = values["note"] or ""
        said, left, unreadable = note.read_note(typed)
        values.update({name: said.get(name) for name in note.FIELDS})
        values["note"] = left
        row.problems.update(dict.fromkeys(unreadable, "unreadable"))
        values["is_cancellation"] = row.section in ("II.1", "II.2", "II") and bool(_CANCELLED_IN_NOTE.search(text_key(typed)))
    if "paid_from" in values:
        start, end = values["paid_from"], values["paid_until"]
        values["from_month"] = start
        values["months"] = end - start + 1 if start is not None and end is not None else None
    if "from_day" in values:
        first = values["from_day"]
        values["from_month"] = None if first is None else month_index(first.year, first.month)
        if "from_day" in row.problems:
            row.problems["from_month"] = row.problems["from_day"]


def _count_at_cells(grid: Grid, table: Table) -> tuple[int, int, int]:
    """Rows and đồng between code row and foot, and the 0-based row where the foot begins, counted on the bare grid and apart
    from `_read_rows`: the other side of the nothing-lost equation, and the reason why this loop is written twice."""
    count, amount, sign = 0, 0, 1
    column, number = table.columns.get(table.form.amount or ""), table.columns["bhxh_number"]
    unit = Habits(money_unit=1000) if table.form.amount in table.thousands else Habits()
    for index in range(table.code_row + 1, len(grid)):
        cells = grid[index]
        if not _has_digit(cells[number]):
            if not any(clean_text(value) for value in cells):
                continue
            if _is_foot(cells, table):
                return count, amount, index
            sign = -1 if (title := _section_title(cells, table)) in table.form.negative_sections else 1 if title else sign
        count += 1
        if column is not None and not is_repeated_head(cells, table):  # a code such as 8 is no money
            plain = dong(cells[column]) if unit.money_unit == 1 else None
            amount += sign * (plain if plain is not None else read_money(cells[column], unit).value or 0)
    return count, amount, len(grid)


def _has_digit(value: object) -> bool:
    """Whether somebody's number may stand here: told at once for nearly every row."""
    return isinstance(value, (int, float)) or (isinstance(value, str) and any(map(str.isdigit, value)))


def _is_blank(cells: Sequence[object]) -> bool:
    return not any(clean_text(value) for value in cells)


def _is_foot(cells: Sequence[object], table: Table) -> bool:
    """Told by its words, in a row without a participant's number."""
    if _has_digit(cells[table.columns["bhxh_number"]]):  # a note of a participant's row may begin like a foot
        return False
    return any(p.match(text) for value in cells if isinstance(value, str) and (text := text_key(value)) for p in table.form.foot)


def _is_subtotal(cells: Sequence[object], form: Form) -> bool:
    first = next((text_key(v) for v in cells if clean_text(v)), "")
    return any(p.match(first) for p in form.subtotals)


def _section_title(cells: Sequence[object], table: Table) -> str | None:
    """The section that this row opens: its number and its title in the first cells that are not blank, together or apart, and nobody's number in the row."""
    if not table.form.sections or _has_digit(cells[table.columns["bhxh_number"]]):
        return None
    match = _SECTION.match(" ".join([key for value in cells if (key := text_key(value))][:2]))
    if match is None:
        return None
    number = match[1].upper() + (f".{match[2]}" if match[2] else "")
    return number if number in table.form.sections and match[3].startswith(table.form.sections[number]) else None
