"""The form of the day for one agent: what is filled in, what its cells refuse, and that it comes back through `check` as accepted."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ingestion.errors import OfficeFault
from ingestion.nights import month_index
from ingestion.template import Check, Head, Renewal, checks_of, form_of, write_template
from tests.conftest import baophu

JUNE = month_index(2019, 6)
HEAD = Head("DL001", "Đại lý Hư Cấu", "Nhà văn hóa, TT Ân Thi", JUNE)
PEOPLE = [Renewal("Nguyễn Hư Cấu", "0123456789", 12, JUNE + 1), Renewal("=HYPERLINK(1)", "0123456788", None, JUNE + 2)]
FORM = form_of(date(2019, 6, 30))


def filled_in(path: Path) -> None:
    """As an agent does: amounts for the first person and a new one; the second does not pay. Sums as Excel makes them."""
    book = load_workbook(path)
    page = book["D05-TS"]
    for row, cells in {
        13: {"D": 700_000, "G": 1_848_000, "H": 1_663_200, "I": 184_800},
        15: {
            "A": "2",
            "B": "Trần Hư Cấu",
            "C": "0123456777",
            "D": 700_000,
            "E": 12,
            "F": "06/2019",
            "G": 1_848_000,
            "H": 1_663_200,
            "I": 184_800,
        },
    }.items():
        for column, value in cells.items():
            page[f"{column}{row}"] = value
    for column in "ABCEF":
        page[f"{column}14"] = None
    for row in page.iter_rows(min_row=13):
        for cell in row:
            if cell.data_type == "f":
                cell.value = {"G": 3_696_000, "H": 3_326_400, "I": 369_600}[cell.column_letter] if cell.row < 62 else 0
    book.save(path)


def test_it_comes_back_through_check_as_accepted(tmp_path: Path) -> None:
    path = write_template(FORM, HEAD, PEOPLE, tmp_path / "mine.xlsx")
    filled_in(path)
    told = json.loads(baophu("check", "--format", "json", path, data=tmp_path / "data").out)[0]
    assert told["findings"] == []
    assert (told["verdict"], told["form"], told["agent_code"]) == ("accepted", "d05-ts/595", "DL001")
    assert (told["rows"]["accepted"], told["amount_vnd"]["accepted"]) == (2, 3_696_000)


def test_what_stands_in_it(tmp_path: Path) -> None:
    path = write_template(FORM, HEAD, PEOPLE, tmp_path / "mine.xlsx")
    page = load_workbook(path)["D05-TS"]
    assert [page[at].value for at in ("A1", "A2", "A6")] == ["Tên Đại lý: Đại lý Hư Cấu", "Số định danh: DL001", "Số: 01 tháng 6 năm 2019"]
    assert [c.value for c in page[13]][:6] == ["1", "Nguyễn Hư Cấu", "0123456789", None, 12, "07/2019"]
    assert (page["B14"].value, page["B14"].data_type) == ("=HYPERLINK(1)", "s")
    assert page.protection.sheet
    assert [page[at].protection.locked for at in ("A1", "B9", "C13", "G40")] == [True, True, False, False]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == write_template(FORM, HEAD, PEOPLE, tmp_path / "again.xlsx").read_bytes()


def test_cells_refuse_what_the_rule_book_refuses(tmp_path: Path) -> None:
    checks = checks_of("d05-ts")
    assert checks["bhxh_number"].digits == 10
    assert checks["months"] == Check(1, 360, None, checks["months"].fix_vi)
    page = load_workbook(write_template(FORM, HEAD, PEOPLE, tmp_path / "mine.xlsx"))["D05-TS"]
    of_cell = {str(v.sqref).split(":")[0]: v for v in page.data_validations.dataValidation}
    assert of_cell["C13"].formula1 == "AND(LEN(C13)=10,ISNUMBER(VALUE(C13)))"
    assert (of_cell["E13"].type, of_cell["E13"].formula1) == ("list", '"1,3,6,12"')
    assert of_cell["F13"].type == "list"
    assert (of_cell["G13"].type, of_cell["G13"].formula1) == ("whole", "0")


def test_never_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    for path, words in ((tmp_path / "mine.xlsx", "exists already"), (tmp_path / "mine.csv", "not the name")):
        with pytest.raises(OfficeFault, match=words):
            write_template(FORM, HEAD, PEOPLE, path)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("mine.xlsx", b"mine")]


def test_the_command_fills_in_who_is_due_and_names_nobody(first_night: Path, tmp_path: Path) -> None:
    ran = baophu("template", "--agent", "DL001", "--out", tmp_path / "dl001.xlsx", "--format", "json", data=first_night)
    assert ran.code == 0, ran.err
    page = load_workbook(tmp_path / "dl001.xlsx")["D05-TS"]
    names = [page.cell(row, 2).value for row in range(13, 13 + json.loads(ran.out)["people"])]
    assert names
    assert not [name for name in names if name in ran.out + ran.err]
    again = baophu("template", "--agent", "DL001", "--out", tmp_path / "dl001.xlsx", data=first_night)
    assert (again.code, "exists already" in again.err) == (2, True)
