"""Cells in, values, problems, repairs and proposals out; and the laws that hold for every cell."""

from __future__ import annotations

import inspect
import re
import unicodedata
from datetime import date, datetime
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.clock import month_index
from core.vietnamese import number
from ingestion.feedback import front_sheets
from ingestion.forms import dates, normalise
from ingestion.forms.normalise import (
    READERS,
    Habits,
    Reading,
    are_dates_turned,
    clean_text,
    date_habit,
    format_date,
    format_month,
    name_key,
    text_key,
)

DMY, MDY, UNKNOWN = Habits("dmy"), Habits("mdy"), Habits()
THOUSANDS = Habits(money_unit=1000)
TURNED = Habits("dmy", are_dates_turned=True)
JULY = month_index(2019, 7)
DAY = date(2019, 7, 6)
BOTH = "ngày 6 tháng 7 năm 2019 hoặc ngày 7 tháng 6 năm 2019"

Case = tuple[str, Any, Habits, Reading]
MISSING, UNREADABLE = Reading(None, "missing"), Reading(None, "unreadable")

TEXTS: list[Case] = [
    ("text", "  Nguyễn \u00a0 Văn\u200b An\ufeff ", UNKNOWN, Reading("Nguyễn Văn An")),
    ("text", unicodedata.normalize("NFD", "Nguyễn Văn An"), UNKNOWN, Reading("Nguyễn Văn An")),
    ("text", "Nguyễn\nVăn An", UNKNOWN, Reading("Nguyễn Văn An")),
    ("text", "Tru\u00ading", UNKNOWN, Reading("Truing")),
    ("text", "Ðặng Thị Hoà", UNKNOWN, Reading("Đặng Thị Hoà", repair="cleaned")),
    ("text", "Ɖặng ɖức ðạt", UNKNOWN, Reading("Đặng đức đạt", repair="cleaned")),
    ("text", "  Lê  Minh An", UNKNOWN, Reading("Lê Minh An")),
    ("text", "NGUYEN VAN AN", UNKNOWN, Reading("NGUYEN VAN AN")),
    ("text", 12.0, UNKNOWN, Reading("12")),
    ("text", "\u00a0\u200b ", UNKNOWN, MISSING),
    ("text", None, UNKNOWN, MISSING),
    ("text", "=1+1", UNKNOWN, Reading("=1+1")),
]
IDENTIFIERS: list[Case] = [
    ("identifier", "DL 001", UNKNOWN, Reading("DL001")),
    ("identifier", 12142.0, UNKNOWN, Reading("12142")),
    ("code", "dl001 \xa0", UNKNOWN, Reading("DL001")),
    ("identifier", "3.3E+09", UNKNOWN, Reading("3.3E+09", "shortened")),
    ("social_number", "0123456789", UNKNOWN, Reading("0123456789")),
    ("social_number", "'0123456789", UNKNOWN, Reading("0123456789")),
    ("social_number", 3312345678.0, UNKNOWN, Reading("3312345678")),
    ("social_number", 123456789, UNKNOWN, Reading("123456789", "shortened", proposal="0123456789")),
    (
        "social_number",
        "123456789",
        UNKNOWN,
        Reading("123456789"),
    ),  # typed so: nothing has shortened it
    ("social_number", 12345678.0, UNKNOWN, Reading("12345678", "shortened", proposal="0012345678")),
    ("social_number", 3300000000.0, UNKNOWN, Reading("3300000000", "shortened")),
    ("social_number", "3.3E+09", UNKNOWN, Reading("3.3E+09", "shortened")),
    (
        "social_number",
        "3,312345678E+09",
        UNKNOWN,
        Reading("3,312345678E+09", "shortened", proposal="3312345678"),
    ),
    ("social_number", "033190000001", UNKNOWN, Reading("033190000001", "citizen_number")),
    (
        "social_number",
        33190000001,
        UNKNOWN,
        Reading("33190000001", "shortened", proposal="033190000001"),
    ),
    ("social_number", "01234", UNKNOWN, Reading("01234")),
    ("social_number", "O123456789", UNKNOWN, Reading("O123456789")),
    ("social_number", None, UNKNOWN, MISSING),
    ("citizen_number", "033190000001", UNKNOWN, Reading("033190000001")),
    (
        "citizen_number",
        33190000012,
        UNKNOWN,
        Reading("33190000012", "shortened", proposal="033190000012"),
    ),
    ("citizen_number", "145123456", UNKNOWN, Reading("145123456")),
    ("citizen_number", 14512345, UNKNOWN, Reading("14512345", "shortened", proposal="014512345")),
    ("citizen_number", "B1234567", UNKNOWN, Reading("B1234567")),
]
MONEY: list[Case] = [
    ("money", 154000, UNKNOWN, Reading(154000)),
    ("money", 154000.0, UNKNOWN, Reading(154000)),
    ("money", 153999.99999999997, UNKNOWN, Reading(154000)),
    ("money", 154000.4, UNKNOWN, UNREADABLE),
    ("money", "1.234.567", UNKNOWN, Reading(1234567)),
    ("money", "1,234,567", UNKNOWN, Reading(1234567)),
    ("money", "1.234,567", UNKNOWN, UNREADABLE),
    ("money", "1.234.567,00", UNKNOWN, Reading(1234567)),
    ("money", "1.234.567.00", UNKNOWN, UNREADABLE),
    ("money", "154.000đ", UNKNOWN, Reading(154000)),
    ("money", "154.000 VNĐ", UNKNOWN, Reading(154000)),
    ("money", "154\u00a0000 đồng", UNKNOWN, Reading(154000)),
    ("money", "(154.000)", UNKNOWN, Reading(-154000)),
    ("money", "-154.000", UNKNOWN, Reading(-154000)),
    ("money", "\u2212154.000", UNKNOWN, Reading(-154000)),
    ("money", "154,5", UNKNOWN, UNREADABLE),
    ("money", "154 nghìn", UNKNOWN, Reading(154000, repair="thousands")),
    ("money", "154 nghìn đồng", UNKNOWN, Reading(154000, repair="thousands")),
    ("money", "69,3 nghìn", UNKNOWN, Reading(69300, repair="thousands")),
    ("money", 154, THOUSANDS, Reading(154000, repair="thousands")),
    ("money", 69.3, THOUSANDS, Reading(69300, repair="thousands")),
    ("money", "69,3", THOUSANDS, Reading(69300, repair="thousands")),
    (
        "money",
        "69.300",
        THOUSANDS,
        Reading(None, "ambiguous", proposal="69.300 đồng hoặc 69.300.000 đồng"),
    ),
    ("money", "154.000đ", THOUSANDS, Reading(154000)),
    ("money", 0, THOUSANDS, Reading(0)),
    ("money", "không", UNKNOWN, UNREADABLE),
    ("money", "١٢٣", UNKNOWN, UNREADABLE),
    ("money", "-", UNKNOWN, Reading(0)),
    ("money", " – ", UNKNOWN, Reading(0)),
    ("money", "- đ", UNKNOWN, Reading(0)),
    ("money", "-5-", UNKNOWN, UNREADABLE),
    ("rate", "-", UNKNOWN, Reading(0.0)),
    ("money", True, UNKNOWN, UNREADABLE),
    ("money", float("nan"), UNKNOWN, UNREADABLE),
    ("money", 1e300, UNKNOWN, UNREADABLE),
    ("money", "", UNKNOWN, MISSING),
    ("money", " ", UNKNOWN, MISSING),
    ("money", "9999999999999999", UNKNOWN, UNREADABLE),
    ("count", "3 tháng", UNKNOWN, Reading(3)),
    ("count", 12.0, THOUSANDS, Reading(12)),
    ("count", True, UNKNOWN, UNREADABLE),
    ("count", 2.5, UNKNOWN, UNREADABLE),
    ("count", float("inf"), UNKNOWN, UNREADABLE),
    ("count", -1, UNKNOWN, UNREADABLE),
    ("count", "2,5", UNKNOWN, UNREADABLE),
]
DATES: list[Case] = [
    ("date", datetime(2019, 7, 6, 8, 30), UNKNOWN, Reading(DAY)),  # noqa: DTZ001
    ("date", DAY, UNKNOWN, Reading(DAY)),
    ("date", "06/07/2019", DMY, Reading(DAY)),
    ("date", "6.7.2019", DMY, Reading(DAY)),
    ("date", " 6 / 7 / 2019", DMY, Reading(DAY)),
    ("date", "07/06/2019", MDY, Reading(DAY, repair="date_order")),
    ("date", "6/7/2019", UNKNOWN, Reading(None, "ambiguous", proposal=BOTH)),
    ("date", "7/7/2019", UNKNOWN, Reading(date(2019, 7, 7))),
    ("date", "30/6/2019", UNKNOWN, Reading(date(2019, 6, 30))),
    ("date", "30/6/2019", MDY, Reading(date(2019, 6, 30))),
    ("date", "6/30/2019", UNKNOWN, Reading(date(2019, 6, 30), repair="date_order")),
    ("date", "6/7/19", DMY, Reading(DAY, repair="two_digit_year")),
    ("date", "6/7/80", DMY, Reading(date(1980, 7, 6), repair="two_digit_year")),
    ("date", "2019-07-06", UNKNOWN, Reading(DAY)),
    ("date", "2019-07-06T00:00:00", UNKNOWN, Reading(DAY)),
    ("date", "ngày 6 tháng 7 năm 2019", UNKNOWN, Reading(DAY)),
    ("date", "Ngày 06/07/2019", DMY, Reading(DAY)),
    ("date", "6-Jul-19", UNKNOWN, Reading(DAY, repair="two_digit_year")),
    ("date", 43652, UNKNOWN, Reading(DAY, repair="serial")),
    ("date", 43652.75, UNKNOWN, Reading(DAY, repair="serial")),
    ("date", "43652", UNKNOWN, Reading(DAY, repair="serial")),
    ("date", 1975.0, UNKNOWN, Reading(date(1975, 1, 1), repair="year_only")),
    ("date", "1975", UNKNOWN, Reading(date(1975, 1, 1), repair="year_only")),
    ("date", "31/02/2019", DMY, UNREADABLE),
    ("date", "0/7/2019", DMY, UNREADABLE),
    ("date", "0/1/00", UNKNOWN, UNREADABLE),
    ("date", "6/7/1800", UNKNOWN, UNREADABLE),
    ("date", "\u200b", UNKNOWN, MISSING),
    ("date", 2.0, UNKNOWN, UNREADABLE),
    ("date", 99999, UNKNOWN, UNREADABLE),
    ("date", True, UNKNOWN, UNREADABLE),
    ("date", "hôm qua", UNKNOWN, UNREADABLE),
    ("date", None, UNKNOWN, MISSING),
]
MONTHS: list[Case] = [
    ("month", datetime(2019, 7, 1), UNKNOWN, Reading(JULY)),  # noqa: DTZ001
    ("month", "7/2019", UNKNOWN, Reading(JULY)),
    ("month", "07.2019", UNKNOWN, Reading(JULY)),
    ("month", "1.2019", UNKNOWN, Reading(month_index(2019, 1))),
    ("month", "01/2019", UNKNOWN, Reading(month_index(2019, 1))),
    ("month", "2019-07", UNKNOWN, Reading(JULY)),
    ("month", "T7/2019", UNKNOWN, Reading(JULY)),
    ("month", "Th.7/2019", UNKNOWN, Reading(JULY)),
    ("month", "tháng 7/2019", UNKNOWN, Reading(JULY)),
    ("month", "Tháng 7 năm 2019", UNKNOWN, Reading(JULY)),
    ("month", 7.2019, UNKNOWN, Reading(JULY, repair="number_as_text")),
    ("month", 1.2019, UNKNOWN, Reading(month_index(2019, 1), repair="number_as_text")),
    ("month", 10.2019, UNKNOWN, Reading(month_index(2019, 10), repair="number_as_text")),
    ("month", 7.202, UNKNOWN, Reading(month_index(2020, 7), repair="number_as_text")),
    ("month", 7.2, UNKNOWN, UNREADABLE),
    ("month", 13.2019, UNKNOWN, UNREADABLE),
    ("month", 201907, UNKNOWN, Reading(JULY, repair="number_as_text")),
    ("month", 43647, UNKNOWN, Reading(JULY, repair="serial")),
    ("month", "43647", UNKNOWN, Reading(JULY, repair="serial")),
    ("month", 2019, UNKNOWN, UNREADABLE),
    ("month", "2019", UNKNOWN, UNREADABLE),
    ("month", 7, UNKNOWN, UNREADABLE),
    ("month", "7/19", UNKNOWN, Reading(JULY, repair="two_digit_year")),
    ("month", "T7/12", UNKNOWN, Reading(month_index(2012, 7), repair="two_digit_year")),
    ("month", "7/12", UNKNOWN, Reading(None, "ambiguous", proposal="tháng 7 năm 2012")),
    ("month", "Jul-19", UNKNOWN, Reading(JULY, repair="two_digit_year")),
    ("month", "06/07/2019", DMY, Reading(JULY)),
    ("month", "7/6/2019", MDY, Reading(JULY, repair="date_order")),
    ("month", "6/7/2019", UNKNOWN, Reading(None, "ambiguous", proposal=BOTH)),
    ("month", "Thg7-19", UNKNOWN, Reading(JULY, repair="two_digit_year")),
    ("month", "Thg 7 2019", UNKNOWN, Reading(JULY)),
    ("month", "07/2019.", UNKNOWN, Reading(JULY)),
    ("month", "2019-07-01T00:00:00.000Z", UNKNOWN, Reading(JULY)),
    ("month", "2019-06-30T17:00:00.000Z", UNKNOWN, Reading(JULY, repair="time_zone")),
    ("month", "2019-07-01T00:00:00+07:00", UNKNOWN, Reading(JULY)),
    ("month", "2019-07-01T99:00:00Z", UNKNOWN, UNREADABLE),
    ("month", date(2019, 7, 1), UNKNOWN, Reading(JULY)),
    ("month", date(2019, 7, 25), UNKNOWN, Reading(JULY)),
    ("month", date(2019, 7, 7), UNKNOWN, Reading(JULY)),
    (
        "month",
        date(2019, 1, 7),
        UNKNOWN,
        Reading(None, "ambiguous", proposal="tháng 1 năm 2019 hoặc tháng 7 năm 2019"),
    ),
    (
        "month",
        "2019-01-07",
        UNKNOWN,
        Reading(None, "ambiguous", proposal="tháng 1 năm 2019 hoặc tháng 7 năm 2019"),
    ),
    (
        "month",
        43472,
        UNKNOWN,
        Reading(None, "ambiguous", proposal="tháng 1 năm 2019 hoặc tháng 7 năm 2019"),
    ),
    (
        "month",
        42019,
        UNKNOWN,
        Reading(None, "ambiguous", proposal="tháng 4 năm 2019 hoặc tháng 1 năm 2015"),
    ),
    ("month", 102019, UNKNOWN, Reading(month_index(2019, 10), repair="number_as_text")),
    ("month", "072019", UNKNOWN, Reading(JULY, repair="number_as_text")),
    (
        "date",
        date(2019, 6, 7),
        TURNED,
        Reading(None, "ambiguous", proposal="07/06/2019 hoặc 06/07/2019"),
    ),
    ("date", date(2019, 6, 13), TURNED, Reading(date(2019, 6, 13))),
    ("date", date(2019, 6, 7), UNKNOWN, Reading(date(2019, 6, 7))),
    ("month", "13/2019", UNKNOWN, UNREADABLE),
    ("month", False, UNKNOWN, UNREADABLE),
    ("month", " ", UNKNOWN, MISSING),
    ("period", "2019-H1", UNKNOWN, Reading("2019-H1")),
    ("period", 2019.0, UNKNOWN, Reading("2019")),
    ("period", "2019-13", UNKNOWN, UNREADABLE),
]


