"""Counts of what was received, by ways of their own: the other side of the nothing-lost equation.

Nothing here calls `normalise`: a reader that loses a đồng must not lose it on both sides.
"""

from __future__ import annotations

from typing import Any

from ingestion.model import ParsedFile

MONEY = ("participant_vnd", "state_support_vnd")
"""Columns added up per file beside the rows and the amount of the equation."""

Sums = dict[str, tuple[int, ...]]
"""sha256 -> rows and sums of đồng"""

_MOST_DIGITS = 15
_MOST = 10**_MOST_DIGITS


def dong(value: Any) -> int | None:
    """Whole đồng of a cell in the plain ways of writing: `154.000đ`, `1,234,567`, 154000.0; None
    where it takes more to read it, or nothing can be."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and -_MOST < value < _MOST else None
    if not isinstance(value, str):
        return value if type(value) is int and -_MOST < value < _MOST else None
    text = value.strip().casefold()
    for unit in ("vnđ", "vnd", "đồng", "đ", "₫"):
        text = text.removesuffix(unit).rstrip()
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    marks = {mark for mark in text if mark in ".,"}
    if len(marks) == 1:
        first, *groups = text.split(marks.pop())
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            return None
        text = first + "".join(groups)
    return (
        sign * int(text)
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        else None
    )


def of_rows(parsed: ParsedFile) -> dict[str, int]:
    """What the rows of data of a file hold of each column of MONEY, as they were read. A reference
    workbook holds none."""
    if (parsed.form or "").startswith("reference"):
        return dict.fromkeys(MONEY, 0)
    return {
        name: sum(row.values.get(name) or 0 for row in parsed.rows if row.is_data) for name in MONEY
    }


def differing(one: Sums, other: Sums) -> list[str]:
    """The beginnings of the hashes of files on which two counts differ."""
    return sorted(
        sha256[:12] for sha256 in one.keys() | other.keys() if one.get(sha256) != other.get(sha256)
    )
