"""Readers that lose somebody, and guards that look away: each is noticed, by the file's own
equation, by accounting, or by what was expected."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.errors import UnreadableWorkbook
from ingestion.containers import text_pages, workbook
from ingestion.forms import accounting, parse, table_rows
from ingestion.model import ParsedFile
from tests.support import printed
from tests.support.other_containers import delimited

PEOPLE = printed.people(6, seed=21)
ALL = [person.full_name for person in PEOPLE]
Mutate = Callable[[pytest.MonkeyPatch], None]


def clean() -> bytes:
    """Two sheets of the form: three people and one taken back; two more."""
    first = printed.written(printed.D05_595, PEOPLE[:3], PEOPLE[3:4])
    return printed.xlsx({"Tờ 1": first, "Tờ 2": printed.written(printed.D05_595, PEOPLE[4:])})


def with_lines(*lines: tuple[str, list[Any]]) -> bytes:
    """The workbook with a line more at each place: `below` the foot, `beside` the table, on a sheet
    of its own."""
    book = load_workbook(io.BytesIO(clean()))
    page = book["Tờ 1"]
    for place, cells in lines:
        match place:
            case "below":
                page.append([])
                page.append(cells)
            case "beside":
                for at, value in enumerate(cells, start=12):
                    page.cell(13, at, value)
            case _:
                book.create_sheet("Thêm").append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def hidden() -> bytes:
    """The workbook with its second sheet very hidden."""
    book = load_workbook(io.BytesIO(clean()))
    book["Tờ 2"].sheet_state = "veryHidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def swallowed() -> bytes:
    """A text file whose first person begins with a quotation mark that the third one's closes."""
    text = delimited(printed.written(printed.D05_595, PEOPLE[:3]), ";")
    return text.replace(ALL[0], '"' + ALL[0]).replace(ALL[2], ALL[2] + '"').encode()


def read(content: bytes, path: Path) -> ParsedFile | str:
    """What is made of these bytes: the file as it was read, or the reason why it was refused."""
    path.write_bytes(content)
    try:
        return parse.parse_form("0" * 64, workbook.read_workbook(path))
    except UnreadableWorkbook as exc:
        return exc.reason


def is_told(outcome: ParsedFile | str) -> bool:
    """Whether the program itself says that not all was read: refused, a place named, or an equation
    that does not hold and stops the night."""
    if isinstance(outcome, str):
        return True
    counted = (outcome.rows_at_cells, outcome.amount_at_cells_vnd)
    return bool(outcome.unaccounted) or counted != (
        len(outcome.rows),
        sum(row.amount_vnd for row in outcome.rows),
    )


def patched(module: Any, name: str, make: Callable[[Any], Any]) -> Mutate:
    """`module.name` becomes what `make` makes of it."""
    return lambda patch: patch.setattr(module, name, make(getattr(module, name)))


def both(*changes: Mutate) -> Mutate:
    """Several changes at once."""

    def change(patch: pytest.MonkeyPatch) -> None:
        for one in changes:
            one(patch)

    return change


def without(person: int) -> Callable[[Any], bool]:
    """Whether a cell is the number of this person."""
    return lambda value: value == PEOPLE[person].bhxh_number


