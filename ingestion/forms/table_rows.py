"""The rows of a table, between its code row and its foot: first what each line is, then, column by
column, what its cells mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any

from core.clock import month_index
from core.vietnamese import number
from ingestion.forms import note
from ingestion.forms.line_kinds import UNREADABLE, Sums, has_number, heading, is_filler, is_total
from ingestion.forms.normalise import (
    READERS,
    Habits,
    Reader,
    Reading,
    are_dates_turned,
    clean_text,
    date_habit,
    format_date,
    format_month,
    read_money,
    text_key,
)
from ingestion.forms.tables import Table, is_repeated_head
from ingestion.forms.tally import dong
from ingestion.model import Grid, Page, Repair, Role, SheetRow, SheetTable, cell_address
from ingestion.vietnamese.old_pages import Decoded

_BOOKS = re.compile(r"^tong so so bhxh de nghi cap\s*:?\s*(\d{1,6})\b")
_TAKEN_BACK = ("II.1", "II.2", "II")
_REMEMBERED_AT_MOST = 1 << 16


@dataclass
class Sheet:
    """One sheet on the way to rows: its table, its texts in Unicode, and what was decoded."""

    page: Page
    index: int
    table: Table
    said: SheetTable
    decoded: Decoded = field(default_factory=dict)

    @property
    def grid(self) -> Grid:
        return self.page.grid


class _Meanings(dict[Any, Any]):
    """Cell -> value. A column says few different things, and each of them is read once."""

    def __init__(self, read: Reader, habits: Habits) -> None:
        super().__init__()
        self._read, self._habits = read, habits
        self.odd: dict[Any, Reading] = {}
        """What was read with a problem or a repair."""

    def __missing__(self, cell: Any) -> Any:
        reading = self._read(cell, self._habits)
        if reading.problem is not None or reading.repair is not None:
            self.odd[cell] = reading
        self[cell] = reading.value
        return reading.value

    def of(self, cells: Sequence[Any]) -> list[Any]:
        """One value per cell; no cell may be a bool, which to a dict is the key 1 or 0."""
        if len(self) > _REMEMBERED_AT_MOST:
            self.clear()
            self.odd.clear()
        return [self[cell] for cell in cells]


@cache
def _meanings(type_: str, habits: Habits) -> _Meanings:
    return _Meanings(READERS[type_], habits)


@dataclass(frozen=True)
class _Column:
    field: str
    type: str
    index: int
    habits: Habits


def read_rows(sheet: Sheet) -> tuple[list[SheetRow], list[Repair]]:
    """Every line that is not blank, in order, and what was read otherwise than it stands, by row
    and column."""
    grid, plan = sheet.grid, _plan(sheet)
    rows = _lines(sheet)
    data = [row for row in rows if row.is_data]
    lines = [grid[row.number - 1] for row in data]
    repairs: list[tuple[int, int, Repair]] = []
    columns = [
        _read_column(column, [line[column.index] for line in lines], data, sheet, repairs)
        for column in plan
    ]
    names = [column.field for column in plan]
    for row, values in zip(data, zip(*columns, strict=True), strict=True):
        row.values = dict(zip(names, values, strict=True))
    for what_is_meant, needed in (
        (_understand_span, "paid_from"),
        (_understand_day, "from_day"),
        (_understand_note, "note"),
    ):
        if needed in names:
            what_is_meant(data)
    _add_amounts(rows, plan, sheet)
    _note_struck_rows(data, sheet)
    return rows, [repair for *_, repair in sorted(repairs, key=lambda found: found[:2])]


def _lines(sheet: Sheet) -> list[SheetRow]:
    """The lines between code row and foot that are not blank, each with its section and its role;
    the foot is read on the way."""
    table, grid, said, name, place = (
        sheet.table,
        sheet.grid,
        sheet.said,
        sheet.page.name,
        sheet.index,
    )
    number = table.columns["bhxh_number"]
    section = None
    sums = Sums(grid, table)
    rows: list[SheetRow] = []
    for index in range(table.code_row + 1, len(grid)):
        cells = grid[index]
        role: Role = "data"
        if not has_number(cells[number]):
            if _is_blank(cells) or is_filler(cells, table):
                continue
            if _is_foot(cells, table):
                _read_foot(cells, index + 1, said)
                break
            role, section = _role(cells, table, section, sums, index)
        row = SheetRow(name, place, index + 1, section, role == "data", 0, {}, {}, {}, role, said)
        if section == UNREADABLE:
            row.section, row.problems["section"] = None, "unreadable"
        rows.append(row)
    return rows


def _plan(sheet: Sheet) -> list[_Column]:
    """Which column is read how: the unit is the column's, the order of dates the file's own."""
    table, grid = sheet.table, sheet.grid
    dates = [
        [row[table.columns[c.field]] for row in grid[table.code_row + 1 :]]
        for c in table.form.columns
        if c.type == "date"
    ]
    common = Habits(
        date_order=date_habit(chain(*dates)), are_dates_turned=any(map(are_dates_turned, dates))
    )
    thousands = replace(common, money_unit=1000)
    return [
        _Column(
            c.field,
            c.type,
            table.columns[c.field],
            thousands if c.field in table.thousands else common,
        )
        for c in table.form.columns
    ]


def _read_column(
    column: _Column,
    cells: list[Any],
    rows: Sequence[SheetRow],
    sheet: Sheet,
    repairs: list[tuple[int, int, Repair]],
) -> list[Any]:
    """One value per row; problems and proposals go into the rows, repairs into `repairs` behind the
    row and column they are sorted by."""
    if bool in set(map(type, cells)):
        # TRUE, as the sheet shows it
        cells = [str(cell).upper() if isinstance(cell, bool) else cell for cell in cells]
    meanings = _meanings(column.type, column.habits)
    values, odd = meanings.of(cells), meanings.odd
    if sheet.decoded or not odd.keys().isdisjoint(cells):
        for row, cell, value in zip(rows, cells, values, strict=True):
            reading, decoded = odd.get(cell), sheet.decoded.get((row.number - 1, column.index))
            if reading is not None and reading.problem is not None:
                _note_problem(row, column, reading, sheet)
            kind, before = decoded or (reading.repair if reading else None, str(cell))
            if kind is not None:
                place, after = (
                    cell_address(row.number, column.index),
                    _as_printed(column.type, value),
                )
                repairs.append(
                    (
                        row.number,
                        column.index,
                        Repair(row.sheet, place, row.number, column.field, kind, before, after),
                    )
                )
    return values


def _note_problem(row: SheetRow, column: _Column, reading: Reading, sheet: Sheet) -> None:
    is_uncached = (row.number - 1, column.index) in sheet.page.uncached
    row.problems[column.field] = "uncached" if is_uncached else reading.problem or ""
    if reading.proposal is not None:
        row.proposals[column.field] = reading.proposal


def _as_printed(type_: str, value: Any) -> str:
    """A value as the office writes it, for the list of what was read otherwise."""
    if value is None:
        return ""
    if type_ == "month":
        return format_month(value)
    return (
        number(value) if type_ == "money" else format_date(value) if type_ == "date" else str(value)
    )


def _understand_note(rows: Sequence[SheetRow]) -> None:
    """The fields that a note says, and what of it stays a note."""
    for row in rows:
        values = row.values
        typed = values["note"] or ""
        said, left, unreadable = note.read_note(typed)
        values.update(said)
        values["note"] = left
        values["is_cancellation"] = (
            row.section in _TAKEN_BACK
            and _restates_a_payment(values)
            and note.says_cancelled(typed)
        )
        if unreadable:
            row.problems.update(dict.fromkeys(unreadable, "unreadable"))


def _restates_a_payment(values: dict[str, Any]) -> bool:
    """Whether a row names the from-month, the months and an amount of a payment."""
    return (
        values.get("from_month") is not None
        and bool(values.get("months"))
        and bool(values.get("total_vnd") or values.get("participant_vnd"))
    )


def _understand_span(rows: Sequence[SheetRow]) -> None:
    """The months of a roster's row."""
    for row in rows:
        start, end = row.values["paid_from"], row.values["paid_until"]
        row.values["from_month"] = start
        row.values["months"] = end - start + 1 if start is not None and end is not None else None


