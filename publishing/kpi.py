"""The KPI table for any reporting date, as known on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.data_folder import DataFolder
from publishing.as_of import compute, last_night
from publishing.store import read_store

BY = ("commune", "district", "officer", "agent", "system", "association")
"""What a KPI table can be asked by."""


@dataclass(frozen=True)
class KpiTable:
    """Rows of `kpi_by_<by>` for one reporting date: names of columns, and a dict per row in the
    table's own order."""

    by: str
    reporting_date: date
    known_on: date
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


def read_kpi(
    data: Path, on: date | None = None, known_on: date | None = None, by: str = "commune"
) -> KpiTable:
    """The table for the reporting date `on`, as known on `known_on`.

    Without `known_on`: the last night that ran. Without `on`: the day of `known_on`. What the
    published file holds is read there; anything else is computed by the same models from the
    private snapshot, without the warehouse's lock. Raises AsOfRefused for dates that cannot be
    answered, NothingPublished before the first night.
    """
    places = DataFolder(data)
    newest = last_night(places)
    wanted_known_on = known_on or newest
    wanted_on = on or wanted_known_on
    table = f"kpi_by_{by}"
    found = _published(places, table, wanted_on, wanted_known_on) or compute(
        places, table, wanted_on, wanted_known_on
    )
    columns, rows = found
    return KpiTable(
        by,
        wanted_on,
        wanted_known_on,
        tuple(columns),
        tuple(dict(zip(columns, row, strict=True)) for row in rows),
    )


def _published(
    places: DataFolder, table: str, on: date, known_on: date
) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """The rows as published; None where the published file does not hold that date under that
    knowledge."""
    with read_store(places.published, "publication") as con:
        found = con.execute(
            f"select * from {table} where reporting_date = ? and known_on = ? order by all",
            [on, known_on],
        )
        columns, rows = [column[0] for column in found.description], found.fetchall()
    return (columns, rows) if rows else None