NOT_A_NUMBER = patched(
    table_rows, "has_number", lambda right: lambda value: right(value) and not without(1)(value)
)
LOSING: dict[str, Mutate] = {
    "the second sheet is skipped": patched(
        parse, "find_table", lambda right: lambda grid: None if any(without(4)(v) for row in grid for v in row) else right(grid)
    ),
    "the first rows are taken for titles": patched(
        parse, "find_table", lambda right: lambda grid: (found := right(grid)) and replace(found, code_row=found.code_row + 4)
    ),
    "the foot is taken early": both(
        NOT_A_NUMBER, patched(table_rows, "_is_foot", lambda right: lambda cells, table: right(cells, table) or any(map(without(1), cells)))
    ),
    "a row is taken for blank": both(
        NOT_A_NUMBER, patched(table_rows, "_is_blank", lambda right: lambda cells: right(cells) or any(map(without(1), cells)))
    ),
    "a row is taken for a total": both(
        NOT_A_NUMBER, patched(table_rows, "_role", lambda right: lambda cells, *given: ("subtotal", given[1]) if any(map(without(1), cells)) else right(cells, *given))
    ),
    "a row is taken for a repeated head": both(
        NOT_A_NUMBER, patched(table_rows, "_role", lambda right: lambda cells, *given: ("header", given[1]) if any(map(without(1), cells)) else right(cells, *given))
    ),
    "a row is taken for a section": both(
        NOT_A_NUMBER, patched(table_rows, "_role", lambda right: lambda cells, *given: ("section", given[1]) if any(map(without(1), cells)) else right(cells, *given))
    ),
    "the last row is lost": patched(parse, "read_rows", lambda right: lambda sheet: (right(sheet)[0][:-1], [])),
    "a row is read twice": patched(parse, "read_rows", lambda right: lambda sheet: ([*right(sheet)[0], right(sheet)[0][-1]], [])),
    "what is taken back is added": patched(
        table_rows, "_add_amounts", lambda right: lambda rows, *given: (right(rows, *given), [setattr(r, "amount_vnd", abs(r.amount_vnd)) for r in rows])
    ),
    "the count at the cells ends early": patched(
        parse, "count_at_cells", lambda right: lambda grid, table: (right(grid, table)[0] - 2, right(grid, table)[1], right(grid, table)[2] - 6)
    ),
    "a column is not looked at": patched(
        parse, "find_table", lambda right: lambda grid: (found := right([[*row[:6], "", *row[7:]] for row in grid])) and found
    ),
}  # fmt: skip

PERSON: list[Any] = [1, "Lý Thị Gấm", "33 9900 1234"]
LOOKING_AWAY: dict[str, tuple[Mutate, Callable[[], bytes]]] = {
    "from below the foot": (
        patched(
            parse, "account_for_table", lambda right: lambda page, table, rows, foot: right(replace(page, grid=page.grid[:foot]), table, rows, foot)
        ),
        lambda: with_lines(("below", ["Giám đốc", "", "", "", "33 9900 1234"]), ("below", PERSON)),
    ),
    "from beside the table": (patched(accounting, "_look_beside", lambda _: lambda *_: None), lambda: with_lines(("beside", PERSON))),
    "from other sheets": (patched(parse, "account_for_sheet", lambda _: lambda _: accounting.Account()), lambda: with_lines(("sheet", PERSON))),
    "from hidden sheets": (patched(workbook, "_page", lambda right: lambda *given: replace(right(*given), is_hidden=False)), hidden),
    "from open quotes": (patched(text_pages, "_open_quote", lambda _: lambda *_: None), swallowed),
    "from numbers with spaces": (
        patched(accounting, "_RUN", lambda _: accounting.re.compile(r"\d+")), lambda: with_lines(("below", ["", "", "33 9900 1234"]))
    ),
    "from every number behind a word": (patched(accounting, "_LABEL", lambda _: accounting.re.compile(r"\w")), lambda: with_lines(("sheet", ["Mã", "3399001234"]))),
    "from people without a number": (patched(accounting, "_is_name", lambda _: lambda _: False), lambda: with_lines(("sheet", ["Lý Thị Gấm", "06/2019"]))),
    "from birth dates": (patched(accounting, "_is_birth", lambda _: lambda _: False), lambda: with_lines(("below", ["", "12/03/1981"]))),
    "from amounts": (patched(accounting, "_is_much", lambda _: lambda _: False), lambda: with_lines(("beside", [924_123]))),
}  # fmt: skip


def test_the_right_reader_reads_all_and_says_nothing(tmp_path: Path) -> None:
    found = read(clean(), tmp_path / "x.xlsx")
    assert isinstance(found, ParsedFile)
    assert not is_told(found)
    assert [row.values["full_name"] for row in found.rows if row.is_data] == ALL


@pytest.mark.parametrize("mutate", LOSING.values(), ids=LOSING.keys())
def test_a_reader_that_loses_somebody_is_told_of(
    mutate: Mutate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    found = read(clean(), tmp_path / "x.xlsx")
    named = isinstance(found, ParsedFile) and bool(found.missing_columns or found.unknown_columns)
    assert is_told(found) or named


@pytest.mark.parametrize(("mutate", "content"), LOOKING_AWAY.values(), ids=LOOKING_AWAY.keys())
def test_a_guard_that_looks_away_is_seen_by_its_probe(
    mutate: Mutate, content: Callable[[], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_told(read(content(), tmp_path / "x.xlsx"))
    mutate(monkeypatch)
    assert not is_told(read(content(), tmp_path / "x.xlsx"))
