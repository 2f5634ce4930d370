"""The form of the day for one agent: what is filled in, what its cells refuse, and that it comes
back through `check` as accepted."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.clock import month_index
from core.errors import OfficeFault
from ingestion.feedback.template import Check, Head, Renewal, checks_of, form_of, write_template
from tests.support.command import asked
from tests.support.marking import saved_by_libreoffice

JUNE = month_index(2019, 6)
HEAD = Head("DL001", "Đại lý Hư Cấu", "Nhà văn hóa, TT Ân Thi", JUNE)
PEOPLE = [
    Renewal("Nguyễn Hư Cấu", "0123456789", 12, JUNE + 1),
    Renewal("=HYPERLINK(1)", "0123456788", None, JUNE + 2),
]
FORM = form_of(date(2019, 6, 30))


def check(path: Path, data: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(asked("check", "--format", "json", path, data=data).out)[0]
    return told


@pytest.mark.parametrize("on", [date(2019, 6, 30), date(2023, 6, 30)])
def test_as_it_is_given_out_it_is_accepted(tmp_path: Path, on: date) -> None:
    """Amounts by the law of the month and the last payment: 22% of the income, support by the group
    that the last support tells."""
    month = month_index(on.year, on.month)
    floor, support = (700_000, 15_400) if on.year == 2019 else (1_500_000, 33_000)
    people = [
        Renewal("Nguyễn Hư Cấu", "0123456789", 12, month + 1, 2 * floor, None, 3 * support),
        Renewal("Trần Hư Cấu", "0123456788", 3, month + 1, floor - 100_000, "near_poor"),
        Renewal("Lê Hư Cấu", "0123456787", 1, month + 1),
    ]
    path = write_template(form_of(on), replace(HEAD, month=month), people, tmp_path / "mine.xlsx")
    told = check(path, tmp_path / "data")
    assert told["findings"] == []
    assert (told["verdict"], told["form"]) == ("accepted", form_of(on).name)
    assert (told["rows"]["accepted"], told["amount_vnd"]["accepted"]) == (
        3,
        round(0.22 * floor * (24 + 3 + 1)),
    )
    page = load_workbook(path, data_only=True)["D05-TS"]
    at = {column.field: number for number, column in enumerate(form_of(on).columns, start=1)}
    first = next(row for row in range(10, 20) if page.cell(row, 2).value == "Nguyễn Hư Cấu")
    shown = [
        [
            page.cell(first + n, at[f"{field}_vnd"]).value
            for field in ("income", "total", "participant", "state_support")
        ]
        for n in range(3)
    ]
    assert shown == [
        [2 * floor, round(5.28 * floor), round(5.28 * floor) - 36 * support, 36 * support],
        [floor, round(0.66 * floor), round(0.66 * floor) - 15 * support // 2, 15 * support // 2],
        [floor, round(0.22 * floor), round(0.22 * floor) - support, support],
    ]
    sums = next(row for row in range(20, 90) if page.cell(row, 2).value == "Cộng tăng")
    assert page.cell(sums, at["total_vnd"]).value == sum(row[1] for row in shown)


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is not installed: apt-get install -y libreoffice-calc-nogui",
)
def test_a_new_person_takes_four_entries(tmp_path: Path) -> None:
    """Name, number, months and note; a spreadsheet program makes the rest. Who does not pay is
    cleared."""
    path = write_template(FORM, HEAD, PEOPLE, tmp_path / "mine.xlsx")
    book = load_workbook(path)
    page = book["D05-TS"]
    person: dict[str, Any] = {
        "B": "Trần Hư Cấu",
        "C": "0123456777",
        "E": 6,
        "J": "Đối tượng Hộ nghèo",
    }
    for column, value in person.items():
        page[f"{column}15"] = value
    for cell in page[14]:
        cell.value = None
    book.save(path)
    told = check(saved_by_libreoffice(path, tmp_path / "saved"), tmp_path / "data")
    assert told["findings"] == []
    assert (told["verdict"], told["rows"]["accepted"]) == ("accepted", 2)
    page = load_workbook(tmp_path / "saved" / "mine.xlsx", data_only=True)["D05-TS"]
    assert [page[f"{column}15"].value for column in "DFGHI"] == [
        700_000,
        "06/2019",
        924_000,
        646_800,
        277_200,
    ]


def test_what_stands_in_it(tmp_path: Path) -> None:
    path = write_template(FORM, HEAD, PEOPLE, tmp_path / "mine.xlsx")
    page = load_workbook(path)["D05-TS"]
    assert [page[at].value for at in ("A1", "A2", "A6")] == [
        "Tên Đại lý: Đại lý Hư Cấu",
        "Số định danh: DL001",
        "Số: 01 tháng 6 năm 2019",
    ]
    assert [c.value for c in page[13]][:6] == [
        "1",
        "Nguyễn Hư Cấu",
        "0123456789",
        700_000,
        12,
        "07/2019",
    ]
    assert page.print_title_rows == "$8:$10"
    assert "&P/&N" in page.oddFooter.right.text
    below = [cell.value for row in page.iter_rows(min_row=70) for cell in row if cell.value]
    assert [words for words in below if "ngày" in words or words.startswith("(Ký")] == [
        "……………, ngày …… tháng …… năm 2019",
        *["(Ký, ghi rõ họ tên)"] * 3,
    ]
    assert (page["B14"].value, page["B14"].data_type) == ("=HYPERLINK(1)", "s")
    assert page.protection.sheet
    assert [page[at].protection.locked for at in ("A1", "B9", "C13", "G40")] == [
        True,
        True,
        False,
        False,
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (
        path.read_bytes()
        == write_template(FORM, HEAD, PEOPLE, tmp_path / "again.xlsx").read_bytes()
    )


def test_cells_refuse_what_the_rule_book_refuses(tmp_path: Path) -> None:
    checks = checks_of("d05-ts")
    assert checks["bhxh_number"].digits == 10
    assert checks["months"] == Check(1, 360, None, checks["months"].says_vi)
    assert checks["bhxh_number"].says_vi.startswith("Mã số BHXH phải có đúng 10 chữ số")
    page = load_workbook(write_template(FORM, HEAD, PEOPLE, tmp_path / "mine.xlsx"))["D05-TS"]
    of_cell = {str(v.sqref).split(":")[0]: v for v in page.data_validations.dataValidation}
    assert of_cell["C13"].formula1 == "AND(LEN(C13)=10,ISNUMBER(VALUE(C13)))"
    assert (of_cell["E13"].type, of_cell["E13"].formula1) == ("list", '"1,3,6,12"')
    assert of_cell["F13"].type == "list"
    assert (of_cell["G13"].type, of_cell["G13"].formula1) == ("whole", "0")


def test_never_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    for path, words in (
        (tmp_path / "mine.xlsx", "exists already"),
        (tmp_path / "mine.csv", "not the name"),
    ):
        with pytest.raises(OfficeFault, match=words):
            write_template(FORM, HEAD, PEOPLE, path)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("mine.xlsx", b"mine")]


def test_the_command_fills_in_who_is_due_and_names_nobody(
    first_night: Path, tmp_path: Path
) -> None:
    ran = asked(
        "template",
        "--agent",
        "DL001",
        "--out",
        tmp_path / "dl001.xlsx",
        "--format",
        "json",
        data=first_night,
    )
    assert ran.code == 0, ran.err
    page = load_workbook(tmp_path / "dl001.xlsx")["D05-TS"]
    names = [page.cell(row, 2).value for row in range(13, 13 + json.loads(ran.out)["people"])]
    assert names
    assert not [name for name in names if name in ran.out + ran.err]
    again = asked(
        "template", "--agent", "DL001", "--out", tmp_path / "dl001.xlsx", data=first_night
    )
    assert (again.code, "exists already" in again.err) == (2, True)
