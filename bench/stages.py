"""The contestants that are ours: the night by the functions that the DAGs' tasks call, stage by
stage, and what a night came to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bench.stopwatch import Counted, Stopwatch

STAGES = ("start", "land", "plan", "judge", "load", "build_marts", "publish")


def staged_night(data: Path, night: date, watch: Stopwatch) -> Counted:
    """One night in this process (dbt in its own, as always)."""
    from core.data_folder import DataFolder
    from ingestion import nightly
    from publishing.marts import build_marts
    from publishing.release import publish

    folder = DataFolder(data)
    watch.ended("start")
    nightly.land(folder)
    watch.ended("land")
    chunks = nightly.plan(folder, night)
    watch.ended("plan")
    for chunk in chunks:
        nightly.judge_chunk(folder, night, chunk)
    watch.ended("judge")
    nightly.load_night(folder, night)
    watch.ended("load")
    build_marts(data)
    watch.ended("build_marts")
    publish(data)
    watch.ended("publish")
    return published(data, night)


def published(data: Path, night: date) -> Counted:
    """What a finished night says: its accepted I.1 rows of D05-TS and their đồng, and the people
    whom it publishes as participants."""
    import duckdb

    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        rows, total = con.execute(
            "select count(*), sum(amount_vnd) from raw.sheet_rows "
            "where sha256 in (select sha256 from ops.stage_outcomes where night = ?) "
            "and form like 'd05-ts/%' and section = 'I.1' and fate = 'accepted'",
            [night],
        ).fetchall()[0]
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        participants = con.execute(
            "select sum(participants) from kpi_by_district where reporting_date = ?", [night]
        ).fetchall()[0][0]
    return Counted(rows=int(rows), total_vnd=int(total), participants=int(participants))
