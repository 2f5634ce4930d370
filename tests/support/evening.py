"""What must not depend on what happened on the way to a published night."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.feedback import homecoming
from publishing import marts, release

NIGHT = "2017-07-31"


def take_in(folder: DataFolder, night: date) -> dict[str, int]:
    """A night's ingestion without Airflow: the same functions that its tasks call."""
    nightly.land(folder)
    for chunk in nightly.plan(folder, night):
        nightly.judge_chunk(folder, night, chunk)
    counts = nightly.load_night(folder, night)
    homecoming.note_owed(folder, night)
    return counts


STAGES: dict[str, Callable[[Path, str], object]] = {
    "ingest": lambda data, night: take_in(DataFolder(data), date.fromisoformat(night)),
    "build": lambda data, night: marts.build_marts(data),
    "publish": lambda data, night: release.publish(data),
}


def run_directly(data: Path, night: str, stages: Iterable[str] = tuple(STAGES)) -> None:
    """A whole night, or these stages of it, by the functions that the tasks call."""
    for stage in stages:
        STAGES[stage](data, night)


def state(data: Path) -> dict[str, Any]:
    """What must not depend on what happened on the way."""
    said: dict[str, Any] = {}
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        said["version"], said["hash"] = con.execute(
            "select version, content_hash from publication"
        ).fetchall()[0]
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        for table in ("raw.submissions", "raw.sheet_rows", "raw.ref_versions", "ops.findings"):
            said[table] = con.execute(f"select * from {table} order by all").fetchall()
    said["landed"] = sorted(
        p.relative_to(data).as_posix() for p in (data / "landing").rglob("[!.]*") if p.is_file()
    )
    said["inbox"] = [p for p in (data / "inbox").rglob("*") if p.is_file()]
    said["snapshot"] = (data / "warehouse" / "asof.duckdb").exists()
    return said
