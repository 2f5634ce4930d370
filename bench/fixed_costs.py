"""What a night costs before its first row: imports, dbt's start and parsing, Great Expectations'
start, and the scheduler's hops between tasks."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.program import ROOT
from core.data_folder import DataFolder

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Hops:
    """One night under the scheduler, in seconds: from the trigger to the end of the last task, and
    how long at least one task was running."""

    tasks: int
    total: float
    running: float


def fixed_costs(scratch: Path, times: int, progress: Progress) -> dict[str, float]:
    """What -> median seconds of a process of its own, in turns."""
    target = scratch / "target"
    dbt = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "parse",
        "--project-dir",
        str(ROOT / "dbt_project"),
        "--profiles-dir",
        str(ROOT / "dbt_project"),
    ]
    dbt += ["--target-path", str(target), "--log-path", str(scratch)]
    parse = {
        "BAOPHU_WAREHOUSE": str(scratch / "none.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    airflow = (
        "import os; from pathlib import Path; from core.data_folder import DataFolder; from baophu.airflow_night import configure_airflow; "
        "configure_airflow(DataFolder(Path(os.environ['BAOPHU_DATA']))); from airflow.dag_processing.dagbag import DagBag"
    )
    judging = "import pandas as pd; from ingestion.rules.rulebook import run_suite; run_suite('reference_cells', pd.DataFrame({'problem': ['missing']}, dtype='string'))"
    commands: dict[str, tuple[list[str], Mapping[str, str]]] = {
        "Python itself": ([sys.executable, "-c", ""], {}),
        "import of the pipeline (`ingestion.nightly`)": (
            [sys.executable, "-c", "import ingestion.nightly"],
            {},
        ),
        "import of Great Expectations": (
            [sys.executable, "-c", "import great_expectations"],
            {"GX_ANALYTICS_ENABLED": "false"},
        ),
        "import of Great Expectations, and one suite over one row": (
            [sys.executable, "-c", judging],
            {"GX_ANALYTICS_ENABLED": "false"},
        ),
        "import of Airflow": ([sys.executable, "-c", airflow], {"BAOPHU_DATA": str(scratch)}),
        "import of dbt": ([sys.executable, "-c", "import dbt.cli.main"], {}),
        "dbt parses the project, nothing remembered": ([*dbt, "--no-partial-parse"], parse),
        "dbt parses the project, remembered": (dbt, parse),
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(times):
        progress(f"fixed costs: run {turn + 1} of {times}")
        for name, (words, settings) in commands.items():
            started = time.perf_counter()
            subprocess.run(
                words,
                cwd=ROOT if "-c" in words else scratch,
                env={**os.environ, **settings},
                check=True,
                capture_output=True,
            )
            found[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def scheduler_hops(data: Path, night: str, progress: Progress) -> Hops:
    """The night of a data folder under `make up`'s own components, started and ended for it. Raises
    RuntimeError when a task fails."""
    import psycopg2

    from baophu import server

    folder = DataFolder(data)
    os.environ["BAOPHU_FIRST_NIGHT"] = (
        "2101-01-01"  # the clock starts no night of its own meanwhile
    )
    try:
        server.up(folder, progress)
        environment = server.command_environment(folder)
        words = [
            sys.executable,
            "-m",
            "airflow",
            "dags",
            "trigger",
            "ingest",
            "--conf",
            f'{{"night": "{night}"}}',
        ]
        subprocess.run(words, env=environment, check=True, capture_output=True)
        address = environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
        while True:
            time.sleep(1)
            with psycopg2.connect(address) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "select dag_id, state, start_date, end_date from task_instance where start_date is not null order by start_date"
                )
                tasks = cursor.fetchall()
                cursor.execute("select min(queued_at) from dag_run")
                queued = cursor.fetchall()[0][0]
            if any(state == "failed" for _, state, _, _ in tasks):
                raise RuntimeError(
                    f"a task failed under the scheduler; see {folder.server_home / 'logs'}"
                )
            if any(dag == "publish_kpis" and state == "success" for dag, state, _, _ in tasks):
                break
    finally:
        server.down(folder, progress)
    spans = [(start, end) for _, _, start, end in tasks if end is not None]
    return Hops(
        len(spans), (max(end for _, end in spans) - queued).total_seconds(), _covered(spans)
    )


def _covered(spans: list[tuple[datetime, datetime]]) -> float:
    """Seconds in which at least one span runs."""
    seconds, until = 0.0, None
    for start, end in sorted(spans):
        since = start if until is None else max(start, until)
        if end > since:
            seconds += (end - since).total_seconds()
            until = end
    return seconds


def lines_of(costs: Mapping[str, float], hops: Hops | None) -> list[str]:
    """The section of the report."""
    lines = [
        "## Fixed costs",
        "",
        "What a night pays before its first row, whatever its size; each a process of its own, median.",
        "",
    ]
    lines += [
        "| What | Seconds |",
        "|---|--:|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in costs.items()),
        "",
    ]
    if hops:
        lines += [
            f"Under the scheduler, on PostgreSQL, the district's night of {hops.tasks} tasks took {hops.total:.1f} s from its trigger to the published"
            f" version, once: {hops.running:.1f} s in which a task ran (each in a process of its own), {hops.total - hops.running:.1f} s between tasks.",
            "",
        ]
    return lines
