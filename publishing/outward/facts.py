"""The counts of people that may leave, and the laws by which one tells another.

A fact is a cell with its value. While a later version says the same of the same cell, it is the
same fact; once it is corrected, it is another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import duckdb

from publishing.outward.rules import people_tables
from publishing.store import quoted, read_rows

DISTRICTS, COMMUNES, ASSOCIATIONS = "kpi_by_district", "kpi_by_commune", "kpi_by_association"
UNWRITTEN = ""
"""The table of counts that stand nowhere, and that published ones would tell."""


class Cell(NamedTuple):
    """A figure of a place on a month's last day. `place`: the key of its commune, association or
    district."""

    table: str
    place: str
    day: date
    column: str


class Fact(NamedTuple):
    """What a cell says: so many people."""

    cell: Cell
    people: int

    @property
    def is_written(self) -> bool:
        """Whether it stands in a table. One that does not is never let out."""
        return self.cell.table != UNWRITTEN


Law = tuple[tuple[Fact, int], ...]
"""Facts with coefficients whose sum is 0, whoever adds them up."""


@dataclass(frozen=True)
class Figures:
    """Of one version: its facts, and the laws that hold among them."""

    facts: frozenset[Fact]
    laws: frozenset[Law]


def read_facts(con: duckdb.DuckDBPyConnection) -> dict[Cell, int]:
    """The counts of people of a published file, ours or an outward one; what is NULL there is
    left out."""
    found = {}
    for table, rule in people_tables().items():
        for row in read_rows(con, f"select * from {quoted(table)} where {rule.where}"):
            for column in rule.people:
                if row.get(column) is not None:
                    place, day = str(row[str(rule.place)]), row["reporting_date"]
                    found[Cell(table, place, day, column)] = int(row[column])
    return found


def read_figures(con: duckdb.DuckDBPyConnection) -> Figures:
    """The facts of a version of the office's own, with the laws: docs/decisions/0022."""
    values = read_facts(con)
    laws = {law for terms in _sums(con, values) for law in _law(terms, values)}
    laws |= {law for terms in _flows(values) for law in _law(terms, values)}
    facts = {Fact(cell, people) for cell, people in values.items()}
    return Figures(frozenset(facts | {fact for law in laws for fact, _ in law}), frozenset(laws))


Terms = list[tuple[Cell, int]]


def _law(terms: Terms, values: Mapping[Cell, int]) -> Iterator[Law]:
    """The law, where each of its terms is known and it holds. A count that stands nowhere makes up
    what the others leave, where that is no less than nobody."""
    written = [(cell, factor) for cell, factor in terms if cell.table != UNWRITTEN]
    unwritten = [(cell, factor) for cell, factor in terms if cell.table == UNWRITTEN]
    if any(cell not in values for cell, _ in written):
        return
    rest = sum(values[cell] * factor for cell, factor in written)
    law = [(Fact(cell, values[cell]), factor) for cell, factor in written]
    if unwritten:
        ((cell, factor),) = unwritten
        if rest * -factor >= 0:
            yield tuple(sorted([*law, (Fact(cell, rest * -factor), factor)]))
    elif rest == 0:
        yield tuple(sorted(law))


def _sums(con: duckdb.DuckDBPyConnection, values: Mapping[Cell, int]) -> Iterator[Terms]:
    """A district is its communes. In a commune, associations have some of its participants, and the
    agents outside associations the others."""
    communes: dict[tuple[str, date], Terms] = defaultdict(list)
    for row in read_rows(
        con,
        f"select distinct commune_key, district_code, reporting_date from {COMMUNES} where boundaries = 'then' order by all",
    ):
        cell = Cell(COMMUNES, row["commune_key"], row["reporting_date"], "participants")
        if cell in values:
            communes[row["district_code"], cell.day].append((cell, 1))
    for (district, day), terms in communes.items():
        yield [*terms, (Cell(DISTRICTS, district, day, "participants"), -1)]
    associations: dict[tuple[str, date], Terms] = defaultdict(list)
    for row in read_rows(
        con,
        f"select association_key, commune_key, reporting_date from {ASSOCIATIONS} where association_key is not null and commune_key is not null order by all",
    ):
        cell = Cell(ASSOCIATIONS, row["association_key"], row["reporting_date"], "participants")
        if cell in values:
            associations[row["commune_key"], cell.day].append((cell, 1))
    for (commune, day), terms in associations.items():
        others = Cell(UNWRITTEN, commune, day, "participants_of_no_association")
        yield [*terms, (others, 1), (Cell(COMMUNES, commune, day, "participants"), -1)]


def _flows(values: Mapping[Cell, int]) -> Iterator[Terms]:
    """Who takes part has stayed, is new or has returned; who took part a month ago has stayed or is
    gone (docs/definitions.md)."""
    for table, place, day in sorted({cell[:3] for cell in values if cell.table == DISTRICTS}):

        def at(column: str, table: str = table, place: str = place, day: date = day) -> Cell:
            return Cell(table, place, day, column)

        before = Cell(table, place, day.replace(day=1) - timedelta(days=1), "participants")
        came, gone, stayed = (
            Cell(UNWRITTEN, place, day, word)
            for word in ("came_participants", "gone_participants", "stayed_participants")
        )
        now, continuing = at("participants"), at("continuing_participants")
        new, returned = at("new_participants"), at("returned_participants")
        lapsed, left = at("lapsed_participants"), at("left_participants")
        moved_in, moved_out = at("moved_in_participants"), at("moved_out_participants")
        yield [(continuing, 1), (new, 1), (returned, 1), (now, -1)]
        yield [
            *((new, 1), (returned, 1), (moved_in, 1)),
            *((lapsed, -1), (left, -1), (moved_out, -1), (now, -1), (before, 1)),
        ]
        yield [(moved_in, 1), (moved_out, -1)]
        yield [(continuing, 1), (came, 1), (now, -1)]
        yield [(lapsed, 1), (left, 1), (gone, -1)]
        yield [(moved_in, 1), (stayed, 1), (continuing, -1)]
