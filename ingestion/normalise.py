"""From what a cell shows to what it means: pure functions, one per field type.

Each reader takes a cell's value and returns `(value, problem)`: the typed value and None, or None and `missing` | `unreadable`.
Nothing is guessed and nothing repaired: a number that Excel has shortened stays as it stands, and a rule says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ingestion.nights import month_index


class Reading(NamedTuple):
    value: Any
    problem: str | None = None
    repair: str | None = None
    proposal: str | None = None


@dataclass(frozen=True)
class Habits:
    date_order: str | None = None
    money_unit: int = 1
    evidence: str | None = None


COMMON = Habits()
MISSING = Reading(None, "missing")
UNREADABLE = Reading(None, "unreadable")


def date_habit(values):
    return None


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_GROUPED = re.compile(r"^\d{1,3}(?:([.,\s])\d{3})(?:\1\d{3})*$")
_CURRENCY = re.compile(r"\s*(?:đồng|đ|vnđ|vnd)\.?$", re.IGNORECASE)
_PERIOD = re.compile(r"^(\d{4})(?:-(?:H[12]|Q[1-4]|0[1-9]|1[0-2]))?$")


def clean_text(value: Any) -> str:
    """The text of a cell: NFC, no invisible characters, single spaces, a whole number without its `.0`."""
    if isinstance(value, str):
        return _clean(value) if value else ""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _clean(str(value))


def text_key(value: Any) -> str:
    """A key for comparing labels, never a value to keep: no marks, lower case, single spaces (`Đến` -> `den`)."""
    return _key(clean_text(value))


# A sheet says the same few texts again and again, and every cell is asked for its text several times: both answers are kept.
@lru_cache(maxsize=1 << 16)
def _clean(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return " ".join(text.split())


@lru_cache(maxsize=1 << 16)
def _key(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate({ord("đ"): "d", ord("ð"): "d", ord("ɖ"): "d"})
    return " ".join(plain.split())


def read_text(value: Any, habits: Habits = COMMON) -> Reading:
    """Text, cleaned; blank is missing."""
    text = clean_text(value)
    return Reading(text) if text else MISSING


def read_identifier(value: Any, habits: Habits = COMMON) -> Reading:
    """An identifier is text, always; its spaces go. A leading zero that Excel has dropped is not put back."""
    text = clean_text(value).replace(" ", "")
    return Reading(text) if text else MISSING


def read_money(value: Any, habits: Habits = COMMON) -> Reading:
    """Whole đồng: a number, `1.234.567`, `1,234,567`, `154.000đ`. A fraction of a đồng is not readable."""
    if isinstance(value, bool):
        return UNREADABLE
    if isinstance(value, (int, float)):
        return Reading(int(value)) if float(value).is_integer() else UNREADABLE
    text = clean_text(value)
    if not text:
        return MISSING
    sign, text = (-1, text[1:].strip()) if text.startswith("-") else (1, text)
    text = _CURRENCY.sub("", text)
    grouped = _GROUPED.match(text)
    digits = text.replace(grouped[1], "") if grouped else text
    return Reading(sign * int(digits)) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else UNREADABLE


def read_count(value: Any, habits: Habits = COMMON) -> Reading:
    """A whole number of people or months, zero or more."""
    number, problem = read_money(value)[:2]
    return UNREADABLE if problem is None and number < 0 else Reading(number, problem)


def read_month(value: Any, habits: Habits = COMMON) -> Reading:
    """A month as year*12 + month: a date cell, `06/2019`, `6/2019`, `6.2019`, `6-2019`."""
    if isinstance(value, (datetime, date)):
        return Reading(month_index(value.year, value.month))
    text = clean_text(value)
    if not text:
        return MISSING
    match = re.match(r"^(\d{1,2})\s*[/.\-]\s*(\d{4})$", text)
    if match and 1 <= int(match[1]) <= 12 and 1900 <= int(match[2]) <= 2199:
        return Reading(month_index(int(match[2]), int(match[1])))
    return UNREADABLE


def read_date(value: Any, habits: Habits = COMMON) -> Reading:
    """A day: a date cell, `31/12/2019`, `2019-12-31`, or a year alone, which counts as its 1 January."""
    if isinstance(value, datetime):
        return Reading(value.date())
    if isinstance(value, date):
        return Reading(value)
    text = clean_text(value)
    if not text:
        return MISSING
    for pattern, order in ((r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$", (3, 2, 1)), (r"^(\d{4})-(\d{2})-(\d{2})", (1, 2, 3))):
        match = re.match(pattern, text)
        if match:
            try:
                return Reading(date(*(int(match[i]) for i in order)))
            except ValueError:
                return UNREADABLE
    if re.match(r"^(19|20)\d{2}$", text):
        return Reading(date(int(text), 1, 1))
    return UNREADABLE


def read_period(value: Any, habits: Habits = COMMON) -> Reading:
    """The period of a target: `2019`, `2019-H1`, `2019-Q3`, `2019-07`."""
    text = clean_text(value)
    if not text:
        return MISSING
    return Reading(text) if _PERIOD.match(text) else UNREADABLE


READERS: dict[str, Callable[..., Reading]] = {
    "text": read_text,
    "identifier": read_identifier,
    "money": read_money,
    "count": read_count,
    "month": read_month,
    "date": read_date,
    "period": read_period,
    "choice": read_text,
    "rate": read_text,
    "birth_date": read_date,
}
"""Field type of a contract -> its reader."""