def _understand_day(rows: Sequence[SheetRow]) -> None:
    """The month of a first day."""
    for row in rows:
        first = row.values["from_day"]
        row.values["from_month"] = None if first is None else month_index(first.year, first.month)
        if "from_day" in row.problems:
            row.problems["from_month"] = row.problems["from_day"]


def _add_amounts(rows: Sequence[SheetRow], plan: Sequence[_Column], sheet: Sheet) -> None:
    """The đồng of every row of data, signed by its section. What totals and section titles say is
    read for the rule that compares it with the rows, and counts nowhere: money counts once."""
    form = sheet.table.form
    amount = next((column for column in plan if column.field == form.amount), None)
    if amount is None:
        return
    for row in rows:
        if row.is_data:
            value = row.values[amount.field] or 0
            row.amount_vnd = -value if row.section in form.negative_sections else value
            continue
        cells = sheet.grid[row.number - 1]
        if row.role == "section":
            row.values[amount.field] = READERS[amount.type](
                cells[amount.index], amount.habits
            ).value
        for column in plan if row.role == "subtotal" else ():
            if column.type == "money":
                reading = READERS["money"](cells[column.index], column.habits)
                row.values[column.field] = reading.value
                if reading.problem is not None:
                    _note_problem(row, column, reading, sheet)