NAMES: list[Case] = [
    ("name", "  Trần  Thị Mơ ", UNKNOWN, Reading("Trần Thị Mơ")),
    ("name", "Ðỗ Văn Đạt (B)", UNKNOWN, Reading("Đỗ Văn Đạt (B)", repair="cleaned")),
    ("name", "H'Hen Niê", UNKNOWN, Reading("H'Hen Niê")),
    ("name", "Na", UNKNOWN, Reading("Na")),
    *(("name", said, UNKNOWN, Reading(text, "no_name")) for said, text in
      (("#N/A", "#N/A"), ("#REF!", "#REF!"), (0.0, "0"), ("-", "-"), ("…", "…"), (12, "12"), ("null", "null"), ("N/A", "N/A"))),
    *(("name", said, UNKNOWN, Reading(said, "lost_letters")) for said in
      ("Nguy?n V?n An", "Ph\ufffdm Th\ufffd B", "Nguyá»…n VÄƒn An", "Tráº§n", "Lª V¨n", "□□ An")),
    ("name", "Тrần Vаn", UNKNOWN, Reading("Trần Van", "other_script")),
    ("name", "Ηoà", UNKNOWN, Reading("Hoà", "other_script")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "habits", "reading"),
    TEXTS + IDENTIFIERS + MONEY + DATES + MONTHS + NAMES,
    ids=lambda x: repr(x)[:40],
)
def test_a_cell_is_read(kind: str, cell: Any, habits: Habits, reading: Reading) -> None:
    assert READERS[kind](cell, habits) == reading


