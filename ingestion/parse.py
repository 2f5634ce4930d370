"""Cells to rows: find the form in a workbook, its table, its sections, and read every row between the code row and the foot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.contracts import Form, forms
from ingestion.model import Grid, ParsedFile, SheetRow, cell_address
from ingestion.nights import month_index
from ingestion.normalise import READERS, clean_text, read_date, read_money, text_key
from ingestion.tally import dong

_BIRTH_IN_NOTE = re.compile(r"ngày sinh\s*:?\s*(\d{1,2}/\d{1,2}/\d{4}|\d{4})", re.IGNORECASE)
_CANCELLED_IN_NOTE = re.compile(r"\bhuy\b")
_HEADER_ROWS_AT_MOST = 5


@dataclass(frozen=True)
class Table:
    """Where a form's table stands in a sheet: 0-based rows and columns."""

    form: Form
    code_row: int
    columns: dict[str, int]
    missing: list[str]
    unknown: list[str]


def parse_form(sha256: str, sheets: dict[str, Grid]) -> ParsedFile:
    """Read a workbook of one of the forms of one sheet. `form` stays None when none is found."""
    parsed = ParsedFile(sha256)
    found = ((name, i, grid, table) for i, (name, grid) in enumerate(sheets.items()) if (table := find_table(grid)))
    best = min(found, key=lambda f: len(f[3].missing) + len(f[3].unknown), default=None)
    if best is None:
        return parsed
    sheet, sheet_index, grid, table = best
    parsed.form, parsed.columns = table.form.name, table.columns
    parsed.missing_columns, parsed.unknown_columns = table.missing, table.unknown
    _read_head(parsed, sheet, grid[: table.code_row], table.form)
    if not table.missing and not table.unknown:
        parsed.rows = list(_read_rows(sheet, sheet_index, grid, table))
        parsed.rows_at_cells, parsed.amount_at_cells_vnd, end = _count_at_cells(grid, table)
        number = table.columns["bhxh_number"]
        below = (i + 1 for i in range(end, len(grid)) if re.fullmatch(r"\d{9,12}", clean_text(grid[i][number])))
        parsed.row_below_foot = next(((sheet, cell_address(row, number)) for row in below), None)
    return parsed


def find_table(grid: Grid) -> Table | None:
    """The best match of any known form's code row in the sheet, or None. Titles and codes must agree; position alone is not enough."""
    best: Table | None = None
    for row, cells in enumerate(grid):
        codes = _codes(cells)
        for form in forms():
            if not codes or len(codes & {c.code for c in form.columns}) * 5 < len(form.columns) * 3:
                continue
            table = _match_columns(grid, row, form)
            wrong = len(table.missing) + len(table.unknown)
            if not wrong:
                return table
            if len(table.columns) * 2 >= len(form.columns) and (best is None or wrong < len(best.missing) + len(best.unknown)):
                best = table
    return best


def _codes(cells: list[object]) -> set[str]:
    return {_code(value) for value in cells if value not in (None, "")}


def _code(value: object) -> str:
    return clean_text(value).replace(" ", "")


def _match_columns(grid: Grid, code_row: int, form: Form) -> Table:
    by_path = {(c.header, c.code): c.field for c in form.columns}
    has_header = any(c.header for c in form.columns)
    paths = _header_paths(grid, code_row, form) if has_header else {}
    columns: dict[str, int] = {}
    unknown: list[str] = []
    for index, value in enumerate(grid[code_row]):
        code, path = _code(value), paths.get(index, ())
        if not code and not path:
            continue
        field = by_path.get((path, code))
        if field is None or field in columns:
            unknown.append(cell_address(code_row + 1, index))
        else:
            columns[field] = index
    missing = [c.label for c in form.columns if c.field not in columns]
    return Table(form, code_row, columns, missing, unknown)


def _header_paths(grid: Grid, code_row: int, form: Form) -> dict[int, tuple[str, ...]]:
    """column -> path of titles above it. A merged title shows in its first cell only: a blank one inherits from the left,
    as long as a title stands below it and the titles above are the same."""
    first_titles = {c.header[0] for c in form.columns}
    top = next(
        (r for r in range(max(0, code_row - _HEADER_ROWS_AT_MOST), code_row) if sum(text_key(v) in first_titles for v in grid[r]) >= 2),
        code_row,
    )
    band = [[text_key(value) for value in row] for row in grid[top:code_row]]
    paths: dict[int, list[str]] = {i: [] for i in range(len(grid[code_row]))}
    for level, titles in enumerate(band):
        above = {i: tuple(path) for i, path in paths.items()}
        for i in paths:
            title = titles[i]
            has_title_below = any(row[i] for row in band[level + 1 :])
            if not title and has_title_below and i > 0 and above[i] == above[i - 1] and len(paths[i - 1]) > len(above[i - 1]):
                title = paths[i - 1][-1]
            if title:
                paths[i].append(title)
    return {i: tuple(path) for i, path in paths.items()}


