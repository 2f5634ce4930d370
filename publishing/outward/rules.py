"""What leaves the office, read from rules.yml and compared with the tables that there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.yaml_file import read_yaml

EVERY_MONTH = "every_month"
MOMENTS = ("prev_month", "prev_year_end", "same_day_last_year", "before_half", EVERY_MONTH)
"""When a figure was counted that another follows from."""


class TableRule(BaseModel):
    """One table that leaves. `place`: the column that names whose figures a row holds; `names`: the
    name of somebody -> the code that may stand for it. The rest: rules.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    place: str | None = None
    where: str = "true"
    open: list[str]
    people: list[str] = []
    follows: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    stays: list[str] = []

    @property
    def leaving(self) -> set[str]:
        """The columns that leave, hidden here and there or not."""
        return {*self.open, *self.people, *self.follows, *self.names}


class _Book(BaseModel):
    """The whole of rules.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tables: dict[str, TableRule]
    tables_that_stay: dict[str, str]


def leaving_tables(columns: Mapping[str, Collection[str]]) -> dict[str, TableRule]:
    """The tables that leave. `columns`: table -> its columns, of everything that is published.

    Raises KeyError for a table or a column that no rule, or more than one, is about: a new one must
    be given one.
    """
    book = _book()
    if strange := set(columns) ^ (set(book.tables) | set(book.tables_that_stay)):
        raise KeyError(f"rules.yml and the published tables differ in {sorted(strange)}")
    for name, rule in book.tables.items():
        ruled = [*rule.open, *rule.people, *rule.follows, *rule.names, *rule.stays]
        if sorted(ruled) != sorted(columns[name]):
            strange = set(ruled) ^ set(columns[name])
            raise KeyError(f"rules.yml and {name} differ in {sorted(strange) or sorted(ruled)}")
        for parts in rule.follows.values():
            for part in parts:
                figure, _, moment = part.partition("@")
                if figure not in rule.people or moment not in ("", *MOMENTS):
                    raise KeyError(f"{name}: nothing can follow from {part}")
    return dict(book.tables)


def people_tables() -> dict[str, TableRule]:
    """The tables with counts of people, by name."""
    return {name: rule for name, rule in _book().tables.items() if rule.people}


@cache
def _book() -> _Book:
    return _Book.model_validate(read_yaml(Path(__file__).with_name("rules.yml")))
