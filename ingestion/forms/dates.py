"""Days and months as agents write them: every order, words, and what Excel makes of them.

`6/7/2019` is the sixth of July or the seventh of June: the file's own convention decides
(`date_habit`), or nobody does. Two digits of a year are read as Excel reads them (00 to 29 are 2000
to 2029). A serial is believed only where it gives a day that such a form can hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from core.clock import month_index, year_and_month
from ingestion.forms.cells import (
    MISSING,
    UNKNOWN,
    UNREADABLE,
    DateOrder,
    Habits,
    Reading,
    shown_text,
    text_key,
)

# so that serials from March 1900 on are right, in spite of Excel's 29/02/1900
_SERIAL_ZERO = date(1899, 12, 30)
_FIRST_BIRTH, _FIRST_PAYMENT, _LAST = date(1910, 1, 1), date(2008, 1, 1), date(2099, 12, 31)
_MONTHS = {
    name: i
    for i, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        start=1,
    )
}

_TIME = r"(?:[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_IN_A_ZONE = re.compile(
    r"^(\d{4}-\d{2}-\d{2}t\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?\d*)(z|[+-]\d{2}:\d{2})$"
)
_HERE = timezone(timedelta(hours=7))
_THREE = re.compile(
    rf"^(?:ngay )?(\d{{1,2}}) ?[/.\-] ?(\d{{1,2}}) ?[/.\-] ?(\d{{4}}|\d{{2}}){_TIME}$"
)
_YEAR_FIRST = re.compile(rf"^(\d{{4}})[/.\-](\d{{1,2}})[/.\-](\d{{1,2}}){_TIME}$")
_DAY_IN_WORDS = re.compile(r"^(?:ngay )?(\d{1,2}) (?:thang|th\.?) ?(\d{1,2}) (?:nam )?(\d{4})$")
_DAY_IN_ENGLISH = re.compile(r"^(\d{1,2})[ \-]([a-z]{3})[ \-](\d{4}|\d{2})$")
_YEAR = re.compile(r"^(?:nam )?((?:19|20)\d{2})$")
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
_MONTH = re.compile(r"^(?:thang|thg\.?|th\.?|t\.?)? ?(\d{1,2})(?: ?[/.\-] ?| nam | )(\d{4})$")
_MONTH_YEAR_FIRST = re.compile(r"^(\d{4})[/.\-](\d{1,2})$")
_MONTH_SHORT = re.compile(r"^(thang|thg\.?|th\.?|t\.?)? ?(\d{1,2}) ?[/.\-] ?(\d{2})$")
_MONTH_WITHOUT_SIGN = re.compile(r"^(0?[1-9]|1[0-2])((?:19|20)\d{2})$")
_MONTH_IN_ENGLISH = re.compile(r"^([a-z]{3})[ \-](\d{4}|\d{2})$")


def read_date(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A day: a date cell, `31/12/2019`, `5/7/19`, `2019-12-31`, `ngày 5 tháng 7 năm 2019`, a
    serial, or a year alone, which counts as its 1 January."""
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return (
            _two_ways(day, whole=True) or Reading(day) if habits.are_dates_turned else Reading(day)
        )
    if isinstance(value, (bool, int, float)):
        return UNREADABLE if isinstance(value, bool) else _date_of_number(value, _FIRST_BIRTH)
    text, _ = shown_text(value)
    return _date_of_text(text_key(text), habits.date_order) if text else MISSING