def _read_head(parsed: ParsedFile, sheet: str, grid: Grid, form: Form) -> None:
    for number, cells in enumerate(grid, start=1):
        for column, value in enumerate(cells):
            text = text_key(value)
            if not text:
                continue
            for name, pattern in form.head.items():
                match = pattern.match(text)
                if match and name not in parsed.head_cells:
                    parsed.head_cells[name] = (sheet, cell_address(number, column))
                    parsed.head.update({k: v.upper() if k == "agent_code" else v for k, v in match.groupdict().items()})
    month, year = parsed.head.pop("month", None), parsed.head.pop("year", None)
    if month and year and 1 <= int(month) <= 12:
        parsed.head["head_month"] = month_index(int(year), int(month))


def _read_rows(sheet: str, sheet_index: int, grid: Grid, table: Table) -> Iterator[SheetRow]:
    form, columns, section = table.form, table.columns, None
    types = {c.field: c.type for c in form.columns}
    for index in range(table.code_row + 1, len(grid)):
        cells = grid[index]
        if _is_blank(cells):
            continue
        if _is_foot(cells, table):
            return
        title = _section_title(cells, table)
        section = title or section
        is_data = title is None and not _is_subtotal(cells, form)
        row = SheetRow(sheet, sheet_index, index + 1, section, is_data, amount_vnd=0)
        if is_data:
            for field, type_ in types.items():
                value, problem = READERS[type_](cells[columns[field]])
                row.values[field] = value
                if problem:
                    row.problems[field] = problem
            _understand(row)
        if form.amount:
            row.amount_vnd = (read_money(cells[columns[form.amount]])[0] or 0) * (-1 if section in form.negative_sections else 1)
        yield row


def _understand(row: SheetRow) -> None:
    """What stands between the lines: the birth date and the cancellation in a note, the months of a roster."""
    values = row.values
    note = values.get("note") or ""
    if "note" in values:
        birth = _BIRTH_IN_NOTE.search(note)
        values["birth_date"] = read_date(birth[1])[0] if birth else None
        values["is_cancellation"] = row.section in ("II.1", "II.2", "II") and bool(_CANCELLED_IN_NOTE.search(text_key(note)))
    if "paid_from" in values:
        start, end = values["paid_from"], values["paid_until"]
        values["from_month"] = start
        values["months"] = end - start + 1 if start is not None and end is not None else None


def _count_at_cells(grid: Grid, table: Table) -> tuple[int, int, int]:
    """Rows and đồng between code row and foot, and the 0-based row where the foot begins, counted on the bare grid and apart
    from `_read_rows`: the other side of the nothing-lost equation, and the reason why this loop is written twice."""
    count, amount, sign = 0, 0, 1
    column = table.columns.get(table.form.amount or "")
    for index in range(table.code_row + 1, len(grid)):
        cells = grid[index]
        if not any(clean_text(value) for value in cells):
            continue
        if _is_foot(cells, table):
            return count, amount, index
        count += 1
        sign = -1 if (title := _section_title(cells, table)) in table.form.negative_sections else 1 if title else sign
        if column is not None:
            amount += sign * (dong(cells[column]) or 0)
    return count, amount, len(grid)


def _is_blank(cells: list[object]) -> bool:
    return not any(clean_text(value) for value in cells)


def _is_foot(cells: list[object], table: Table) -> bool:
    form, number = table.form, table.columns.get("bhxh_number")
    if number is not None and clean_text(cells[number]):  # a note of a participant's row may begin like a foot
        return False
    return any(p.match(text) for value in cells if isinstance(value, str) and (text := text_key(value)) for p in form.foot)


def _is_subtotal(cells: list[object], form: Form) -> bool:
    first = next((text_key(v) for v in cells if clean_text(v)), "")
    return any(p.match(first) for p in form.subtotals)


def _section_title(cells: list[object], table: Table) -> str | None:
    """The section that this row opens: its number under STT, its title beside it, and nobody's number in the row."""
    if "ordinal" not in table.columns or clean_text(cells[table.columns["bhxh_number"]]):
        return None
    number = clean_text(cells[table.columns["ordinal"]]).rstrip(".").upper()
    title = text_key(cells[table.columns["full_name"]])
    return number if number in table.form.sections and title.startswith(table.form.sections[number]) else None
