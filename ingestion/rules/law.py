"""The dated numbers of the law, read from the same seed files that the marts are built with.

A number holds from its `valid_from` to its `valid_to` (inclusive); a month is judged by its first
day. Which month a payment is judged by is one choice, `CLOCK`: the texts do not say whether a rate
that changes inside a prepaid period follows the month covered or the day of payment.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.clock import year_and_month
from core.data_folder import LAW_SEEDS

CLOCK: Literal["paid", "covered"] = "paid"
"""`paid`: the month of the receipt, else the month of the report. `covered`: the first month paid
for."""


@dataclass(frozen=True)
class DatedNumber:
    """One row of a seed."""

    code: str
    valid_from: date
    valid_to: date | None
    value: float

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Law:
    """Contribution rules and support rates, as dated rows."""

    numbers: tuple[DatedNumber, ...]
    support: tuple[DatedNumber, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """Codes of the support groups, sorted."""
        return tuple(sorted({row.code for row in self.support}))

    def number(self, code: str, month: int) -> float:
        """The value of a contribution rule in a month (year*12 + month); NaN where no row holds.
        Raises KeyError for a code no row has."""
        return _value(self.numbers, code, month)

    def support_of_month(self, group: str, month: int) -> float:
        """Whole đồng of central support for one month of a group; NaN where the group has no row:
        support of the poverty line, not of the income."""
        share = _value(self.support, group, month)
        return float(
            np.rint(
                share * self.number("contribution_rate", month) * self.number("income_floor", month)
            )
        )

    def numbers_by_month(self, code: str, months: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """`number`, for an array of months."""
        return _by_month(months, lambda month: self.number(code, month))

    def support_by_month(
        self, group: str, months: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """`support_of_month`, for an array of months."""
        return _by_month(months, lambda month: self.support_of_month(group, month))


@cache
def methods(day: date, folder: Path = LAW_SEEDS) -> tuple[int, ...]:
    """The numbers of months that a method of payment gives on a day, ascending
    (payment_terms.csv)."""
    return tuple(
        sorted(
            int(row.value)
            for row in _read(folder / "payment_terms.csv", "method", "months_paid")
            if row.holds(day)
        )
    )


@cache
def law(folder: Path = LAW_SEEDS) -> Law:
    """The law as the seeds in `folder` state it."""
    return Law(
        tuple(_read(folder / "contribution_rules.csv", "rule_code", "value")),
        tuple(_read(folder / "support_rules.csv", "support_group", "support_rate")),
    )


def _read(path: Path, code: str, value: str) -> Iterable[DatedNumber]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            until = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
            yield DatedNumber(
                row[code], date.fromisoformat(row["valid_from"]), until, float(row[value])
            )


def _value(rows: tuple[DatedNumber, ...], code: str, month: int) -> float:
    of_code = [row for row in rows if row.code == code]
    if not of_code:
        raise KeyError(code)
    year, number = year_and_month(month)
    if not 1 <= year <= 9999:
        return float("nan")
    day = date(year, number, 1)
    return next((row.value for row in of_code if row.holds(day)), float("nan"))


def _by_month(
    months: npt.NDArray[np.int64], value: Callable[[int], float]
) -> npt.NDArray[np.float64]:
    distinct, places = np.unique(months, return_inverse=True)
    return (
        np.array([value(int(month)) for month in distinct], dtype=np.float64)[places]
        if len(months)
        else np.zeros(0)
    )
