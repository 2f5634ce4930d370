"""Every non-blank row of every sheet is accounted for: by what the reader of the table made of it,
as known text, or as unaccounted.

Unaccounted is what may be a person or money and was read by nobody: below the foot, beside the
table, on a sheet without a table. It is looked for on the bare grid, apart from the reader: a row
that the reader loses is found here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from ingestion.forms.cells import clean_text, text_key
from ingestion.forms.tables import Table
from ingestion.forms.tally import dong
from ingestion.model import Grid, Page, SheetRow, Unaccounted, Zone, cell_address

RowClass = Literal[
    "head",
    "title",
    "section",
    "data",
    "subtotal",
    "repeated head",
    "blank filler",
    "foot",
    "known text",
    "unaccounted",
]
Cells = Sequence[tuple[int, Any]]
"""(0-based column, value) of the cells of one row that are not blank, from the left."""

_OF_ROLE: dict[str, RowClass] = {
    "data": "data",
    "section": "section",
    "subtotal": "subtotal",
    "header": "repeated head",
}
_FEW_DIGITS = re.compile(r"\d(?:\D{0,3}\d){3}")
"""Text with fewer digits than this says neither a number, nor a date, nor an amount."""
_RUN = re.compile(r"\d(?:[\s.\-_·'’]{0,3}\d)*")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:19|20)\d\d"
_MOMENT = re.compile(
    rf"\b(?:{_DAY}|(?:19|20)\d\d-\d\d-\d\d)(?:[\sT]+\d{{1,2}}:\d\d(?::\d\d)?)?(?!\d)"
)
_ONLY_A_DAY = re.compile(rf"{_DAY}|(?:19|20)\d\d-\d\d-\d\d(?:[T ]00:00:00.*)?")
_ONLY_A_MONTH = re.compile(r"(?:thang |t)?(?:0?[1-9]|1[0-2]) ?[/.\-] ?20\d\d")
_BORN = re.compile(r"\b(?:ngay sinh|sinh ngay|sinh nam|nam sinh|sn)\b\D{0,4}\d{2,4}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_AMOUNT_IN_TEXT = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[.,]\d{3})+(?![\d.,])|\b\d{5,9} ?(?:đ|đồng|vnđ|vnd)\b", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:dien thoai|di dong|so dt|dt|dtdd|sdt|tel|phone|hotline|zalo|fax|lien he|mst|ma so thue|ms thue|tai khoan|stk|so tk|tk|hoa don|chung tu|"
    r"uy nhiem chi|unc|giay nop tien|ma giao dich|vi du|vd|ma don vi|ma diem thu|diem thu|ngay cap|ma dvqhns|dot|dot nop)(?: so| cua toi)?[\W_]*$"
)
"""Words before a number that say what it is, and that it is nobody's insurance number."""
_LABEL_WITHIN = 120
"""Characters before a number in which they stand: a long text is not read anew for each of its
numbers."""
_TOTAL = re.compile(
    r"^(?:[-+*•(] ?)*(?:tong|cong|luy ke|so tien|bang so|bang chu|thanh tien|mang sang|so mang sang|chuyen sang|da nop|da chuyen|con lai|con phai nop|"
    r"thu lao|hoa hong|muc luong co so|muc chuan|muc thu nhap|chuan ngheo|don gia|chenh lech|so du)\b"
)
"""Words that say that the amounts of a row are a sum or a rate: compared by a rule or by people,
and no payment."""
_LAST_YEAR_OF_BIRTH = 2012
"""The youngest participant is 15, and the forms begin in 2017: a date after this year speaks of a
paper, one before of a person."""
_SURNAMES = frozenset(Path(__file__).with_name("surnames.txt").read_text(encoding="utf-8").split())
_PLAIN_SURNAMES = frozenset(text_key(word) for word in _SURNAMES)
_NO_NAME = re.compile(
    r"^(?:thon|xa|phuong|huyen|quan|tinh|thi tran|thi xa|thanh pho|ap|khu|to|doi|xom|lang|so|tong|cong|muc|thang|nam|ngay|quy|ky|dot|ho va ten|ho ten|ho so|"
    r"ho ngheo|ho can ngheo|ma|dia chi|ghi chu|noi dung|loai|doi tuong|phuong thuc|nguoi|can bo|giam doc|ke toan|thu quy|thu truong|bhxh|bhyt|bao hiem|"
    r"dai ly|buu dien|buu cuc|uy ban|hoi|ban|co quan|cong ty|ngan hang|stt|tang|giam|tien|ty le|nsnn|nsdp|ha noi|viet nam|hung yen|an thi|mau|quyet dinh|"
    r"danh sach|bang|bieu|tai|in|chua|da|khong|moi|cu|nghin|trieu|muoi|mot|hai|ba|bon)\b"
)
_OUR_SHEETS = re.compile(
    r"^(?:nhung cho can sua|khong co cho nao can sua|nhung o da duoc doc lai|bao phu$)"
)
"""How the sheets begin that a marked copy has beside the agent's own (`front_sheets`)."""
_PLACE = re.compile(r"[A-Z]{1,3}\d{1,7}|–|-")


