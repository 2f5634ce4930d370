"""One language of the page: its texts, which stand as data, and how it writes numbers and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from math import ceil, floor
from pathlib import Path
from typing import Any

from core import vietnamese
from core.yaml_file import read_yaml

HERE = Path(__file__).parent
LANGUAGES = ("vi", "en")
"""The first is the one that the page opens in."""


@dataclass(frozen=True)
class Language:
    """`code`: 'vi' or 'en'. `texts`: key → sentence with places for values; a key that is not there
    is a KeyError."""

    code: str
    texts: dict[str, Any]

    def text(self, key: str, **values: object) -> str:
        """The text of a key, its places filled."""
        return str(self.texts[key]).format(**values)

    def word(self, group: str, code: str | None) -> str:
        """The word for a code, such as the verdict of a file; a code without a word stands for
        itself."""
        return str(self.texts[group].get(code, code))

    def number(self, value: int | None) -> str:
        """1234567 → '1.234.567' or '1,234,567'."""
        return self._written(vietnamese.number(value))

    def whole(self, value: float | None) -> str:
        """A figure that is not whole in its table, as a whole number."""
        return self.number(None if value is None else round(value))

    def of(self, part: int | None, whole: int | None) -> str:
        """'74/76' or '74 of 76'."""
        return self.text("of_total", part=self.number(part), whole=self.number(whole))

    def floor(self, value: float | None) -> str:
        """The lower end of a range, as a whole number that is not too high."""
        return self.number(None if value is None else floor(value))

    def ceiling(self, value: float | None) -> str:
        """The upper end of a range, as a whole number that is not too low."""
        return self.number(None if value is None else ceil(value))

    def decimal(self, value: float | None, decimals: int = 1) -> str:
        """101.5 → '101,5' or '101.5'."""
        return self._written(vietnamese.decimal(value, decimals))

    def percent(self, ratio: float | None, decimals: int = 1) -> str:
        """0.412 → '41,2%' or '41.2%'."""
        return self._written(vietnamese.percent(ratio, decimals))

    def money(self, amount: int | None) -> str:
        """1234567 → '1.234.567 đ'."""
        return self.number(amount) + ("" if amount is None else " đ")

    def day(self, value: date | None) -> str:
        """'31/12/2019' or '31 December 2019'."""
        if value is None or self.code == "vi":
            return vietnamese.day(value)
        return f"{value.day} {self.texts['months'][value.month - 1]} {value.year}"

    def month(self, value: date) -> str:
        """'12/2019' or 'Dec 2019'."""
        return (
            f"{value:%m/%Y}"
            if self.code == "vi"
            else f"{self.texts['months'][value.month - 1][:3]} {value.year}"
        )

    def period(self, code: str | None) -> str:
        """'2019-H1' → '6 tháng đầu năm' or 'the first half of the year'."""
        if self.code == "vi" or code is None or code.isdigit():
            return vietnamese.period(code) if self.code == "vi" else str(code)
        return self.word("periods", code[5:])

    def interval(
        self, row: dict[str, Any], rate: str, times: int, decimals: int, unit: str = ""
    ) -> str:
        """'9,9 (8,0–12,1)': a rate with its interval, times 100 or 1,000."""
        value, low, high = (row[name] for name in (rate, f"{rate}_low", f"{rate}_high"))
        if value is None:
            return vietnamese.NOT_KNOWN
        said = self.decimal(value * times, decimals) + unit
        return (
            said
            if low is None
            else f"{said} ({self.decimal(low * times, decimals)}–{self.decimal(high * times, decimals)})"
        )

    def _written(self, said: str) -> str:
        return (
            said
            if self.code == "vi" or said == vietnamese.NOT_KNOWN
            else said.translate(str.maketrans(",.", ".,"))
        )


@cache
def language(code: str) -> Language:
    """The language with the texts of `texts.<code>.yaml`."""
    return Language(code, read_yaml(HERE / f"texts.{code}.yaml"))
