"""Headings, totals and fillers are told by meaning; the months of a head in every form; numbers as
their cells show them."""

from __future__ import annotations

from typing import Any

import pytest

from core.clock import month_index
from ingestion.containers.cell_looks import as_shown, picture
from ingestion.forms.head_lines import read_head
from ingestion.forms.line_kinds import UNREADABLE, heading, is_filler, is_total
from ingestion.forms.note import says_cancelled
from ingestion.forms.tables import find_table
from ingestion.model import SheetTable
from tests.support import printed

TABLE = find_table(printed.written(printed.D05_595, []).grid)
assert TABLE is not None
NAMES = [
    "Tăng Văn An",
    "Lương Thu",
    "Công Tằng Thị Mơ",
    "Tống Công Minh",
    "Vi Thị Mến",
    "Nguyễn Mạnh Giảm",
]


def line(*cells: Any) -> list[Any]:
    return [*cells, *[None] * (10 - len(cells))]


@pytest.mark.parametrize(
    ("cells", "above", "section"),
    [
        (("I", "Tăng"), None, "I"),
        (("Ⅱ", "GIẢM"), "I.1", "II"),
        (("II/", "Giảm"), "I.1", "II"),
        (("II - Giảm:",), "I.1", "II"),
        ((2.0, "Giảm"), "I.1", "II"),
        ((None, "Báo giảm"), "I.1", "II"),
        ((None, "GIAM"), "I.1", "II"),
        (("Phần II. Giảm",), "I.1", "II"),
        (("II",), "I.1", "II"),
        (("I.1.", "Người tham gia"), "I", "I.1"),
        (("ＩＩ．１", "Người lao động"), "II", "II.1"),
        (("II-1", "Giảm lao động"), "II", "II.1"),
        ((2.1, "Người lao động"), "II", "II.1"),
        (("1", "Người lao động"), "II", "II.1"),
        ((None, "Người lao động"), "II", "II.1"),
        ((None, "Tiền lương"), "I.1", "I.2"),
        ((None, "Giảm người lao động"), "I.1", "II.1"),
        (("I", "Tăng", None, None, None, None, 3_949_000), None, "I"),
        (("II", "Tăng"), "I.1", UNREADABLE),
        (("II.1", "Người lao động tăng"), "II", UNREADABLE),
        (("III", "Thay đổi"), "I.1", UNREADABLE),
        (("B.", "Đối tượng khác"), "I.1", UNREADABLE),
        ((None, "Điều chỉnh giảm mức đóng"), "I.1", UNREADABLE),
        ((None, "Người lao động"), UNREADABLE, UNREADABLE),
        *(((3.0, name), "I.1", None) for name in NAMES),
        *(
            ((None, name), "I.1", None)
            for name in NAMES
            if "Giảm" not in name and "Tăng" not in name
        ),
        ((1.0, "Giảm", None, 700_000, 1, "06/2019"), "I.1", None),
    ],
)
def test_a_heading_is_read_or_called_unreadable(
    cells: tuple[Any, ...], above: str | None, section: str | None
) -> None:
    assert heading(line(*cells), TABLE, above) == section  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words",
    ["Cộng:", "Tổng số", "CỘNG I.1", "Cộng trang 1", "Mang sang trang sau", "Số mang sang", "Trang trước mang sang", "Tổng cộng (4 người)",
     "TỔNG CỘNG", "Cong tang", "Cộng tăng", "Cộng II", "Lũy kế", "Tổng số người"],
)  # fmt: skip
def test_a_total_is_told_by_its_words(words: str) -> None:
    assert is_total(line(None, words, None, None, None, None, 5), TABLE)  # type: ignore[arg-type]
    assert is_total(line(words), TABLE)  # type: ignore[arg-type]
    assert not is_total(line(1, words, None, 700_000, 1, "06/2019", 154_000), TABLE)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_begins_like_a_total_is_a_persons(name: str) -> None:
    assert not is_total(line(1, name, None, None, None, None, 154_000), TABLE)  # type: ignore[arg-type]


