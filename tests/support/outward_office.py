"""Offices that let outward versions out: of generated histories, and of counts made up at once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import duckdb

from core.data_folder import DataFolder
from publishing.as_of import built
from publishing.outward.facts import Fact, Figures
from publishing.store import create_store
from publishing.versions import PAGE, STORE, put_version
from tests.support.outward_attack import PEOPLE, PLACES, Row, Version

DAYS = (date(2019, 4, 30), date(2019, 5, 31), date(2019, 6, 30))
Tables = dict[str, list[Row]]


def publish_marts(places: DataFolder, dates: Sequence[date], known_on: date) -> str:
    """The marts as known on a day, as a version of the office's own (its page left empty) and the
    stable file; returns the version."""
    part = places.versions / ".part"
    part.mkdir(parents=True)
    content = hashlib.sha256(f"{places.root} {known_on}".encode()).hexdigest()
    version = f"{known_on.isoformat()}_{content[:12]}"
    with built(places, None, dates, known_on) as con, create_store(con, part / STORE, "out"):
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' and database_name = current_database()"
        ).fetchall():
            con.execute(f"create table out.main.{name} as from marts.{name} order by all")
            con.execute(f"comment on table out.main.{name} is 'Bảng · Table'")
        con.execute("create table out.main.publication_changes (code VARCHAR)")
        con.execute("create table out.main.publication_ledger (line BIGINT)")
        con.execute(
            "create table out.main.publication as select ?::varchar as version, ?::date as known_on, ?::varchar as content_hash",
            [version, known_on, content],
        )
    (part / PAGE).touch()
    put_version(part, {"version": version, "content_hash": content}, places.versions / version)
    shutil.copyfile(places.versions / version / STORE, places.published)
    return version


def make_counts(random: Random, months: int) -> Tables:
    """A district of few communes, with its associations and flows, in which every law holds."""
    communes = [f"C{n}" for n in range(random.randint(1, 4))]
    halves = {code: [f"{code}-{n}" for n in range(random.randint(0, 2))] for code in communes}
    closed = {code: bool(parts) and random.random() < 0.5 for code, parts in halves.items()}
    most = random.choice([4, 8, 20])
    tables: Tables = {table: [] for table in PEOPLE}
    before: int | None = None
    for day in DAYS[:months]:
        total = 0
        for code in communes:
            parts = [random.randint(0, most // 2) for _ in halves[code]]
            people = sum(parts) + (0 if closed[code] else random.randint(0, most))
            total += people
            tables["kpi_by_commune"].append(
                {
                    **{"reporting_date": day, "boundaries": "then", "commune_key": code},
                    **{"district_code": "D", "participants": people},
                }
            )
            tables["kpi_by_association"] += [
                {
                    **{"reporting_date": day, "association_key": name, "commune_key": code},
                    "participants": part,
                }
                for name, part in zip(halves[code], parts, strict=True)
            ]
        tables["kpi_by_district"].append(
            {"reporting_date": day, "district_code": "D", **_flows(random, before, total)}
        )
        before = total
    return tables


def _flows(random: Random, before: int | None, total: int) -> dict[str, int | None]:
    if before is None:
        return {**dict.fromkeys(PEOPLE["kpi_by_district"]), "participants": total}
    stayed = random.randint(max(0, min(before, total) - 6), min(before, total))
    came, gone = total - stayed, before - stayed
    new, lapsed = random.randint(0, came), random.randint(0, gone)
    moved = random.choice([0, 0, min(stayed, 2)])
    return {
        **{"participants": total, "continuing_participants": stayed},
        **{"new_participants": new, "returned_participants": came - new},
        **{"lapsed_participants": lapsed, "left_participants": gone - lapsed},
        **{"moved_in_participants": moved, "moved_out_participants": moved},
    }


def correct_counts(random: Random, tables: Tables) -> Tables:
    """The same months as known later: here and there, a commune has other people."""
    other: Tables = {table: [dict(row) for row in rows] for table, rows in tables.items()}
    for commune in other["kpi_by_commune"]:
        if random.random() < 0.3:
            more = random.randint(0, 5)
            commune["participants"] += more
            (district,) = (
                row
                for row in other["kpi_by_district"]
                if row["reporting_date"] == commune["reporting_date"]
            )
            district["participants"] += more
            # the flows of this month and the next are counted anew, too: as if not known yet
            after = commune["reporting_date"] + timedelta(days=31)
            for row in other["kpi_by_district"]:
                if commune["reporting_date"] <= row["reporting_date"] <= after:
                    row |= dict.fromkeys(PEOPLE["kpi_by_district"][1:])
    return other


@contextmanager
def as_database(tables: Tables) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables as a version has them, as far as counts go."""
    with duckdb.connect(":memory:") as con:
        for table, rows in tables.items():
            texts = [PLACES[table], "boundaries", "district_code", "commune_key"]
            columns = {
                "reporting_date": "DATE",
                **dict.fromkeys(texts, "VARCHAR"),
                **dict.fromkeys(PEOPLE[table], "BIGINT"),
            }
            listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            con.execute(f"create table {table} ({listed})")
            for row in rows:
                con.execute(
                    f"insert into {table} values ({', '.join('?' for _ in columns)})",
                    [row.get(name) for name in columns],
                )
        yield con


def as_let_out(tables: Tables, hidden: set[Fact]) -> Version:
    """What a reader outside sees of them."""
    cells: set[Any] = {tuple(fact.cell) for fact in hidden}
    seen: Tables = {}
    for table, rows in tables.items():
        seen[table] = []
        for row in rows:
            place = (table, row[PLACES[table]], row["reporting_date"])
            seen[table].append(
                {k: None if (*place, k) in cells else value for k, value in row.items()}
            )
    agents = [
        {
            "commune_key": commune,
            "association_code": "all" if _is_closed(tables, commune) else None,
        }
        for commune in {row["commune_key"] for row in tables["kpi_by_commune"]}
    ]
    return Version(seen, cells, agents)


def _is_closed(tables: Tables, commune: str) -> bool:
    """Whether nobody pays outside its associations, ever."""

    def people(table: str) -> int:
        return sum(row["participants"] for row in tables[table] if row["commune_key"] == commune)

    return people("kpi_by_commune") == people("kpi_by_association")


def facts_of(figures: Figures) -> dict[Any, int]:
    """Cell -> people, of those that stand in a table."""
    return {tuple(fact.cell): fact.people for fact in figures.facts if fact.is_written}