@pytest.mark.parametrize(
    ("values", "habit"),
    [
        (["6/7/2019", "30/06/2019"], "dmy"),
        (["6/7/2019", "6/30/19", 43000, None], "mdy"),
        (["6/30/2019", "30/6/2019"], None),
        (["6/7/2019", "7/2019", "40/50/2019"], None),
        ([], None),
    ],
)
def test_a_file_shows_its_convention(values: list[Any], habit: str | None) -> None:
    assert date_habit(values) == habit


@pytest.mark.parametrize(
    ("values", "is_turned"),
    [
        ([date(2019, 7, 6), "25/06/2019"], True),
        ([date(2019, 7, 6), "06/07/2019"], False),
        (["25/06/2019", "6/7/2019"], False),
        ([date(2019, 7, 6), date(2019, 6, 25), "", None], False),
    ],
)
def test_a_column_shows_that_its_program_reads_the_month_first(
    values: list[Any], is_turned: bool
) -> None:
    assert are_dates_turned(values) == is_turned


def test_a_letter_of_another_script_is_the_one_it_looks_like() -> None:
    assert name_key("Тrần Thị Hоà") == name_key("Trần Thị Hoà") != name_key("Trần Thị Hoa")
    assert name_key("Ηοà", marks=False) == "hoa"


