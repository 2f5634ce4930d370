"""Where a trace reads: the models as they stand for a day, under a known-on. And what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from core.data_folder import DataFolder
from core.errors import OfficeFault
from publishing.as_of import built, last_night
from publishing.store import read_store, read_warehouse
from publishing.trace.people import Day

MODELS = (
    "int_rows__placed",
    "int_rows__fates",
    "int_rows__decisions",
    "int_payments__bounded",
    "int_people__left",
    "int_person_months__changed",
    "int_places__numbered",
    "int_communes__on_reporting_dates",
    "int_communes__measured",
    "int_communes__carried_values",
    "int_calendar__reporting_dates",
    "int_agents__expected",
    "int_agents__measured",
    "int_agents__register",
    "int_reference__newest",
    "int_reference__officers",
    "int_targets__on_reporting_dates",
    "stg_intake__submissions",
    "stg_reference__villages",
    "int_communes__epochs",
    "int_rows__resolved",
    "stg_ops__findings",
    "kpi_definition",
)


class TraceRefused(OfficeFault):
    """A figure was asked for that no KPI table holds, or a file that nobody has sent."""


@dataclass(frozen=True)
class Line:
    """What a figure rests on: a row of a sheet, a report of an agent, or a line of the office's
    own workbook (`sheet` names it, `row` is None). `counts`: what it adds, in people, đồng or
    agents. A file is named by the first 12 characters of its hash. Nothing of a participant."""

    counts: int
    file: str | None
    sheet: str | None = None
    row: int | None = None
    section: str | None = None
    agent_code: str | None = None
    commune_code: str | None = None
    night: date | None = None
    fate: str | None = None
    decision: str | None = None
    key: str | None = None
    row_id: str | None = None
    """Address in the private warehouse: the file's whole hash, the sheet's place, the row."""


@dataclass(frozen=True)
class Part:
    """Another figure of the same holder that this one is worked out from."""

    kpi: str
    value: float | int | None


@dataclass(frozen=True)
class Trace:
    """A figure and what it rests on: `lines` that add up to `value`, or `parts` with the formula
    of the dictionary. `value` None: not known, and nothing is behind it."""

    kpi: str
    name_vi: str
    name_en: str
    formula_vi: str
    unit: str
    on: date
    known_on: date
    holder: str
    code: str
    value: float | int | None
    lines: tuple[Line, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Asked:
    """A figure that is asked for: of a table, for a holder by its kind and code."""

    table: str
    kpi: str
    on: date
    known_on: date
    holder: str
    code: str


def answer(
    con: duckdb.DuckDBPyConnection,
    asked: Asked,
    value: float | int | None,
    lines: tuple[Line, ...] | None,
    parts: tuple[Part, ...] = (),
) -> Trace:
    """The trace of a figure. `lines`: None where it is worked out from parts, or not known.

    Raises RuntimeError where the lines do not add up to it.
    """
    if lines is not None and (added := sum(line.counts for line in lines)) != value:
        raise RuntimeError(
            f"the lines behind {asked.kpi} of {asked.holder} {asked.code} on {asked.on} add up to "
            f"{added}, and {asked.table} holds {value}"
        )
    # a figure that means something else in one table has a definition of its own there
    name_vi, name_en, formula_vi, unit = con.execute(
        """
        select name_vi, name_en, formula_vi, unit from marts.kpi_definition
        where code in ($1, $2) order by code = $2 desc
        """,
        [asked.kpi, f"{asked.table}.{asked.kpi}"],
    ).fetchall()[0]
    return Trace(
        asked.kpi,
        name_vi,
        name_en,
        formula_vi,
        unit,
        asked.on,
        asked.known_on,
        asked.holder,
        asked.code,
        value,
        lines or (),
        parts,
    )


@contextmanager
def standing(
    places: DataFolder, tables: Sequence[str], on: date | None, known_on: date | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Day, date]]:
    """A connection in which the models stand for the day, the day, and the known-on. What the last
    night has built is read as it stands; anything else is computed."""
    newest = last_night(places)
    known = known_on or newest
    day = Day(on or known)
    with read_store(places.as_of, "ops.compiled_models") as con:
        stands = (
            known == newest
            and con.execute(
                """
            select 1 from ops.reporting_dates
            where reporting_date = ?
                and exists (select 1 from duckdb_tables() where table_name = ?)
            """,
                [day.on, tables[0]],
            ).fetchall()
        )
    if stands:
        # by the warehouse's own name, which the views in it use
        with read_warehouse(places.as_of, places.warehouse.stem) as con:
            name_parts(con, day)
            yield con, day, known
    else:
        with built(places, [*MODELS, *tables], [day.on], known) as con:
            name_parts(con, day)
            yield con, day, known


def name_parts(con: duckdb.DuckDBPyConnection, day: Day) -> None:
    """The names that the sets of people use."""
    for name, sql in {
        "payments": "from intermediate.int_payments__bounded where until_month > from_month",
        "changes": "from intermediate.int_person_months__changed",
        "people_left": "from intermediate.int_people__left",
        "communes_on_day": f"""
            select commune_key, then_commune_key
            from intermediate.int_communes__on_reporting_dates
            where reporting_date = date '{day.on}'
        """,
        "places_on_day": """
            select places.place_number, places.agent_code, communes.then_commune_key as commune_key
            from intermediate.int_places__numbered as places
            inner join communes_on_day as communes using (commune_key)
        """,
        "register": "from intermediate.int_agents__register",
        "last_day": "select max(reporting_date) as day from intermediate.int_calendar__reporting_dates",
    }.items():
        con.execute(f"create or replace temp view {name} as {sql}")
