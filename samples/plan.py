"""What the invented Ân Thi has to come to: counts of a district per month end, the growth of its
register, its targets and populations.

The figures of the article of July 2019 (168, 215, 824; 132.354 and 78.088; 553 and 2.000; 76
agents) and what is set between them. Only the generator aims at these; nothing that reads the
sample knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

DISTRICT_CODE = "329"
DISTRICT_NAME = "Ân Thi"


def month(year: int, of_year: int) -> int:
    """A month as year*12 + month."""
    return year * 12 + of_year


def label(index: int) -> str:
    """06/2019 of a month index."""
    year, of_year = divmod(index - 1, 12)
    return f"{of_year + 1:02d}/{year}"


def first_day(index: int) -> date:
    """01/06/2019 of a month index."""
    year, of_year = divmod(index - 1, 12)
    return date(year, of_year + 1, 1)


OPENING = month(2017, 5)
FIRST = month(2017, 6)
LAST = month(2019, 6)

POPULATION = 132_354
WORKING_AGE = 78_088
HALF_YEAR_TARGET = 553
YEAR_TARGET = 2_000
ROSTER_PEOPLE = 153
LATE_PEOPLE = (2, 3)
"""People whom the two late sheets of June 2019 bring: 824 + 2 = 826, + 3 = 829."""

OFFICIAL_COUNTS = (
    (month(2017, 12), 0),
    (month(2018, 6), 0),
    (month(2018, 9), 1),
    (month(2018, 12), 0),
)
"""Months whose official count the office has entered, and by how many people it differs from the
sheets: once it does."""

_ANCHORS = {OPENING: ROSTER_PEOPLE, month(2017, 12): 168, month(2018, 12): 215, LAST: 824}
_SPRING_2019 = {1: 0.08, 2: 0.20, 3: 0.36, 4: 0.55, 5: 0.77, 6: 1.0}
_AGENTS_2019 = {1: 30, 2: 38, 3: 46, 4: 54, 5: 64, 6: 76}
_FIRST_AGENTS = 21


def covered_people(index: int) -> int:
    """People covered in a month, in the whole district, as known on the last night of the
    sample."""
    start = max(m for m in _ANCHORS if m <= index)
    if start == index:
        return _ANCHORS[index]
    end = min(m for m in _ANCHORS if m > index)
    share = (
        _SPRING_2019[index - month(2018, 12)] if end == LAST else (index - start) / (end - start)
    )
    return round(_ANCHORS[start] + share * (_ANCHORS[end] - _ANCHORS[start]))


def agents_in(index: int) -> int:
    """Agents on the register in a month."""
    return _AGENTS_2019[index - month(2018, 12)] if index > month(2018, 12) else _FIRST_AGENTS


def largest_remainder(total: int, weights: Sequence[float], at_least: int = 0) -> list[int]:
    """Spread `total` over weights in whole numbers: everyone gets the floor, the largest remainders
    one more."""
    spread = total - at_least * len(weights)
    exact = [spread * weight / sum(weights) for weight in weights]
    parts = [int(x) for x in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: spread - sum(parts)]:
        parts[i] += 1
    return [part + at_least for part in parts]
