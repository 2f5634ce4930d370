"""What a line of a table is when it is no person: a heading, a total, a filler. Told by its words,
as a reader of the sheet tells it.

Number and title of a heading must agree, as title and code of a column must. A line that looks like
a heading but cannot be read is called UNREADABLE: the rows below it belong to no section that was
read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from ingestion.forms.contracts import Form
from ingestion.forms.normalise import clean_text, read_money, text_key
from ingestion.forms.tables import Table
from ingestion.model import Grid

UNREADABLE = "?"
"""The section of rows below a heading that cannot be read."""

_DASHES = r"\-\u2010-\u2015\u2212"
_BETWEEN = rf"[\s.,:;)/*{_DASHES}]*"
_NUMBER = rf"(?:(?P<roman>[il|]{{1,2}})(?:\s*[.,/{_DASHES}]?\s*(?P<sub>[12]))?|(?P<digit>[12])(?:\s*[.,/{_DASHES}]\s*(?P<digit_sub>[12]))?)"
_HEADING = re.compile(
    rf"^(?:(?:muc|phan)\s+)?(?:{_NUMBER}(?=[\s.,:;)/*{_DASHES}]|$))?{_BETWEEN}(?P<title>.*?){_BETWEEN}$"
)
_BEFORE_A_TITLE = re.compile(r"^(?:(?:muc|phan|bao|danh sach|nhom|truong hop) )+")
_MAINS = {"i": "I", "l": "I", "|": "I", "1": "I", "ii": "II", "ll": "II", "||": "II", "2": "II"}
_NUMBER_OF_A_SECTION = re.compile(
    rf"^(?:(?:muc|phan) )?[ivx]{{1,4}}(?:[.,/{_DASHES}]?\d)?[.,:;)/{_DASHES}]*$|^[a-h][.,:;)/]?$"
)
_BEGINS_WITH_NUMBER = re.compile(rf"^[ivx]{{1,4}}(?:[.,/{_DASHES}]\d)?[.:)/]")
_TELLING = "tăng giảm báo mục phần nhóm danh tiền điều chỉnh truy hoàn thay trường phát"
_OTHERS = (
    "sách người lao động tham gia lương mức đóng trả thu bổ sung đối tượng khác sinh mới chuyển đến đi dừng thôi hủy huỷ nhập đổi thông tin hợp "
    "các số và khỏi do trùng tiếp lại"
)
_TELLING_WORDS = frozenset(_TELLING.split())
_WORDS = _TELLING_WORDS | frozenset(_OTHERS.split())
_PLAIN_WORDS, _PLAIN_TELLING_WORDS = (
    frozenset(map(text_key, _WORDS)),
    frozenset(map(text_key, _TELLING_WORDS)),
)
_DIRECTION = re.compile(r"\b(?:tăng|giảm)\b")
_TOTAL = re.compile(
    r"^(?:tong )?cong(?: don| luy ke)?(?:\W*$| ?[:.(\-/]| \d| (?:tang|giam|i{1,3}|muc|phan|trang|mang|chuyen|so|toan|cac|ca|phat sinh|nguoi|tien|cong|thang|dai ly|danh sach)\b)"
    r"|^tong(?: so)?(?:\W*$| ?[:.(]| (?:tang|giam|so|cong|tien|nguoi|muc|phan|trang|i{1,3}|toan|ca|cac)\b)"
    r"|^(?:so |tong |cong )*(?:mang sang|chuyen sang|chuyen trang|trang truoc|luy ke)\b"
)
_TOTAL_WITH_MARKS = re.compile("cộng|tổng|mang sang|chuyển|trang trước|l[ũu][ỹy] kế|luỹ|lũy")
_ERROR = re.compile(r"#[\w/!?]+")
_NOTHING = frozenset(("", "0", "0,0", "00:00:00"))


def heading(cells: Sequence[Any], table: Table, section: str | None) -> str | None:
    """The section that this line opens, UNREADABLE when it looks like a heading and cannot be read,
    None when it is none. Of a line without a participant's number; `section`: the one in which the
    line stands."""
    if not table.form.sections or _has_month(cells, table):
        return None
    shown = [text for value in cells if (text := _shown(value))][:2]
    keys = [text_key(text) for text in shown]
    match = _HEADING.match(" ".join(keys))
    if not keys or match is None:
        return None
    title = _BEFORE_A_TITLE.sub("", match["title"])
    main = _MAINS.get(match["roman"] or match["digit"] or "")
    sub = match["sub"] or match["digit_sub"]
    if main and (match["roman"] or sub):
        number = f"{main}.{sub}" if sub else main
        if _agrees(table.form, number, title):
            return number
    elif (found := _by_title(table.form, title, section)) is not None:
        return found
    return UNREADABLE if _looks_like_a_heading(cells, table, shown, keys) else None


def is_total(cells: Sequence[Any], table: Table) -> bool:
    """Whether the line adds up others: it says so, or it holds amounts and nothing else. Of a line
    without a participant's number."""
    if _has_month(cells, table):
        return False
    first = next(
        (
            text
            for value in cells
            if (text := _shown(value)) and not text.replace(".", "").isdigit()
        ),
        "",
    )
    if not first:
        return _holds_amounts_alone(cells, table)
    key = text_key(first)
    if not (_TOTAL.match(key) or any(pattern.match(key) for pattern in table.form.subtotals)):
        return False
    # Tống Công Minh is a man
    return first.isascii() or bool(_TOTAL_WITH_MARKS.search(first.casefold()))