@dataclass
class Account:
    """One sheet: a class for each row that is not blank (0-based), and the places that nobody has
    read."""

    classes: dict[int, RowClass] = field(default_factory=dict)
    places: list[Unaccounted] = field(default_factory=list)


def account_for_table(page: Page, table: Table, rows: Sequence[SheetRow], foot: int) -> Account:
    """A sheet with a table of a form. `rows`: what its reader made of the lines between code row
    and foot; `foot`: the 0-based row of the foot."""
    found, known = Account(), _Sums(rows)
    roles = {row.number - 1: row.role for row in rows}
    for index, cells in _filled(page.grid, 0, table.top):
        _class_by_content(found, page, index, cells, "head", "beside_table", known, is_head=True)
    for index, cells in _filled(page.grid, table.top, table.code_row + 1):
        found.classes[index] = "title"
        _note(found, page, index, _number_in(cells, is_head=False), "beside_table")
    money = {
        table.columns[c.field]
        for c in table.form.columns
        if c.type in ("money", "rate") and c.field in table.columns
    }
    for index in range(table.code_row + 1, min(foot, len(page.grid))):
        role = roles.get(index)
        if role == "data":
            found.classes[index] = "data"
        elif (filled := _cells(page.grid[index])) and role is not None:
            found.classes[index] = _OF_ROLE[role]
            column = _number_in([cell for cell in filled if cell[0] not in money], is_head=False)
            # told by what it adds up to: a sum has no name
            if column is None and role == "subtotal":
                column = next(
                    (
                        at
                        for at, value in filled
                        if _is_name(value) and _is_surname(clean_text(value).split()[0])
                    ),
                    None,
                )
            _note(found, page, index, column, "beside_table")
        elif filled:
            _class_by_content(found, page, index, filled, "blank filler", "beside_table", known)
    _look_beside(found, page, table, foot, known)
    for index, cells in _filled(page.grid, foot, len(page.grid)):
        _class_by_content(found, page, index, cells, "foot", "below_foot", known)
    return found


def account_for_sheet(page: Page) -> Account:
    """A sheet in which no table of a form stands."""
    found, known = Account(), _Sums(())
    rows = list(_filled(page.grid, 0, len(page.grid)))
    lists = _value_lists(rows)
    is_ours = bool(rows) and bool(_OUR_SHEETS.match(text_key(rows[0][1][0][1])))
    for index, cells in rows:
        if index in lists or (
            is_ours and any(_PLACE.fullmatch(clean_text(value)) for _, value in cells[:3])
        ):
            found.classes[index] = "known text"
        else:
            _class_by_content(found, page, index, cells, "known text", "other_sheet", known)
    return found


class _Sums:
    """The amounts that a table's columns add up to, by sheet, section and sub-section; added up
    when first asked for."""

    def __init__(self, rows: Sequence[SheetRow]) -> None:
        self._rows = rows
        self._known: set[int] | None = None

    def __contains__(self, amount: int) -> bool:
        if self._known is None:
            sums: dict[tuple[str, str], int] = {}
            for row in self._rows:
                section = row.section or ""
                for name, value in row.values.items() if row.is_data else ():
                    if name.endswith("_vnd") and isinstance(value, int):
                        for block in {"", section, section.split(".")[0]}:
                            sums[name, block] = sums.get((name, block), 0) + value
            self._known = set(sums.values()) | {
                value
                for row in self._rows
                if not row.is_data
                for value in row.values.values()
                if isinstance(value, int)
            }
        return amount in self._known


