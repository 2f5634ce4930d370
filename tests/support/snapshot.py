"""The models' own compiled SQL over rows that a test writes, without a dbt run each."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from publishing.as_of import compute
from publishing.content_hash import Table, content_hash

MARTS = (
    *(
        f"dim_{thing}"
        for thing in (
            "agent",
            "association",
            "commune",
            "date",
            "month",
            "officer",
            "officer_person",
            "rule",
        )
    ),
    *(
        f"fct_{thing}"
        for thing in (
            "cohorts",
            "control_totals",
            "participation_by_commune_month",
            "rejections",
            "renewals",
            "submissions",
            "targets",
        )
    ),
    *(
        f"kpi_by_{grain}"
        for grain in ("agent", "association", "commune", "district", "officer", "system")
    ),
    "kpi_definition",
)
"""What is promised to be published, but `publication`."""


def with_rows(first_night: Path, root: Path, rows: Sequence[dict[str, Any]]) -> DataFolder:
    """A copy of the first night's snapshot (its reference, its seeds, its models) that holds these
    rows of `raw.sheet_rows` and no other."""
    places = DataFolder(root)
    places.as_of.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DataFolder(first_night).as_of, places.as_of)
    with duckdb.connect(str(places.as_of)) as con:
        # one person of the opening roster stays, so that the opening is known, covered in its month
        # alone
        con.execute("delete from raw.sheet_rows where form <> 'roster/1'")
        con.execute(
            "delete from raw.sheet_rows where bhxh_number is null or bhxh_number <> (select min(bhxh_number) from raw.sheet_rows)"
        )
        con.execute("update raw.sheet_rows set from_month = 2017 * 12 + 5, months = 1")
        if rows:
            names = list(rows[0])
            marks = ", ".join("?" for _ in names)
            con.executemany(
                f"insert into raw.sheet_rows ({', '.join(names)}) values ({marks})",
                [[row[n] for n in names] for row in rows],
            )
    return places


def with_models(first_night: Path, warehouse: Path, known_on: date) -> DataFolder:
    """A snapshot of a warehouse that dbt has never seen, with the first night's seeds and
    models."""
    places = DataFolder(warehouse.parent.parent)
    shutil.copyfile(warehouse, places.as_of)
    with duckdb.connect(str(places.as_of)) as con:
        con.execute(f"attach '{DataFolder(first_night).as_of}' as made (read_only)")
        con.execute("create schema seeds")
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where database_name = 'made' and schema_name = 'seeds'"
        ).fetchall():
            con.execute(f"create table seeds.{name} as from made.seeds.{name}")
        con.execute("create table ops.compiled_models as from made.ops.compiled_models")
        con.execute("insert into ops.reporting_dates values (?, ?)", [known_on, known_on])
    return places


def hash_of_marts(places: DataFolder, known_on: date) -> str:
    """The content hash that these marts would be published under, for one reporting date."""
    return content_hash({name: Table(*compute(places, name, known_on, known_on)) for name in MARTS})