def test_names_are_compared_with_and_without_marks() -> None:
    assert (
        name_key("NGUYỄN  THỊ HÒA")
        == name_key("Nguyễn Thị Hoà")
        == name_key(unicodedata.normalize("NFD", "nguyễn thị hoà"))
    )
    assert name_key("Thuý") == name_key("THÚY") != name_key("Thủy") == name_key("thuỷ")
    assert name_key("Ðặng") == name_key("Đặng")
    assert name_key("Hoa") != name_key("Hoà")
    assert (
        name_key("Đặng Văn-Hoà.", marks=False)
        == name_key("dang van hoa", marks=False)
        == "dang van hoa"
    )


vietnamese = st.text(
    st.sampled_from(
        "aăâeêioôơuưyđbcghknmtxAĂÂĐÐƠƯ áàảãạấầẩẫậệộợứừựýỵ\u0301\u0300\u0323\u00a0\u200b\u00ad.,-/0123456789"
    ),
    max_size=30,
)
cells = st.one_of(
    vietnamese, st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none(), st.dates(), st.datetimes(),
    st.from_regex(r"\A\d{1,2}[/.\-]\d{1,2}[/.\-](\d{2}|\d{4})\Z"), st.from_regex(r"\A\(?-?\d{1,4}([.,]\d{3}){0,3}( nghìn| đồng|đ)?\)?\Z"),
)  # fmt: skip
habits_of_files = st.builds(
    Habits, st.sampled_from([None, "dmy", "mdy"]), st.sampled_from([1, 1000])
)