def _filled(grid: Grid, start: int, end: int) -> Iterator[tuple[int, Cells]]:
    """Rows with something in them."""
    for index in range(start, min(end, len(grid))):
        if cells := _cells(grid[index]):
            yield index, cells


def _cells(row: Sequence[Any]) -> Cells:
    return [
        (column, value)
        for column, value in enumerate(row)
        if value not in ("", None) and (value is True or clean_text(value) or value is False)
    ]


def _class_by_content(
    found: Account,
    page: Page,
    index: int,
    cells: Cells,
    otherwise: RowClass,
    zone: Zone,
    known: _Sums,
    *,
    is_head: bool = False,
) -> None:
    found.classes[index] = otherwise
    _note(found, page, index, _person_or_money(cells, known, is_head=is_head), zone)


def _note(found: Account, page: Page, index: int, column: int | None, zone: Zone) -> None:
    if column is not None:
        found.classes[index] = "unaccounted"
        found.places.append(
            Unaccounted(page.name, index + 1, cell_address(index + 1, column), zone)
        )


def _look_beside(found: Account, page: Page, table: Table, foot: int, known: _Sums) -> None:
    """Columns that are none of the table's. A cell that repeats one of its row is a check of the
    agent's own."""
    width = len(page.grid[0]) if page.grid else 0
    own = set(table.columns.values())
    rows = range(table.code_row + 1, min(foot, len(page.grid)))
    beside = [
        c
        for c in range(width)
        if c not in own and any(page.grid[index][c] not in ("", None) for index in rows)
    ]
    for index in rows if beside else ():
        cells = page.grid[index]
        values = {_as_said(cells[column]) for column in own}
        filled = [cell for cell in _cells(cells) if cell[0] in beside]
        # else it is somebody who pays as much
        if not any(_is_name(value) and _as_said(value) not in values for _, value in filled):
            filled = [cell for cell in filled if _as_said(cell[1]) not in values]
        column = _person_or_money(filled, known)
        if column is not None and found.classes.get(index) != "unaccounted":
            _note(found, page, index, column, "beside_table")
            found.classes[index] = "unaccounted"


def _as_said(value: Any) -> Any:
    amount = dong(value)
    return clean_text(value) if amount is None else amount


def _person_or_money(
    cells: Cells, known: _Sums | Iterable[int], *, is_head: bool = False
) -> int | None:
    """The column of what may be a person or money in these cells of one row; None where they say
    neither."""
    if not any(_may_tell(value) for _, value in cells):
        return None
    number = _number_in(cells, is_head=is_head)
    if number is not None:
        return number
    name = next((column for column, value in cells if _is_name(value)), None)
    is_total = any(_TOTAL.match(text_key(value)) for _, value in cells if isinstance(value, str))
    money = None
    for at, (column, value) in enumerate(cells):
        if _is_birth(value) and not _is_labelled(cells, at, is_head=is_head):
            return column
        if name is not None and (_is_birth_year(value) or _is_month(value)):
            return name
        if isinstance(value, str) and _names_with_amount(value):
            return column
        amount = dong(value)
        if amount is None or not _is_much(abs(amount)):
            continue
        if name is not None:
            return name
        if (
            not is_total
            and abs(amount) not in known
            and not _is_labelled(cells, at, is_head=is_head)
        ):
            money = column if money is None else money
    return money


def _may_tell(value: Any) -> bool:
    """The cheap question, which nearly every cell of a head and a foot answers with no."""
    if isinstance(value, str):
        return _FEW_DIGITS.search(value) is not None
    return not isinstance(value, bool) and (
        not isinstance(value, (int, float)) or value >= 1900 or value <= -1900
    )