def is_filler(cells: Sequence[Any], table: Table) -> bool:
    """Whether the line holds an ordinal and formulas that give 0 or nothing, or less: it was
    prepared, and nobody was written into it."""
    ordinal = table.columns.get("ordinal")
    return all(index == ordinal or _is_nothing(value) for index, value in enumerate(cells)) and (
        ordinal is None
        or _shown(cells[ordinal]).rstrip(".").isdigit()
        or _is_nothing(cells[ordinal])
    )


class Sums:
    """What the amounts of people come to, line by line: in the whole sheet, and since the last line
    that is no person. Read only when asked for."""

    def __init__(self, grid: Grid, table: Table) -> None:
        self._grid, self._next = grid, table.code_row + 1
        self._number, self._amount = (
            table.columns["bhxh_number"],
            table.columns.get(table.form.amount or ""),
        )
        self._begins: set[int] = set()
        self._whole = self._block = self._people = 0

    def begin_block(self, index: int) -> None:
        """From this row on a block is added up anew."""
        self._begins.add(index)

    def are_stated(self, cells: Sequence[Any], index: int) -> bool:
        """Whether the line at row `index`, without a person's number, states what two people or
        more above it come to."""
        stated = None if self._amount is None else read_money(cells[self._amount]).value
        if self._amount is None or not stated:
            return False
        for row in range(self._next, index):
            if row in self._begins:
                self._block = 0
            if has_number(self._grid[row][self._number]):
                value = read_money(self._grid[row][self._amount]).value or 0
                self._whole, self._block, self._people = (
                    self._whole + value,
                    self._block + value,
                    self._people + 1,
                )
        self._next = max(self._next, index)
        return self._people > 1 and stated in (self._whole, self._block)


def has_number(value: Any) -> bool:
    """Whether somebody's number stands here: told at once for nearly every row. A count of people
    is none."""
    if isinstance(value, str):
        return len(value) >= 7 and (value[:9].isdigit() or sum(map(str.isdigit, value)) >= 7)
    return isinstance(value, (int, float)) and value >= 1_000_000


