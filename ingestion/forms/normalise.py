"""From what a cell shows to what it means: pure functions, one per field type.

Each reader takes a cell's value and the habits of its file, and returns a `Reading`: the typed
value, or what is wrong; whether the value means something else than the cell shows; and, where a
person must decide, a proposal. Nothing is guessed: a number that Excel has shortened stays as it
stands.
"""

from __future__ import annotations

import math
import re
from typing import Any, Protocol

from core.vietnamese import number as money_text
from ingestion.forms.cells import (
    MISSING,
    UNKNOWN,
    UNREADABLE,
    Habits,
    Reading,
    clean_text,
    name_key,
    shown_text,
    text_key,
)
from ingestion.forms.dates import (
    are_dates_turned,
    date_habit,
    format_date,
    format_month,
    read_birth_date,
    read_date,
    read_month,
)
from ingestion.vietnamese.spelling import OTHER_LETTER, in_latin

__all__ = [
    "READERS",
    "Habits",
    "Reader",
    "Reading",
    "are_dates_turned",
    "clean_text",
    "date_habit",
    "format_date",
    "format_month",
    "name_key",
    "read_birth_date",
    "read_citizen_number",
    "read_code",
    "read_count",
    "read_date",
    "read_identifier",
    "read_money",
    "read_month",
    "read_name",
    "read_period",
    "read_rate",
    "read_social_number",
    "read_text",
    "text_key",
]

_MOST = 10**15
"""No sum of this field comes near; a float beyond it has lost its last digits."""
_MOST_COUNTED = 10**9
"""More than the people of any country that a sheet speaks of, and what an integer column of the
warehouse holds."""
_CURRENCY = re.compile(r"\s*(?:đồng|dong|vnđ|vnd|đ|d|₫)\.?$", re.IGNORECASE)
_THOUSANDS = re.compile(r"\s*(?:nghìn|ngàn|nghin|ngan|k)\.?$", re.IGNORECASE)
_GROUPED = re.compile(r"^\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*$")
_GROUPED_WITH_ZEROS = re.compile(r"^(\d{1,3}(?:([.,' ])\d{3})+)(?!\2)[.,]0{1,2}$")
_DECIMAL = re.compile(r"^(\d+)[.,](\d{1,3})$")
_COUNTED = re.compile(r"\s*(?:tháng|thang|người|nguoi)$", re.IGNORECASE)
_NO_NAME = re.compile(r"#\S*[/!?]\S*|#\w+\W*|n/a|null|none|nan|true|false", re.IGNORECASE)
_LOST_LETTERS = re.compile(r"[?\ufffd\u25a0-\u25ff\x80-\x9f¡-©«-¹»-¿†‡ˆ‰‹›•€™ƒ„…]")
"""Signs that stand for letters: `?`, boxes, and what bytes of UTF-8 look like in another encoding.
"""
_DASH = re.compile(r"[-\u2010-\u2015\u2212]+(?:\s*(?:đồng|vnđ|đ))?", re.IGNORECASE)
_PERIOD = re.compile(r"^((?:19|20)[0-9]{2})(?:-(?:H[12]|Q[1-4]|0[1-9]|1[0-2]))?$")
_SCIENTIFIC = re.compile(r"^(\d)(?:[.,](\d+))?E\+?(\d{1,2})$", re.IGNORECASE)


