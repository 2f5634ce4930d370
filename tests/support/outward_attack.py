"""Somebody who has every outward version and tries to work out what is hidden.

Written from docs/definitions.md and the dictionary alone; it takes nothing from publishing/outward.
It knows that a hidden count is a whole number of at least one person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import chain, product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Key = tuple[str, str, date, str]
"""Table, place, day, column."""
Row = dict[str, Any]
PEOPLE = {
    "kpi_by_district": (
        *("participants", "new_participants", "continuing_participants", "returned_participants"),
        *("lapsed_participants", "left_participants"),
        *("moved_in_participants", "moved_out_participants"),
    ),
    "kpi_by_commune": ("participants",),
    "kpi_by_association": ("participants",),
}
PLACES = {
    "kpi_by_district": "district_code",
    "kpi_by_commune": "commune_key",
    "kpi_by_association": "association_key",
}
MOST = 1_000_000


@dataclass
class Version:
    """What one outward version says. `rows`: of each table; `hidden`: cells that it names as
    hidden; `agents`: the register."""

    rows: dict[str, list[Row]]
    hidden: set[Key]
    agents: list[Row] = field(default_factory=list)

    def counts(self) -> dict[Key, int | None]:
        """Every count of people that stands or is hidden (None)."""
        found: dict[Key, int | None] = {}
        for table, rows in self.rows.items():
            for row in rows:
                for column in PEOPLE[table]:
                    key = (table, str(row[PLACES[table]]), row["reporting_date"], column)
                    if row.get(column) is not None or key in self.hidden:
                        found[key] = row.get(column)
        return found


def read_version(folder: Path) -> Version:
    """From its DuckDB file."""
    with duckdb.connect(str(folder / "baophu.duckdb"), read_only=True) as con:

        def rows(query: str) -> list[Row]:
            found = con.execute(query)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        return Version(
            {table: rows(f"from {table}") for table in PEOPLE},
            {tuple(row.values()) for row in rows("from outward_hidden")},
            rows("from dim_agent"),
        )


@dataclass
class Attack:
    """Unknown counts, and what is known of their sums: rows of (coefficients, lowest, highest)."""

    unknown: dict[tuple[int, Key], int]
    known: list[tuple[dict[int, float], float, float]]
    is_wrong: bool = False
    """Whether a law is broken by what stands in the open."""

    def bounds(self, at: tuple[int, Key]) -> tuple[int, int]:
        """The fewest and the most people that a hidden count can be."""
        return self._extreme(at, 1), self._extreme(at, -1)

    def is_possible(self) -> bool:
        if self.is_wrong:
            return False
        return not self.unknown or self._solve(np.zeros(len(self.unknown))) is not None

    def _extreme(self, at: tuple[int, Key], sign: int) -> int:
        cost = np.zeros(len(self.unknown))
        cost[self.unknown[at]] = sign
        found = self._solve(cost)
        assert found is not None, "what is published contradicts itself"
        return round(found[self.unknown[at]])

    def _solve(self, cost: Any) -> Any:
        size = len(self.unknown)
        done = milp(
            c=cost,
            integrality=np.ones(size),
            bounds=Bounds(np.ones(size), np.full(size, float(MOST))),
            constraints=self._constraints,
        )
        assert done.status in (0, 2), done.message
        return done.x

    @cached_property
    def _constraints(self) -> LinearConstraint | None:
        if not self.known:
            return None
        entries = [(r, c, v) for r, (row, _, _) in enumerate(self.known) for c, v in row.items()]
        matrix = csr_array(
            ([e[2] for e in entries], ([e[0] for e in entries], [e[1] for e in entries])),
            shape=(len(self.known), len(self.unknown)),
        )
        slack = 1e-6
        return LinearConstraint(
            matrix,
            [low - slack for _, low, _ in self.known],
            [high + slack for _, _, high in self.known],
        )


def attack(versions: list[Version], unchanged: Collection[tuple[int, int, Key]] = ()) -> Attack:
    """All that the versions say together. `unchanged`: (version, version, key) of counts that
    somebody knows, or thinks, to be the same in both. What proves to be wrong is believed no
    longer: that an agent's people live in its commune, that every commune's flows are known in a
    month of which reports are missing, then that counts are unchanged."""
    for same, live_there, all_known in product([unchanged, ()], [True, False], [True, False]):
        made = _attack(versions, same, live_there, all_known)
        if made.is_possible():
            return made
    raise AssertionError("what is published contradicts itself")


def _attack(
    versions: list[Version],
    unchanged: Collection[tuple[int, int, Key]],
    people_live_with_their_agent: bool,
    all_flows_are_known: bool,
) -> Attack:
    counts = [version.counts() for version in versions]
    unknown: dict[tuple[int, Key], int] = {}
    for number, found in enumerate(counts):
        for key, people in found.items():
            if people is None:
                unknown[number, key] = len(unknown)
    made = Attack(unknown, [])

    def law(number: int, terms: list[tuple[Key, float]], low: float, high: float) -> None:
        row: dict[int, float] = defaultdict(float)
        for key, factor in terms:
            if key not in counts[number]:
                return
            if (people := counts[number][key]) is None:
                row[unknown[number, key]] += factor
            else:
                low, high = low - factor * people, high - factor * people
        if row:
            made.known.append((dict(row), low, high))
        elif not low - 1e-6 <= 0 <= high + 1e-6:
            made.is_wrong = True

    for number, version in enumerate(versions):
        laws = _laws(version, counts[number], all_flows_are_known)
        if people_live_with_their_agent:
            laws = chain(laws, _associations(version, counts[number]))
        for terms, low, high in laws:
            law(number, terms, low, high)
    for one, other, key in unchanged:
        a, b = counts[one].get(key, 0), counts[other].get(key, 0)
        if a is None and b is None:
            made.known.append(({unknown[one, key]: 1, unknown[other, key]: -1}, 0, 0))
        elif a is None and b:
            made.known.append(({unknown[one, key]: 1}, b, b))
        elif b is None and a:
            made.known.append(({unknown[other, key]: 1}, a, a))
    return made


def probably_unchanged(versions: list[Version]) -> list[tuple[int, int, Key]]:
    """The guess of who does not know: a month of which every count that stands in both versions is
    the same has not changed."""
    counts = [version.counts() for version in versions]
    found = []
    for other in range(1, len(counts)):
        for one in range(other):
            both = counts[one].keys() & counts[other].keys()
            differ = {
                key[2]
                for key in both
                if None not in (a := counts[one][key], b := counts[other][key]) and a != b
            }
            found += [(one, other, key) for key in sorted(both) if key[2] not in differ]
    return found


Terms = list[tuple[Key, float]]


def _laws(
    version: Version, counts: dict[Key, int | None], all_flows_are_known: bool
) -> Iterator[tuple[Terms, float, float]]:
    """(terms, lowest, highest sum)."""
    yield from _sums(version, counts)
    for row in version.rows["kpi_by_district"]:
        if all_flows_are_known or row.get("is_complete", True):
            yield from _flows(row)
    for table, rows in version.rows.items():
        for row in rows:
            yield from _written_elsewhere(table, row)


def _sums(version: Version, counts: dict[Key, int | None]) -> Iterator[tuple[Terms, float, float]]:
    communes: dict[tuple[str, date], Terms] = defaultdict(list)
    for row in version.rows["kpi_by_commune"]:
        key = ("kpi_by_commune", row["commune_key"], row["reporting_date"], "participants")
        if key in counts:
            communes[row["district_code"], row["reporting_date"]].append((key, 1))
    for (district, day), terms in communes.items():
        yield [*terms, (("kpi_by_district", district, day, "participants"), -1)], 0, 0


def _associations(
    version: Version, counts: dict[Key, int | None]
) -> Iterator[tuple[Terms, float, float]]:
    parts: dict[tuple[str, date], Terms] = defaultdict(list)
    for row in version.rows["kpi_by_association"]:
        key = ("kpi_by_association", row["association_key"], row["reporting_date"], "participants")
        if key in counts:
            parts[row["commune_key"], row["reporting_date"]].append((key, 1))
    for (commune, day), terms in parts.items():
        whole = ("kpi_by_commune", commune, day, "participants")
        # somebody who paid an agent of before may still be covered
        ever = [agent for agent in version.agents if agent["commune_key"] == commune]
        are_all = bool(ever) and all(agent["association_code"] for agent in ever)
        least = 0 if are_all else -MOST
        yield [*terms, (whole, -1)], least, 0


def _flows(row: Row) -> Iterator[tuple[Terms, float, float]]:
    day, place = row["reporting_date"], row["district_code"]

    def at(column: str) -> Key:
        return ("kpi_by_district", place, day, column)

    before = (
        "kpi_by_district",
        place,
        day.replace(day=1) - timedelta(days=1),
        "participants",
    )
    came = [(at("new_participants"), 1), (at("returned_participants"), 1)]
    gone = [(at("lapsed_participants"), -1), (at("left_participants"), -1)]
    moved = [(at("moved_in_participants"), 1), (at("moved_out_participants"), -1)]
    now = (at("participants"), -1)
    yield [(at("continuing_participants"), 1), *came, now], 0, 0
    yield [*came, *moved, *gone, now, (before, 1)], 0, 0
    yield moved, 0, 0
    yield [(at("continuing_participants"), 1), now], -MOST, 0
    yield [(at("moved_in_participants"), 1), (at("continuing_participants"), -1)], -MOST, 0
    yield [*((key, -factor) for key, factor in gone), (before, -1)], -MOST, 0


def _written_elsewhere(table: str, row: Row) -> Iterator[tuple[Terms, float, float]]:
    """Figures that are worked out from participants: turned round."""
    day, place = row["reporting_date"], str(row[PLACES[table]])

    def participants(on: date) -> Key:
        return (table, place, on, "participants")

    now, year_end = participants(day), participants(date(day.year - 1, 12, 31))
    month_end = participants(day.replace(day=1) - timedelta(days=1))
    after = day + timedelta(days=1)
    year_ago = participants(after.replace(year=after.year - 1) - timedelta(days=1))
    elapsed, left = day.month, 12 - day.month
    half_before = participants(date(day.year, 6, 30)) if day.month > 6 else year_end

    def said(column: str) -> float | None:
        return None if row.get(column) is None else float(row[column])

    for column, key in (
        ("participants_prev_month", month_end),
        ("participants_prev_year_end", year_end),
        ("participants_same_day_last_year", year_ago),
    ):
        if (people := said(column)) is not None:
            yield [(key, 1)], people, people
    if (change := said("net_change")) is not None:
        yield [(now, 1), (month_end, -1)], change, change
    if (rate := said("coverage_rate")) is not None:
        people = rate * float(row["working_age_population"])
        yield [(now, 1)], people, people
    for rate_column, target, basis, start in (
        ("target_rate", "target_participants", "target_basis", half_before),
        ("year_target_rate", "year_target", "year_target_basis", year_end),
    ):
        if (rate := said(rate_column)) is not None:
            people = rate * float(row[target])
            if row[basis] == "stock":
                yield [(now, 1)], people, people
            elif rate_column != "target_rate" or "-H" in str(row["target_period"]):
                yield [(now, 1), (start, -1)], people, people
    if (gap := said("gap_to_year_target")) is not None and row["year_target_basis"] == "stock":
        people = float(row["year_target"]) - gap
        yield [(now, 1)], people, people
    if (pace := said("pace_per_month")) is not None:
        yield [(now, 1), (year_end, -1)], pace * elapsed, pace * elapsed
    if (end := said("forecast_year_end")) is not None:
        terms = [(now, 1 + left / elapsed), (year_end, -left / elapsed)]
        yield terms, end, end
    need = said("needed_per_month")
    if need and row["year_target_basis"] == "stock":
        people = float(row["year_target"]) - need * left
        yield [(now, 1)], people, people