def _note_struck_rows(data: Sequence[SheetRow], sheet: Sheet) -> None:
    """A row is struck out when its name or its number is."""
    if sheet.page.struck:
        columns = [
            sheet.table.columns[name]
            for name in ("full_name", "bhxh_number")
            if name in sheet.table.columns
        ]
        for row in data:
            if any((row.number - 1, column) in sheet.page.struck for column in columns):
                row.problems["row"] = "struck_out"


def heading_cell(sheet: Sheet, row: SheetRow) -> str:
    """The first cell of a line that is not blank."""
    cells = sheet.grid[row.number - 1]
    return cell_address(
        row.number, next((column for column, value in enumerate(cells) if clean_text(value)), 0)
    )


def count_at_cells(grid: Grid, table: Table) -> tuple[int, int, int]:
    """Rows and đồng between code row and foot, and the 0-based row where the foot begins, counted
    on the bare grid and apart from `read_rows`: the other side of the nothing-lost equation, and
    the reason why this loop is written twice."""
    count, amount, section = 0, 0, None
    sums = Sums(grid, table)
    column, number = table.columns.get(table.form.amount or ""), table.columns["bhxh_number"]
    unit = Habits(money_unit=1000) if table.form.amount in table.thousands else Habits()
    for index in range(table.code_row + 1, len(grid)):
        cells = grid[index]
        if not has_number(cells[number]):
            if _is_blank(cells) or is_filler(cells, table):
                continue
            if _is_foot(cells, table):
                return count, amount, index
            role, section = _role(cells, table, section, sums, index)
            if role != "data":  # titles and totals are no money
                count += 1
                continue
        count += 1
        if column is not None:
            plain = dong(cells[column]) if unit.money_unit == 1 else None
            value = plain if plain is not None else read_money(cells[column], unit).value or 0
            amount += -value if section in table.form.negative_sections else value
    return count, amount, len(grid)


def _read_foot(cells: Sequence[object], number: int, said: SheetTable) -> None:
    """The foot's one figure: how many books are asked for."""
    words = [(column, key) for column, value in enumerate(cells) if (key := text_key(value))]
    match = _BOOKS.match(" ".join(key for _, key in words))
    if match:
        said.head["books_requested"] = match[1]
        said.head_cells["books_requested"] = said.sheet, cell_address(number, words[0][0])


def _role(
    cells: Sequence[object], table: Table, section: str | None, sums: Sums, index: int
) -> tuple[Role, str | None]:
    """What a line without a participant's number is, and the section in which it and the lines
    below it stand."""
    role: Role = "data"
    if is_repeated_head(cells, table):
        role = "header"
    elif is_total(cells, table):
        role = "subtotal"
    elif opened := heading(cells, table, section):
        role, section = "section", opened
    elif not _has_person(cells, table) and sums.are_stated(cells, index):
        role = "subtotal"
    if role != "data":
        sums.begin_block(index)
    return role, section


def _has_person(cells: Sequence[object], table: Table) -> bool:
    """Whether an ordinal, a number or a month stands in the line: then its amount is somebody's."""
    fields = (
        "ordinal",
        "bhxh_number",
        "from_month",
        "from_day",
        "months",
        "income_vnd",
        "paid_from",
    )
    return any(clean_text(cells[table.columns[name]]) for name in fields if name in table.columns)


def _is_blank(cells: Sequence[object]) -> bool:
    return not any(clean_text(value) for value in cells)


def _is_foot(cells: Sequence[object], table: Table) -> bool:
    """Told by its words, of a row without a participant's number: a note of a participant's row may
    begin like a foot."""
    if any(map(str.isdigit, clean_text(cells[table.columns["bhxh_number"]]))):
        return False
    return any(
        p.match(text)
        for value in cells
        if isinstance(value, str) and (text := text_key(value))
        for p in table.form.foot
    )