def _by_title(form: Form, title: str, section: str | None) -> str | None:
    """The section of a title that stands without a number, or with one that goes on from the people
    above."""
    for main in (code for code in form.sections if "." not in code):
        for word in _spelled(form, main):
            if title == word:
                return main
            if title.startswith(f"{word} ") and (
                code := _sub_section(form, main, title[len(word) + 1 :])
            ):
                return code
    if section in (None, UNREADABLE):
        mains = [code for code in form.sections if "." not in code]
        return UNREADABLE if any(_sub_section(form, main, title) for main in mains) else None
    return _sub_section(form, str(section).split(".")[0], title)


def _sub_section(form: Form, main: str, title: str) -> str | None:
    return next(
        (
            code
            for code in form.sections
            if code.startswith(f"{main}.") and title in _spelled(form, code)
        ),
        None,
    )


def _agrees(form: Form, number: str, title: str) -> bool:
    """Whether a section's number and title say the same; a number alone says enough."""
    main = number.split(".")[0]
    others = [
        word
        for code in form.sections
        if "." not in code and code != main
        for word in _spelled(form, code)
    ]
    if number not in form.sections or any(re.search(rf"\b{word}\b", title) for word in others):
        return False
    if not title or any(title.startswith(word) for word in _spelled(form, number)):
        return True
    rests = [title[len(word) :].strip() for word in _spelled(form, main) if title.startswith(word)]
    return "." in number and any(
        not rest or any(rest.startswith(word) for word in _spelled(form, number)) for rest in rests
    )


def _spelled(form: Form, code: str) -> tuple[str, ...]:
    return form.sections[code], *form.sections_also.get(code, ())


def _looks_like_a_heading(
    cells: Sequence[Any], table: Table, shown: list[str], keys: list[str]
) -> bool:
    if (len(keys) > 1 and _NUMBER_OF_A_SECTION.match(keys[0])) or _BEGINS_WITH_NUMBER.match(
        keys[0]
    ):
        return True
    words = re.findall(r"[^\W\d_]+", " ".join(shown).casefold())
    if not words or any(not _is_nothing(cells[index]) for index in _indices(table, "money")):
        return False
    if len(keys) == 1 and _DIRECTION.search(shown[0].casefold()):
        return True
    known, telling = (
        (_PLAIN_WORDS, _PLAIN_TELLING_WORDS)
        if all(map(str.isascii, words))
        else (_WORDS, _TELLING_WORDS)
    )
    return known.issuperset(words) and not telling.isdisjoint(words)


def _holds_amounts_alone(cells: Sequence[Any], table: Table) -> bool:
    allowed = {*_indices(table, "money"), *_indices(table, "rate"), *_indices(table, "count")}
    return all(_is_nothing(value) or index in allowed for index, value in enumerate(cells)) and any(
        read_money(cells[index]).value for index in _indices(table, "money")
    )


def _has_month(cells: Sequence[Any], table: Table) -> bool:
    return any(
        name in table.columns and not _is_nothing(cells[table.columns[name]])
        for name in ("from_month", "from_day", "paid_from")
    )


def _indices(table: Table, type_: str) -> list[int]:
    return [
        table.columns[c.field]
        for c in table.form.columns
        if c.type == type_ and c.field in table.columns
    ]


def _is_nothing(value: Any) -> bool:
    """Blank, or what a formula over blank cells gives: 0, a dash, an error, the day 0 of a
    calendar."""
    if isinstance(value, (date, datetime)):
        return value.year <= 1900
    if isinstance(value, time):
        return value == time()
    text = _shown(value)
    return (
        text in _NOTHING
        or bool(_ERROR.fullmatch(text))
        or not text.strip("-\u2010\u2011\u2012\u2013\u2014\u2212 .…")
    )


def _shown(value: Any) -> str:
    """The text of a cell; `Ⅱ` and full-width letters as the plain letters that they show."""
    return clean_text(
        unicodedata.normalize("NFKC", value)
        if isinstance(value, str) and not value.isascii()
        else value
    )
