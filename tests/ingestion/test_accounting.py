"""Every row of every sheet is accounted for: people and money outside the table are found at their
cells, known text is left alone."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ingestion.containers.workbook import read_workbook
from ingestion.feedback.marked_copy import mark
from ingestion.forms.accounting import Account, account_for_sheet, account_for_table
from ingestion.forms.parse import parse_form
from ingestion.forms.table_rows import Sheet, count_at_cells, read_rows
from ingestion.forms.tables import find_table
from ingestion.model import Finding, Page, Repair, Workbook
from tests.support import printed

PEOPLE = printed.people(4, seed=5)
WIDTH = len(printed.D05_595.codes)


def sheet(layout: printed.Layout = printed.D05_595) -> list[list[Any]]:
    """The grid of a clean form: three people, a total, a foot with place, date and signatures."""
    grid = [
        [v if v is not None else "" for v in cells]
        for cells in printed.written(layout, PEOPLE[:3]).grid
    ]
    width = max(map(len, grid))
    return [cells + [""] * (width - len(cells)) for cells in grid]


def found(grid: list[list[Any]], **others: list[list[Any]]) -> list[tuple[str, str, str]]:
    """(sheet, cell, zone) of every place that nobody has read, of a workbook with this form and
    other sheets."""
    pages = tuple(Page(name, _even(cells)) for name, cells in {"D05-TS": grid, **others}.items())
    parsed = parse_form("0" * 64, Workbook("xlsx", pages))
    assert parsed.form == "d05-ts/595"
    return [(place.sheet, place.cell, place.zone) for place in parsed.unaccounted]


def _even(grid: list[list[Any]]) -> list[list[Any]]:
    width = max(map(len, grid), default=0)
    return [[*cells, *[""] * (width - len(cells))] for cells in grid]


def account(grid: list[list[Any]]) -> Account:
    """One sheet accounted for, whether a table stands in it or not."""
    page = Page("D05-TS", _even(grid))
    table = find_table(page.grid)
    if table is None or table.wrong:
        return account_for_sheet(page)
    (said,) = parse_form("0" * 64, Workbook("xlsx", (page,))).sheet_tables
    rows, _ = read_rows(Sheet(page, 0, table, said))
    return account_for_table(page, table, rows, count_at_cells(page.grid, table)[2])


BELOW: dict[str, tuple[list[Any], str]] = {
    "number with spaces": ([1, "Lý Thị Gấm", "33 9900 1234"], "C"),
    "number with dots and a no-break space": ([1, "Lý Thị Gấm", "3399.001\u00a0234"], "C"),
    "number in full-width digits": ([1, "Lý Thị Gấm", "３３９９００１２３４"], "C"),
    "number of the old card": ([1, "Lý Thị Gấm", 145678901], "C"),
    "number a column off": (["", "", 1, "Lý Thị Gấm", "3399001234"], "E"),
    "number within the name": ([1, "Lý Thị Gấm 3399001234"], "B"),
    "number missing": ([1, "Lý Thị Gấm", "", 700000, 3, "06/2019", 462000], "B"),
    "number and amounts missing": ([1, "Lý Thị Gấm", "", "", 3, "06/2019"], "B"),
    "name in small letters": ([1, "lý thị gấm", "", 700000], "B"),
    "birth date": ([1, "", "", "", "12/03/1981"], "E"),
    "birth date in the note": ([1, "", "", "", "Đối tượng Khác, Ngày sinh 12/03/1981"], "E"),
    "amount alone": (["", "", "", "", "", "", 462123], "G"),
    "name and amount in one cell": (["2. Lý Thị Gấm đóng 462.000"], "A"),
}


@pytest.mark.parametrize(("cells", "column"), BELOW.values(), ids=BELOW.keys())
def test_a_person_outside_the_table_is_found_at_the_cell(cells: list[Any], column: str) -> None:
    """Below the foot, above the titles, right of the table, on a second sheet: whatever the number
    looks like."""
    grid = sheet()
    assert found(grid) == []
    below = len(grid) + 2
    assert found([*grid, [""], cells]) == [("D05-TS", f"{column}{below}", "below_foot")]
    assert found([cells, *grid]) == [("D05-TS", f"{column}1", "beside_table")]
    assert found(grid, Thêm=[["Danh sách bổ sung"], cells]) == [
        ("Thêm", f"{column}2", "other_sheet")
    ]
    beside = [[*line, "", *(cells if index == 12 else [])] for index, line in enumerate(grid)]
    ((name, cell, zone),) = found(beside)
    assert (name, zone) == ("D05-TS", "beside_table")
    assert cell == f"{chr(ord(column) + WIDTH + 1)}13"


def test_a_second_sheet_without_its_code_row_is_named_row_by_row() -> None:
    second = sheet()
    code_row = next(i for i, cells in enumerate(second) if cells[:3] == ["A", "B", "C"])
    del second[code_row]
    places = found(sheet(), **{"Tờ 2": second})
    assert [zone for _, _, zone in places] == ["other_sheet"] * 3
    assert {cell[0] for _, cell, _ in places} == {"C"}


KNOWN: dict[str, list[list[Any]]] = {
    "signatures": [
        ["", "Ân Thi, ngày 25 tháng 6 năm 2019"],
        ["", "Người lập biểu", "", "", "Cán bộ thu", "", "", "Giám đốc"],
        ["", "(Ký, ghi rõ họ tên)"],
        ["", "Nguyễn Thị Thu Hà", "", "", "Trần Văn Bình"],
        ["Ký bởi: BƯU ĐIỆN ÂN THI, ngày ký: 25.06.2019 10:30:15"],
        ["Điện thoại: 0912 345 678", "", "Mã số thuế:", "0900123456"],
    ],
    "totals": [["Tổng số tiền: ", 1_386_000], ["Bằng số: 1.386.000 đồng"], ["Cộng", "", "", 99_123_456], ["Lương cơ sở", ""]],
    "instructions": [
        ["Hướng dẫn điền biểu"],
        ["1. Mã số BHXH gồm 10 chữ số, ví dụ 0123456789; số tiền ghi bằng đồng, ví dụ 1.848.000."],
        ["2. Nộp trước ngày 25/06/2019; thắc mắc gọi số điện thoại 0221 3888 999."],
    ],
    "list of months": [["01/2019"], ["02/2019"], ["03/2019"], [43617]],
    "list of incomes": [["Mức thu nhập"], [700_000], [750_000], [800_000]],
    "table of rates": [["Mức", 1, 3, 6], [700_000, 154_000, 462_000, 924_000], [750_000, 165_000, 495_000, 990_000], [800_000, 176_000, 528_000, 1_056_000]],
    "communes": [["Mã xã", "Tên xã"], ["12142", "TT Ân Thi"], [12184, "Nguyễn Trãi"], [12190, "Hồ Tùng Mậu", 6_358]],
    "cover": [["Kính gửi: BHXH huyện Ân Thi"], ["Tên Đại lý: Bưu điện Ân Thi"], ["Số định danh: DL001"], ["Tháng 6 năm 2019"]],
    "note of the form": [["- Ghi chú: Cột 16 chỉ áp dụng từ 01/04/2023 theo Quyết định 490/QĐ-BHXH"], ["Trang 1/2"]],
}  # fmt: skip


@pytest.mark.parametrize("lines", KNOWN.values(), ids=KNOWN.keys())
def test_known_text_is_left_alone(lines: list[list[Any]]) -> None:
    assert found(sheet(), Khác=lines) == []
    # lists stand on sheets of their own
    if lines[0][0] not in (
        "01/2019",
        "Mức",
        "Mức thu nhập",
        "Mã xã",
    ):
        assert found([*sheet(), *lines]) == []


@pytest.mark.parametrize(
    "layout",
    [printed.D05_595, printed.D05_505, printed.D05_490, printed.D03_490],
    ids=lambda layout: layout.form,
)
def test_a_clean_form_is_accounted_for_without_a_place(layout: printed.Layout) -> None:
    told = account(sheet(layout))
    assert told.places == []
    assert {"head", "title", "section", "data", "foot"} <= set(told.classes.values())


def test_a_form_on_a_hidden_sheet_waits_and_a_blank_one_beside_a_shown_form_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "nhap.xlsx"
    blank = printed.written(printed.D05_595, [])
    for state in ("hidden", "veryHidden"):
        for draft, expected in (
            (printed.written(printed.D05_595, PEOPLE[3:]), [("Nháp", "hidden_form")]),
            (blank, []),
        ):
            book = load_workbook(
                io.BytesIO(
                    printed.xlsx(
                        {"Mẫu": printed.written(printed.D05_595, PEOPLE[:2]), "Nháp": draft}
                    )
                )
            )
            book["Nháp"].sheet_state = state
            book.save(path)
            places = parse_form("0" * 64, read_workbook(path)).unaccounted
            assert [(place.sheet, place.zone) for place in places] == expected
    book = load_workbook(
        io.BytesIO(printed.xlsx({"Mẫu": blank, "Bìa": printed.Sheet([["Kính gửi"]])}))
    )
    book["Mẫu"].sheet_state = "hidden"
    book.save(path)
    assert [place.zone for place in parse_form("0" * 64, read_workbook(path)).unaccounted] == [
        "hidden_form"
    ]


def test_somebody_whose_amount_is_the_sum_above_is_no_total() -> None:
    grid = sheet()
    at = next(i for i, cells in enumerate(grid) if cells[2] == PEOPLE[2].bhxh_number)
    total = sum(person.total_vnd for person in PEOPLE[:3])
    for name, places in (
        ("Cộng", []),
        ("SỐ MANG SANG TRANG SAU", []),
        ("Lý Thị Gấm", [("D05-TS", f"B{at + 2}", "beside_table")]),
    ):
        line = ["", name, "", "", "", "", total, *[""] * 3]
        assert found([*grid[: at + 1], line, *grid[at + 1 :]]) == places


def test_a_total_beside_the_table_is_known_when_it_is_one() -> None:
    grid = sheet()
    total = sum(person.total_vnd for person in PEOPLE[:3])
    right = [[*line, ""] for line in grid]
    right[12][-1] = total
    assert found(right) == []
    right[12][-1] = right[12][6]
    assert found(right) == []  # the row's own amount again
    assert [
        cell
        for _, cell, _ in found(
            [[*cells, "Lý Thị Gấm" if index == 12 else ""] for index, cells in enumerate(right)]
        )
    ] == ["L13"]
    right[12][-1] = total + 1
    assert [zone for _, _, zone in found(right)] == ["beside_table"]


def test_a_long_text_of_numbers_is_read_in_one_pass() -> None:
    started = time.process_time()
    assert account_for_sheet(Page("x", [["Điện thoại 0912345678 " * 10_000]])).places == []
    assert time.process_time() - started < 10  # read anew for each number, it takes a minute


words = st.sampled_from(
    [
        "Danh sách",
        "Nguyễn Văn Tý",
        "ghi chú",
        "Tổng cộng",
        "3399001234",
        "33 9900 1234",
        "12/03/1981",
        "06/2019",
        "x",
    ]
)
cells_of_any_kind = st.one_of(st.just(""), words, st.integers(-(10**13), 10**13), st.floats(allow_nan=False), st.booleans(), st.dates(), st.text(max_size=12))  # fmt: skip
loose_rows = st.lists(st.lists(cells_of_any_kind, min_size=1, max_size=WIDTH + 4), max_size=4)


@given(above=loose_rows, below=loose_rows, second=loose_rows)
@settings(max_examples=60, deadline=None)
def test_every_row_that_is_not_blank_has_a_class(
    above: list[list[Any]], below: list[list[Any]], second: list[list[Any]]
) -> None:
    for grid in ([*above, *sheet(), *below], second):
        told = account(grid)
        for index, cells in enumerate(_even(grid)):
            shows = any(
                isinstance(v, (int, float)) or str(v).strip()
                for v in cells
                if v != "" and not isinstance(v, bool)
            )
            assert (
                not shows
                or index in told.classes
                or all(not str(v).isprintable() for v in cells if v != "")
            )
        assert {place.row - 1 for place in told.places} == {
            index for index, what in told.classes.items() if what == "unaccounted"
        }


numbers = st.from_regex(r"33[0-9]{8}|0[0-9]{11}", fullmatch=True)
spaced = st.builds(
    lambda n, at, mark: n[:at] + mark + n[at:],
    numbers,
    st.integers(1, 9),
    st.sampled_from(["", " ", ".", "-", "\u00a0", "'"]),
)


@given(
    number=spaced,
    column=st.integers(0, 14),
    name=st.sampled_from(["", "Đỗ Thị Mận", "MẬN"]),
    where=st.sampled_from(["above", "below", "beside", "second"]),
)
@settings(max_examples=120, deadline=None)
def test_a_number_outside_the_table_is_never_silent(
    number: str, column: int, name: str, where: str
) -> None:
    grid = sheet()
    line = [""] * column + [number, name]
    match where:
        case "above":
            places = found([line, *grid])
        case "below":
            places = found([*grid, line])
        case "beside":
            places = found(
                [[*cells, "", *(line if index == 12 else [])] for index, cells in enumerate(grid)]
            )
        case _:
            places = found(grid, Thêm=[["Bổ sung"], line])
    assert len(places) == 1


def test_a_marked_copy_that_comes_back_tells_nothing_of_its_own(tmp_path: Path) -> None:
    """Its lists of findings and of repairs hold examples, numbers and names; a person written below
    them is found all the same."""
    content = printed.xlsx({"D05-TS": printed.written(printed.D05_595, PEOPLE[:3])})
    findings = [
        Finding("0" * 64, code, "hold_row", "D05-TS", "C13", 13, "bhxh_number")
        for code in ("BP-101", "BP-102", "BP-106")
    ]
    repairs = [Repair("D05-TS", "C13", 13, "bhxh_number", "number_as_text", "3.399E+09", "3399000001"), Repair("D05-TS", "B13", 13, "full_name", "tcvn3", "x", "Lý Thị Gấm")]  # fmt: skip
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    marked = mark(path, "xlsx", findings, repairs)
    path.write_bytes(marked.content)
    pages = read_workbook(path).pages
    assert len(pages) >= 3
    assert parse_form("0" * 64, Workbook("xlsx", pages)).unaccounted == []
    for page in (page for page in pages if page.name in ("Cần sửa", "Đã tự đọc lại")):
        grid = [*page.grid, ["", "Lý Thị Gấm", "33 9900 1234", *[""] * 20][: len(page.grid[0])]]
        assert [place.cell for place in account_for_sheet(Page(page.name, grid)).places] == [
            f"C{len(grid)}"
        ]