@given(st.sampled_from(sorted(READERS)), cells, habits_of_files)
def test_a_reading_is_whole(kind: str, cell: Any, habits: Habits) -> None:
    reading = READERS[kind](cell, habits)
    assert (reading.value is None) == (reading.problem in ("missing", "unreadable", "ambiguous"))
    assert reading.repair is None or reading.problem is None
    assert kind == "name" or reading.problem not in ("no_name", "lost_letters", "other_script")
    assert reading.proposal is None or reading.problem in ("shortened", "ambiguous")


@given(vietnamese, st.sampled_from(sorted(READERS)))
@example("Ð\u0301a", "text")
def test_nfc_and_nfd_are_one(text: str, kind: str) -> None:
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    nfc, nfd = (READERS[kind](unicodedata.normalize(form, text), DMY) for form in forms)
    assert nfc == nfd
    assert text_key(unicodedata.normalize("NFC", text)) == text_key(
        unicodedata.normalize("NFD", text)
    )
    assert name_key(unicodedata.normalize("NFC", text)) == name_key(
        unicodedata.normalize("NFD", text)
    )


@given(st.one_of(vietnamese, st.text()))
def test_cleaning_keys_and_texts_are_idempotent(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert text_key(text_key(text)) == text_key(text)
    for marks in (True, False):
        assert name_key(name_key(text, marks=marks), marks=marks) == name_key(text, marks=marks)
    for kind in ("text", "identifier", "social_number", "citizen_number"):
        once = READERS[kind](text, UNKNOWN)
        assert once.value is None or READERS[kind](once.value, UNKNOWN).value == once.value


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_money_comes_back_from_its_text(amount: int) -> None:
    written = number(amount)
    for text in (
        written,
        written.replace(".", ","),
        written.replace(".", "\u00a0"),
        f"{written}đ",
        f"{written} đồng",
        str(amount),
    ):
        assert READERS["money"](text, UNKNOWN) == Reading(amount)
    if amount < 0:
        assert READERS["money"](f"({written[1:]})", UNKNOWN) == Reading(amount)


@given(st.integers(1, 10**6))
def test_money_in_thousands_is_the_same_money(hundreds: int) -> None:
    assert READERS["money"](hundreds / 10, THOUSANDS) == Reading(hundreds * 100, repair="thousands")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_comes_back_from_its_text(day: date) -> None:
    for text in (
        format_date(day),
        f"{day.day}/{day.month}/{day.year}",
        day.isoformat(),
        f"ngày {day.day} tháng {day.month} năm {day.year}",
    ):
        assert READERS["date"](text, DMY) == Reading(day)
    assert READERS["date"](f"{day.month}/{day.day}/{day.year}", MDY).value == day
    assert READERS["month"](format_date(day), DMY) == Reading(month_index(day.year, day.month))


@given(st.dates(date(1930, 1, 1), date(2029, 12, 31)))
def test_a_day_comes_back_from_its_serial_and_its_short_text(day: date) -> None:
    serial = day.toordinal() - date(1899, 12, 30).toordinal()
    assert (
        READERS["date"](serial, UNKNOWN)
        == READERS["date"](str(serial), UNKNOWN)
        == Reading(day, repair="serial")
    )
    assert READERS["date"](f"{day:%d/%m/%y}", DMY).value == day


@given(st.integers(1900 * 12 + 1, 2199 * 12 + 12))
def test_a_month_comes_back_from_its_text(index: int) -> None:
    written = format_month(index)
    for text in (
        written,
        written.lstrip("0"),
        written.replace("/", "."),
        f"T{written}",
        f"tháng {written[:2]} năm {written[3:]}",
    ):
        assert READERS["month"](text, UNKNOWN) == Reading(index)
    if index < 2100 * 12 and not written.endswith("00"):  # 1.1900 is the number 1.19
        assert READERS["month"](float(written.replace("/", ".")), UNKNOWN) == Reading(
            index, repair="number_as_text"
        )


def test_every_repair_has_words_for_the_agent() -> None:
    said = set(re.findall(r'"(\w+)"', inspect.getsource(normalise) + inspect.getsource(dates)))
    assert front_sheets.KINDS.keys() - {"cleaned", "tcvn3", "vni", "as_shown", "merged"} <= said
    for name in (
        "time_zone",
        "as_shown",
        "merged",
        "thousands",
        "date_order",
        "two_digit_year",
        "year_only",
        "serial",
        "number_as_text",
        "cleaned",
        "tcvn3",
        "vni",
    ):
        assert name in front_sheets.KINDS


def test_a_count_is_never_more_than_the_warehouse_holds() -> None:
    assert READERS["count"](10**9) == Reading(10**9)
    assert READERS["count"](10**12).problem == READERS["count"]("9" * 12).problem == "unreadable"