def read_month(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A month as year*12 + month: a date, `06/2019`, `6.2019`, `T6/2019`, `Thg6-19`, `tháng 6 năm
    2019`, the number 6.2019 or a serial.

    A program that writes a month as a date gives it the first day: 6 January in a date cell may be
    01/06 typed where the month stands first.
    """
    if isinstance(value, date):
        return _two_ways(value) or Reading(month_index(value.year, value.month))
    if isinstance(value, (bool, int, float)):
        return UNREADABLE if isinstance(value, bool) else _month_of_number(value)
    text, _ = shown_text(value)
    return _month_of_text(text_key(text), habits.date_order) if text else MISSING


def read_birth_date(value: Any, habits: Habits = UNKNOWN) -> Reading:
    """A day that software wrote, always day before month: the birth date in a note."""
    return read_date(value, replace(habits, date_order="dmy"))


def date_habit(values: Iterable[Any]) -> DateOrder | None:
    """The convention of a file by those of its texts that can be read in one order only; None when
    they show none, or both."""
    seen: set[DateOrder] = set()
    for value in values:
        if not isinstance(value, str) or not (found := _THREE.match(text_key(value))):
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12 >= second:
            seen.add("dmy")
        elif second > 12 >= first:
            seen.add("mdy")
        if len(seen) == 2:
            return None
    return seen.pop() if seen else None


def are_dates_turned(values: Iterable[Any]) -> bool:
    """Whether a column shows that the program which kept it reads the month first: it has made
    dates of what it could read so, and left as texts the days after the 12th."""
    column = list(values)
    if not any(isinstance(value, date) for value in column):
        return False
    texts = (_THREE.match(text_key(value)) for value in column if isinstance(value, str))
    return any(found is not None and int(found[1]) > 12 >= int(found[2]) for found in texts)


def format_date(day: date) -> str:
    """`05/07/2019`, as the office writes it."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def format_month(index: int) -> str:
    """`07/2019`."""
    year, month = year_and_month(index)
    return f"{month:02d}/{year:04d}"


def _date_of_number(number: int | float, first: date) -> Reading:
    if isinstance(number, float) and not number.is_integer():
        return _serial(number, first) or UNREADABLE
    if 1900 <= number <= 2099:
        return Reading(date(int(number), 1, 1), repair="year_only")
    return _serial(number, first) or UNREADABLE


def _serial(number: float, first: date) -> Reading | None:
    """A serial of the 1900 system; a fraction is the time of day."""
    if not (first - _SERIAL_ZERO).days <= number < (_LAST - _SERIAL_ZERO).days + 1:
        return None
    return Reading(_SERIAL_ZERO + timedelta(days=int(number)), repair="serial")


def _two_ways(day: date, *, whole: bool = False) -> Reading | None:
    """Ambiguous where day and month may have changed places: not on the first of a month (of
    `whole` days: ever), nor where only one order is a day."""
    if day.day > 12 or day.day == day.month or (day.day == 1 and not whole):
        return None
    other = date(day.year, day.day, day.month)
    ways = (
        (format_date(day), format_date(other))
        if whole
        else (f"tháng {d.month} năm {d.year}" for d in (day, other))
    )
    return Reading(None, "ambiguous", proposal=" hoặc ".join(ways))


def _date_of_text(key: str, order: DateOrder | None) -> Reading:
    if found := _THREE.match(key):
        return _in_order(int(found[1]), int(found[2]), found[3], order)
    if found := _YEAR_FIRST.match(key):
        return _one(int(found[1]), int(found[2]), int(found[3]))
    if found := _IN_A_ZONE.match(key):
        return _in_our_zone(found[1], found[2])
    if found := _DAY_IN_WORDS.match(key):
        return _one(int(found[3]), int(found[2]), int(found[1]))
    if (found := _DAY_IN_ENGLISH.match(key)) and found[2] in _MONTHS:
        year, repair = _year(found[3])
        return _one(year, _MONTHS[found[2]], int(found[1]), repair)
    if found := _YEAR.match(key):
        return Reading(date(int(found[1]), 1, 1), repair="year_only")
    if _SERIAL.match(key):
        return _serial(float(key), _FIRST_BIRTH) or UNREADABLE
    return UNREADABLE


def _in_our_zone(moment: str, zone: str) -> Reading:
    """The day here of a moment in another zone: the midnight that begins 1 June here is still 31
    May in UTC."""
    try:
        day = (
            datetime.fromisoformat(moment[:26] + ("+00:00" if zone == "z" else zone))
            .astimezone(_HERE)
            .date()
        )
    except (ValueError, OverflowError):
        return UNREADABLE
    return _one(
        day.year, day.month, day.day, None if day.isoformat() == moment[:10] else "time_zone"
    )


def _in_order(first: int, second: int, year_said: str, order: DateOrder | None) -> Reading:
    year, repair = _year(year_said)
    if first > 12 or second > 12 or first == second:
        return (
            _one(year, first, second, "date_order")
            if second > 12 >= first
            else _one(year, second, first, repair)
        )
    if order is None:
        if _one(year, first, second).problem or _one(year, second, first).problem:
            return UNREADABLE
        by_day, by_month = (
            f"ngày {d} tháng {m} năm {year}" for d, m in ((first, second), (second, first))
        )
        return Reading(None, "ambiguous", proposal=f"{by_day} hoặc {by_month}")
    return (
        _one(year, first, second, "date_order")
        if order == "mdy"
        else _one(year, second, first, repair)
    )


def _one(year: int, month: int, day: int, repair: str | None = None) -> Reading:
    try:
        return (
            Reading(date(year, month, day), repair=repair) if 1900 <= year <= 2199 else UNREADABLE
        )
    except ValueError:
        return UNREADABLE


def _year(said: str) -> tuple[int, str | None]:
    if len(said) == 4:
        return int(said), None
    return int(said) + (2000 if int(said) < 30 else 1900), "two_digit_year"


def _month_of_number(number: int | float) -> Reading:
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, float):
        whole, _, fraction = repr(number).partition(".")
        if len(whole) <= 2 and len(fraction) in (3, 4):  # 7.202 was typed as 7.2020
            return _month(int(fraction.ljust(4, "0")), int(whole), "number_as_text")
        if len(whole) == 4 and len(fraction) == 2:
            return _month(int(whole), int(fraction), "number_as_text")
    elif 190001 <= number <= 209912 and 1 <= number % 100 <= 12:
        return _month(number // 100, number % 100, "number_as_text")
    serial = _serial(number, _FIRST_PAYMENT)
    # 42019: 04/2019 whose sign was in the look of the cell, or a day of 2015
    without_sign = _MONTH_WITHOUT_SIGN.match(str(number))
    if without_sign and _FIRST_PAYMENT.year <= int(without_sign[2]):
        month = _month(int(without_sign[2]), int(without_sign[1]), "number_as_text")
        if serial is None or month.value is None:
            return month
        ways = (
            f"tháng {m} năm {y}"
            for m, y in (
                (int(without_sign[1]), without_sign[2]),
                (serial.value.month, serial.value.year),
            )
        )
        return Reading(None, "ambiguous", proposal=" hoặc ".join(ways))
    return (
        UNREADABLE
        if serial is None
        else _two_ways(serial.value) or _month(serial.value.year, serial.value.month, "serial")
    )


def _month_of_text(key: str, order: DateOrder | None) -> Reading:
    key = key.rstrip(". ")
    if found := _MONTH.match(key):
        return _month(int(found[2]), int(found[1]))
    if found := _MONTH_YEAR_FIRST.match(key):
        return _month(int(found[1]), int(found[2]))
    if found := _MONTH_SHORT.match(key):
        year, repair = _year(found[3])
        reading = _month(year, int(found[2]), repair)
        # `7/12`: July 2012, or a day of July or December
        if reading.problem is None and not found[1] and 1 <= int(found[3]) <= 12:
            return Reading(None, "ambiguous", proposal=f"tháng {int(found[2])} năm {year}")
        return reading
    if (found := _MONTH_IN_ENGLISH.match(key)) and found[1] in _MONTHS:
        year, repair = _year(found[2])
        return _month(year, _MONTHS[found[1]], repair)
    if len(key) == 6 and (found := _MONTH_WITHOUT_SIGN.match(key)):
        return _month(int(found[2]), int(found[1]), "number_as_text")
    if _SERIAL.match(key):
        return _month_of_number(float(key))
    if _YEAR.match(key):
        return UNREADABLE
    day = _date_of_text(key, order)
    if day.value is not None and _YEAR_FIRST.match(key):
        return _two_ways(day.value) or _month(day.value.year, day.value.month, day.repair)
    return day if day.value is None else _month(day.value.year, day.value.month, day.repair)


def _month(year: int, month: int, repair: str | None = None) -> Reading:
    return (
        Reading(month_index(year, month), repair=repair)
        if 1 <= month <= 12 and 1900 <= year <= 2199
        else UNREADABLE
    )