def test_amounts_without_anybody_are_a_total() -> None:
    assert is_total(line(None, None, None, None, None, None, 5, 4, 1), TABLE)  # type: ignore[arg-type]
    assert not is_total(line(None, None, None, None, None, None, 5, 4, 1, "ghi chú"), TABLE)  # type: ignore[arg-type]
    assert not is_total(line(3, None, None, None, None, None, None), TABLE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "is_blank"),
    [
        ((7.0,), True),
        (("7.", "", "", 0, 0, "", 0.0, "-", " - ", ""), True),
        ((7, "#N/A", "", "#N/A", 0), True),
        ((None, 0, 0), True),
        ((7, "Lê Minh"), False),
        ((7, None, None, None, None, None, 5), False),
        ((7, None, None, None, None, None, None, None, None, "hẹn nộp sau"), False),
        (("Cộng", None, None, None, None, None, 0), False),
        ((7, None, None, None, 3, "06/2019"), False),
    ],
)
def test_a_prepared_line_is_blank(cells: tuple[Any, ...], is_blank: bool) -> None:
    assert is_filler(line(*cells), TABLE) == is_blank  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "month", "cell"),
    [
        ([["Tháng 6 năm 2019"]], (2019, 6), "A1"),
        ([["tháng 6/2019."]], (2019, 6), "A1"),
        ([["Số: …… ngày 25 tháng 6 năm 2019"]], (2019, 6), "A1"),
        ([["Số: 15/ĐL ngày 25/06/2019"]], (2019, 6), "A1"),
        ([["Số: 02 tháng 6 năm 2019."]], (2019, 6), "A1"),
        ([["DANH SÁCH NGƯỜI THAM GIA BHXH TỰ NGUYỆN T6/2019"]], (2019, 6), "A1"),
        ([["x"], [None, "Kỳ:", "06/2019"]], (2019, 6), "B2"),
        ([["Tháng", 6.0, "năm", 2019.0]], (2019, 6), "A1"),
        ([["Tháng …6… năm 2019"]], (2019, 6), "A1"),
        ([["Kỳ: 06/19"]], (2019, 6), "A1"),
        ([["Tháng sáu năm 2019"]], None, "A1"),
        ([["Tháng 13 năm 2019"]], None, "A1"),
        ([["Từ tháng 5/2019 đến tháng 6/2019"]], None, None),
        (
            [
                ["(Ban hành kèm theo QĐ số 595/QĐ-BHXH ngày 14 tháng 4 năm 2017)"],
                ["Ân Thi, ngày 1 tháng 7 năm 2019"],
            ],
            None,
            None,
        ),
    ],
)
def test_the_month_of_a_head_is_read_or_its_line_is_named(
    head: list[list[Any]], month: tuple[int, int] | None, cell: str | None
) -> None:
    said = SheetTable("M", 0, "d05-ts/595", "bhxh-tn")
    read_head([[*cells, *[None] * 6] for cells in head], len(head), TABLE.form, said)
    assert said.head.get("head_month") == (month and month_index(*month))
    assert said.head_cells.get("batch") == (cell and ("M", cell))


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("0000000000", 399900001.0, "0399900001"),
        ("000000000000", 33160900001, "033160900001"),
        ('00"/"0000', 42019.0, "04/2019"),
        (r"00\/0000;@", 102019, "10/2019"),
        ("0000\\ 0000\\ 00", 399900001, "0399 9000 01"),
        ("0000000000", 3399900001.0, None),
        ("0000000000", 300000000.0, None),
        ("0000000000", 1.5, None),
        ("0000000000", float("nan"), None),
        ("0000000000", "399900001", None),
    ],
)
def test_a_number_is_read_as_its_cell_shows_it(code: str, value: Any, text: str | None) -> None:
    look = picture(code)
    assert look is not None
    assert as_shown(value, look) == text


def test_other_formats_are_no_picture_of_a_number() -> None:
    assert [
        picture(code)
        for code in (
            "General",
            "#,##0",
            "00000",
            "00/0000",
            "00.0000",
            "dd/mm/yyyy",
            "0.0000000000",
            "@",
        )
    ] == [None] * 8


@pytest.mark.parametrize(
    ("note", "cancelled"),
    [
        ("Hủy", True), ("đã huỷ biên lai", True), ("Đối tượng Khác, ĐÃ HỦY, SĐT 0912", True), ("Biên lai 12 đã hủy", True), ("da huy", True),
        ("Hủy BL0001 do thu trùng", True), ("đã hủy (đóng trùng)", True), ("Hủy tham gia BHXH", False), ("hủy đóng BHXH", False),
        ("Trần Quang Huy nộp hộ", False), ("Huy, nộp hộ", False), ("không hủy", False), ("Hủy do không tham gia nữa", False), ("", False),
    ],
)  # fmt: skip
def test_a_note_says_that_a_receipt_is_cancelled(note: str, cancelled: bool) -> None:
    assert says_cancelled(note) == cancelled