def _number_in(cells: Cells, *, is_head: bool) -> int | None:
    """The first cell with a number of 9 to 12 digits, however spaced, that no word before it calls
    something else."""
    for at, (column, value) in enumerate(cells):
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            continue
        if isinstance(value, str):
            if not _FEW_DIGITS.search(value):
                continue
            text = _MOMENT.sub(" | ", _plain_digits(value))
            for run in _RUN.finditer(text):
                before = text[max(0, run.start() - _LABEL_WITHIN) : run.start()]
                if 9 <= sum(map(str.isdigit, run[0])) <= 12 and not _is_labelled(
                    cells, at, before, is_head=is_head
                ):
                    return column
        elif (
            10**8 <= abs(value) < 10**12
            and value == int(value)
            and not _is_labelled(cells, at, is_head=is_head)
        ):
            return column
    return None


def _plain_digits(text: str) -> str:
    return (
        text
        if text.isascii()
        else unicodedata.normalize("NFKC", text.replace("\u200b", "").replace("\ufeff", ""))
    )


def _is_labelled(cells: Cells, at: int, before: str = "", *, is_head: bool) -> bool:
    """Whether the words before say what a number is: in its own cell, or in the cell before it. In
    the head, any `label:` does."""
    words = text_key(before)
    if not words.strip(" :.-'") and at > 0 and isinstance(cells[at - 1][1], str):
        words = text_key(cells[at - 1][1])
    if _LABEL.search(words):
        return True
    return is_head and words.endswith(":") and "bhxh" not in words and "so so" not in words


def _is_name(value: Any) -> bool:
    """Two to six words of letters that begin with a surname, or each with a capital."""
    if not isinstance(value, str) or len(value) > 60:
        return False
    words = [word.strip(".,'’-") for word in clean_text(value).split()]
    if (
        not 2 <= len(words) <= 6
        or not all(word.isalpha() for word in words)
        or _NO_NAME.match(text_key(value))
    ):
        return False
    return _is_surname(words[0]) or all(word[0].isupper() for word in words)


def _is_surname(word: str) -> bool:
    return word.casefold() in (_PLAIN_SURNAMES if word.isascii() else _SURNAMES)


def _names_with_amount(text: str) -> bool:
    """A person and an amount in one cell."""
    words = clean_text(text).split(maxsplit=2)
    words = (
        words[1:] if len(words) > 1 and re.fullmatch(r"\d{1,4}[.)]?|[-+*•]", words[0]) else words
    )
    return (
        len(words) > 1
        and _is_surname(words[0])
        and not _NO_NAME.match(text_key(text))
        and bool(_AMOUNT_IN_TEXT.search(text))
    )


def _is_birth(value: Any) -> bool:
    if isinstance(value, (date, datetime)):
        return 1900 < value.year <= _LAST_YEAR_OF_BIRTH
    if not isinstance(value, str) or not _FEW_DIGITS.search(value):
        return False
    text = clean_text(value)
    if _BORN.search(text_key(text)):
        return True
    year = _YEAR.search(text) if _ONLY_A_DAY.fullmatch(text) else None
    return year is not None and int(year[0]) <= _LAST_YEAR_OF_BIRTH


def _is_birth_year(value: Any) -> bool:
    text = clean_text(value) if isinstance(value, (str, int, float)) else ""
    return len(text) == 4 and text.isdigit() and 1900 < int(text) <= _LAST_YEAR_OF_BIRTH


def _is_month(value: Any) -> bool:
    if isinstance(value, (date, datetime)):
        return value.day == 1
    return isinstance(value, str) and _ONLY_A_MONTH.fullmatch(text_key(value)) is not None


def _is_much(amount: int) -> bool:
    """Whether it can be a payment: codes of communes and small counts are none."""
    return amount >= 100_000 or (amount >= 10_000 and amount % 100 == 0)


def _value_lists(rows: Sequence[tuple[int, Cells]]) -> set[int]:
    """Rows of a table of rates or of a list of values: nothing but numbers too short for a
    person's, the first ones rising, three rows at least."""
    found: set[int] = set()
    run: list[int] = []
    last: float | None = None
    for index, cells in [*rows, (-1, ())]:
        first = (
            cells[0][1]
            if cells and all(isinstance(v, (int, float)) and abs(v) < 10**8 for _, v in cells)
            else None
        )
        if first is None or (last is not None and first <= last):
            if len(run) >= 3:
                found.update(run)
            run = []
        last = first
        if first is not None:
            run.append(index)
    return found
