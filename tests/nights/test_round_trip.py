"""An agent's file with three wrong cells goes home marked, is mended and saved by LibreOffice, and
comes back: three rows more, and no marks."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from core.data_folder import DataFolder
from ingestion.feedback import homecoming
from ingestion.feedback.front_sheets import HIDDEN, LIST
from ingestion.feedback.marked_copy import COLOURS
from tests.support import printed
from tests.support.evening import take_in
from tests.support.marking import look, saved_by_libreoffice
from tests.support.seeded import IN_ANY_YEAR, Seeded, workbook

pytestmark = pytest.mark.slow
SHEET, PEOPLE = "D05-TS tháng 6", 40
NIGHTS = tuple(date(2019, 6, day) for day in (25, 26, 27))
OPENING = date(2017, 5, 31)
WRONG = (
    next(e for e in IN_ANY_YEAR if e.code == "BP-101"),
    next(e for e in IN_ANY_YEAR if e.code == "BP-201"),
    next(e for e in IN_ANY_YEAR if e.code == "BP-303"),
)
FATES = ("accepted", "rejected", "held", "duplicate", "superseded", "not_data")


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> DataFolder:
    """A data folder that has the office's reference."""
    made = DataFolder(tmp_path / "data")
    (made.inbox / "office").mkdir(parents=True)
    for name in ("danh-muc.xlsx", "danh-muc.xlsx.json"):
        shutil.copyfile(
            sample / "inbox" / "office" / "2017-05" / name, made.inbox / "office" / name
        )
    take_in(made, OPENING)
    return made


def agents_file(path: Path) -> dict[str, Any]:
    """The agent's 595 sheet with a look of its own: widths, a fill, formulas with their values.
    Returns cell -> what should stand in the three."""
    sheet = Seeded(printed.D05_595, SHEET, PEOPLE)
    right = [dict(line) for line in sheet.lines[:3]]
    for error in WRONG:
        sheet.break_row(error)
    path.write_bytes(workbook({SHEET: sheet.finished()}))
    book = openpyxl.load_workbook(path)
    page = book[SHEET]
    for letter, width in (("A", 6.5), ("B", 33), ("C", 14.25), ("J", 60)):
        page.column_dimensions[letter].width = width
    page["B3"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFC6E0B4")
    page["L1"].value = f"=SUM(G{sheet.sheet.first_row + 1}:G{sheet.sheet.first_row + PEOPLE})"
    page["L2"].value = f"=COUNTA(C{sheet.sheet.first_row + 1}:C{sheet.sheet.first_row + PEOPLE})"
    book.save(path)
    return {
        sheet.cell(sheet.sheet.first_row + i, error.field): right[i][error.field]
        for i, error in enumerate(WRONG)
    }


def night(folder: DataFolder, on: date, path: Path) -> Path | None:
    """One night in which the agent sends this file; the marked copy that goes home, None when there
    is none."""
    folder.inbox.mkdir(exist_ok=True)
    shutil.copyfile(path, folder.inbox / path.name)
    side = {"received_at": f"{on.isoformat()}T08:00:00+07:00", "agent_code": "DL001"}
    (folder.inbox / f"{path.name}.json").write_text(json.dumps(side), encoding="utf-8")
    take_in(folder, on)
    homecoming.return_files(folder, on)
    (home,) = [r for r in homecoming.read_unmailed(folder) if r.night == on]
    assert (folder.outbox / home.paths[0]).is_file()
    return folder.outbox / home.paths[1] if len(home.paths) > 1 else None


def asked(folder: DataFolder, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        return con.execute(query).fetchall()


def people(folder: DataFolder) -> int:
    """Payments in force: each once, however many files say them."""
    return int(
        asked(
            folder,
            "select count(distinct row_key) from raw.sheet_rows where fate = 'accepted' and section = 'I.1' and form = 'd05-ts/595'",
        )[0][0]
    )


def balance(folder: DataFolder) -> None:
    """received = the sum of fates, in rows and đồng, for every file."""
    for received, amount, rows, money in asked(
        folder,
        "select s.rows_received, s.amount_received_vnd, count(r.row_id), coalesce(sum(r.amount_vnd), 0) from raw.submissions s "
        "left join raw.sheet_rows r using (sha256) where s.form = 'd05-ts/595' group by s.sha256, s.rows_received, s.amount_received_vnd",
    ):
        assert (received, amount) == (rows, money)


def marks(book: Workbook) -> dict[str, str]:
    """cell -> the mark on the agent's sheet."""
    ours = {rgb: kind for kind, rgb in COLOURS.items()}
    return {
        at: ours.get(str(seen[1]), "comment")
        for at, seen in look(book, SHEET).items()
        if seen[1] in ours or "BAO PHỦ" in str(seen[4] or "")
    }


def shape(page: Worksheet) -> tuple[dict[str, float], dict[str, str]]:
    """Widths of columns, and the formulas."""
    widths = {letter: round(page.column_dimensions[letter].width, 1) for letter in "ABCJ"}
    return widths, {
        c.coordinate: c.value for row in page.iter_rows() for c in row if c.data_type == "f"
    }


def mended(copy: Path, by: Path, cells: dict[str, Any]) -> Path:
    """The copy with these cells typed anew, then opened and saved again by LibreOffice."""
    book = openpyxl.load_workbook(copy)
    for at, value in cells.items():
        book[SHEET][at].value = value
    book.save(copy.with_name("mended.xlsx"))
    return saved_by_libreoffice(copy.with_name("mended.xlsx"), by)


def test_three_wrong_cells_go_out_are_mended_and_come_back(
    folder: DataFolder, tmp_path: Path
) -> None:
    source = tmp_path / "d05.xlsx"
    right = agents_file(source)
    before = openpyxl.load_workbook(source)
    copy = night(folder, NIGHTS[0], source)
    assert copy is not None
    assert people(folder) == PEOPLE - 3
    book = openpyxl.load_workbook(copy)
    assert set(marks(book)) == right.keys()
    assert shape(book[SHEET]) == shape(before[SHEET])
    balance(folder)

    first, *others = right
    one_left = mended(copy, tmp_path / "by-hand-1", {at: right[at] for at in others})
    copy = night(folder, NIGHTS[1], one_left)
    assert copy is not None
    assert people(folder) == PEOPLE - 1
    book = openpyxl.load_workbook(copy)
    assert set(marks(book)) == {first}
    assert book.sheetnames.count(LIST) == book.sheetnames.count(HIDDEN) == 1
    assert shape(book[SHEET]) == shape(before[SHEET])
    balance(folder)

    whole = mended(copy, tmp_path / "by-hand-2", {first: right[first]})
    assert night(folder, NIGHTS[2], whole) is None
    assert people(folder) == PEOPLE
    balance(folder)
    came_back = openpyxl.load_workbook(whole)
    assert shape(came_back[SHEET]) == shape(before[SHEET])
    values = {at: seen[0] for at, seen in look(came_back, SHEET).items() if seen[0] is not None}
    assert (
        values
        == {at: seen[0] for at, seen in look(before, SHEET).items() if seen[0] is not None} | right
    )