def read_text(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """Text, cleaned; blank is missing."""
    text, repair = shown_text(value)
    return Reading(text, None, repair) if text else MISSING


def read_name(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A person's name, cleaned. What holds no letter, or an error of a formula, is none
    (`no_name`); `Nguy?n` and `Nguyá»…n` have lost letters; letters of another script that look like
    ours are spelled in ours (`other_script`)."""
    text, repair = shown_text(value)
    if not text:
        return MISSING
    if _NO_NAME.fullmatch(text) or not any(map(str.isalpha, text)):
        return Reading(text, "no_name")
    if _LOST_LETTERS.search(text):
        return Reading(text, "lost_letters")
    if not text.isascii() and OTHER_LETTER.search(text):
        return Reading(in_latin(text), "other_script")
    return Reading(text, None, repair)


def read_identifier(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """An identifier is text, always; its spaces go. `3.3E+09` has lost its digits and is
    `shortened`."""
    text = clean_text(shown_text(value)[0].replace(" ", "")).lstrip("'")
    if not text:
        return MISSING
    if found := _SCIENTIFIC.match(text):
        digits = found[1] + (found[2] or "")
        whole = len(digits) == int(found[3]) + 1  # every digit is still there
        return Reading(text, "shortened", proposal=digits if whole else None)
    if isinstance(value, (int, float)) and abs(value) >= _MOST:
        return Reading(text, "shortened")
    return Reading(text)


def read_code(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A code of the office's lists: an identifier in capitals, so that `dl001 ` and `DL001` are
    one."""
    reading = read_identifier(value, habits)
    return reading._replace(value=reading.value.upper()) if reading.value else reading


def read_social_number(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A BHXH number, 10 digits. A number cell of nine digits or fewer has lost its zeros, a text of
    nine was typed so; 12 digits are a citizen's number.

    The value stays as it stands; other shapes are for the rule book to judge.
    """
    if isinstance(value, str) and len(value) == 10 and value.isascii() and value.isdigit():
        return Reading(value)
    reading = read_identifier(value, habits)
    text = reading.value
    if reading.problem or not (text.isascii() and text.isdigit()):
        return reading
    is_number = isinstance(value, (int, float))
    # 3.3E+09 saved by one program and read as a number by the next
    if is_number and text.endswith("000000"):
        return Reading(text, "shortened")
    if is_number and 7 <= len(text) <= 9:
        return Reading(text, "shortened", proposal=text.zfill(10))
    if is_number and len(text) == 11:
        return Reading(text, "shortened", proposal=text.zfill(12))
    return Reading(text, "citizen_number" if len(text) == 12 else None)


def read_citizen_number(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A citizen's number of 12 digits, an old one of 9, or a passport. 11 digits, or a number cell
    of 10 or 8, have lost their zeros."""
    reading = read_identifier(value, habits)
    text = reading.value
    if reading.problem or not (text.isascii() and text.isdigit()):
        return reading
    is_number = isinstance(value, (int, float))
    if is_number and text.endswith("000000"):
        return Reading(text, "shortened")
    if len(text) == 11 or (is_number and len(text) == 10):
        return Reading(text, "shortened", proposal=text.zfill(12))
    if is_number and len(text) == 8:
        return Reading(text, "shortened", proposal=text.zfill(9))
    return reading


def read_money(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """Whole đồng, from a number, `1.234.567`, `1,234,567`, `154.000đ`, `154 000 đồng`, `(154.000)`;
    a column in `nghìn đồng` is multiplied.

    A fraction of a đồng is not readable; `69.300` under `nghìn đồng` may be 69 thousand or 69
    million and is `ambiguous`. A cell that names its own unit is believed before its column.
    """
    if isinstance(value, (int, float)):
        return _money_of_number(value, habits.money_unit)
    text, _ = shown_text(value)
    if _DASH.fullmatch(text):  # as the accounting format shows a zero
        return Reading(0)
    return _money_of_text(text, habits.money_unit) if text else MISSING


def read_count(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A whole number of people or months, zero or more; `3 tháng` is 3."""
    if isinstance(value, (int, float)):
        if type(value) is not bool and 0 <= value <= _MOST_COUNTED and value == int(value):
            return Reading(int(value))
        reading = _money_of_number(value, 1)
    else:
        text, _ = shown_text(value)
        reading = _money_of_text(_COUNTED.sub("", text), 1) if text else MISSING
    is_count = reading.value is None or (0 <= reading.value <= _MOST_COUNTED and not reading.repair)
    return reading if is_count else UNREADABLE


def read_rate(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A share of a hundred as 0 to 1: `30`, `30%`, or 0.3 in a cell that shows it as a percentage.
    What is neither is not readable."""
    text, _ = shown_text(value)
    if not text:
        return MISSING
    if _DASH.fullmatch(text):
        return Reading(0.0)
    try:
        number = float(text.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        return UNREADABLE
    share = number / 100 if text.endswith("%") or number > 1 else number
    return Reading(round(share, 6)) if 0 <= share <= 1 else UNREADABLE


def read_period(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """The period of a target: `2019`, `2019-H1`, `2019-Q3`, `2019-07`."""
    text, _ = shown_text(value)
    if not text:
        return MISSING
    return Reading(text) if _PERIOD.match(text) else UNREADABLE


def _money_of_number(number: int | float, unit: int) -> Reading:
    if unit == 1 and type(number) is int and -_MOST < number < _MOST:
        return Reading(number)
    if isinstance(number, bool) or not math.isfinite(number):
        return UNREADABLE
    amount = round(number * unit)
    # a formula's 153999.99999999997 is shown, and meant, as a whole number
    if abs(number * unit - amount) > 1e-6 or abs(amount) >= _MOST:
        return UNREADABLE
    return Reading(amount, repair="thousands" if unit != 1 and amount else None)


def _money_of_text(text: str, unit: int) -> Reading:
    if unit == 1 and text.isascii():  # nearly all of them are plain
        grouped = _GROUPED.match(text)
        digits = text.replace(grouped[1], "") if grouped else text
        if digits.isdigit():
            return Reading(int(digits)) if len(digits) <= 15 else UNREADABLE
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1].strip()
    elif text[0] in "-\u2212":
        sign, text = -1, text[1:].strip()
    bare = _CURRENCY.sub("", text)
    number = _THOUSANDS.sub("", bare)
    unit = 1000 if number != bare else 1 if bare != text else unit
    if not number.isascii():
        return UNREADABLE
    whole, other = _whole(number, unit)
    if whole is None or whole >= _MOST:
        return UNREADABLE
    if other is not None:
        return Reading(
            None,
            "ambiguous",
            proposal=f"{money_text(sign * other)} đồng hoặc {money_text(sign * whole)} đồng",
        )
    return Reading(sign * whole, repair="thousands" if unit != 1 and whole else None)


def _whole(number: str, unit: int) -> tuple[int | None, int | None]:
    """(đồng, a second possible reading)."""
    if number.isdigit():
        return int(number) * unit, None
    if grouped := _GROUPED.match(number):
        amount = int(number.replace(grouped[1], "")) * unit
        is_unsure = unit != 1 and grouped[1] in ".," and number.count(grouped[1]) == 1
        return amount, amount // 1000 if is_unsure else None
    if grouped := _GROUPED_WITH_ZEROS.match(number):
        return int(grouped[1].replace(grouped[2], "")) * unit, None
    if decimal := _DECIMAL.match(number):
        scale = 10 ** len(decimal[2])
        amount, rest = divmod(int(decimal[1] + decimal[2]) * unit, scale)
        return (None if rest or (unit == 1 and scale == 1000) else amount), None
    return None, None


class Reader(Protocol):
    """A cell's value, and what is known of the cell, to a reading."""

    def __call__(self, value: Any, habits: Habits = UNKNOWN, /) -> Reading: ...


READERS: dict[str, Reader] = {
    "text": read_text,
    "name": read_name,
    "identifier": read_identifier,
    "code": read_code,
    "social_number": read_social_number,
    "citizen_number": read_citizen_number,
    "money": read_money,
    "rate": read_rate,
    "count": read_count,
    "month": read_month,
    "date": read_date,
    "birth_date": read_birth_date,
    "period": read_period,
    "choice": read_text,
}
"""Field type of a contract -> its reader."""
