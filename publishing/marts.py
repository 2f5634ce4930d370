"""Build and test the marts: one `dbt build` in a process of its own, because dbt keeps DuckDB's
lock as long as its process lives."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from core.data_folder import DBT_PROJECT, DataFolder
from core.errors import MachineFault, is_machine_trouble, machine_faults
from core.whole_files import write_whole
from publishing.build_results import Node, read_results
from publishing.errors import FoundRow, NothingPublished, PublishBlocked

PARSED = "partial_parse.msgpack"
"""dbt's memory of the parsed project."""
MOST_ROWS_FOUND = 1000
"""Of a failed test: as many are looked at; a fault of a sender is in fewer."""


@dataclass(frozen=True)
class BuildResult:
    """One build: the last night it knows, and every node."""

    known_on: date
    nodes: tuple[Node, ...]

    def counts(self) -> dict[str, int]:
        """Nodes by kind, such as {'model': 40, 'test': 126}."""
        return dict(Counter(node.kind for node in self.nodes))


def build_marts(data: Path, project: Path = DBT_PROJECT, until: date = date.max) -> BuildResult:
    """Ask for all month ends and the last night (none after `until` counts) under current
    knowledge, and run dbt.

    Raises PublishBlocked when a test fails, MachineFault for locks and space, NothingPublished when
    no night was loaded, and RuntimeError, with the log's path, when dbt itself fails: that is a bug
    of ours.
    """
    places = DataFolder(data)
    known_on = ask_for_dates(places, until)
    with machine_faults("write dbt's files"):
        places.dbt.mkdir(parents=True, exist_ok=True)
        places.build_results.unlink(missing_ok=True)
    code, log = run_dbt(places, project)
    if code < 0:
        raise MachineFault(
            f"dbt was killed by signal {-code} (memory, a restart or a person); nothing was published, the marts are built again next time"
        )
    nodes = _read_results(places, log)
    _record(places, known_on, nodes)
    failed_tests = [
        node for node in nodes if node.kind == "test" and node.status not in ("pass", "skipped")
    ]
    broken = [node.unique_id for node in nodes if node.kind != "test" and node.status == "error"]
    if broken:
        if is_machine_trouble(log.read_text(encoding="utf-8")):
            raise MachineFault(
                "cannot build the marts: no space, no permission or a lock held by another process"
            )
        raise RuntimeError(f"dbt could not build {', '.join(broken)}; see {log}")
    if failed_tests:
        raise PublishBlocked(
            [test.name for test in failed_tests], _rows_found(places, failed_tests), known_on
        )
    return BuildResult(known_on, nodes)


def ask_for_dates(places: DataFolder, until: date = date.max) -> date:
    """Write `ops.reporting_dates`: the month ends from the opening roster's month to the last night
    that ran, and that night. Returns the night.

    A night after `until` is nobody's: it stands there only by a clock that was wrong."""
    if not places.warehouse.exists():
        raise NothingPublished("no night has run on this data folder yet: run `baophu night` first")
    with machine_faults("write the warehouse"), duckdb.connect(str(places.warehouse)) as con:
        known_on = con.execute(
            "select max(night) from ops.nights where night <= ?", [until]
        ).fetchall()[0][0]
        if known_on is None:
            raise NothingPublished(
                "no night has run on this data folder yet: run `baophu night` first"
            )
        con.execute(
            """
            create or replace table ops.reporting_dates as
            with opening as (
                select coalesce(min(night) filter (where form = 'roster/1'), min(night), $known_on) as night
                from raw.submissions where night <= $known_on
            ),
            month_ends as (
                select cast(last_day(starts.month_start) as date) as reporting_date
                from opening, range(date_trunc('month', opening.night)::timestamp, ($known_on + 1)::timestamp, interval 1 month) as starts(month_start)
            )
            select reporting_date, $known_on::date as known_on from month_ends where reporting_date <= $known_on
            union
            select $known_on::date, $known_on::date
            order by reporting_date
            """,
            {"known_on": known_on},
        )
        assert isinstance(known_on, date)
        return known_on


def run_dbt(places: DataFolder, project: Path) -> tuple[int, Path]:
    """Run `dbt build` on the warehouse; returns its exit code (negative: the signal that killed it)
    and its log.

    What came of each node stands in `places.build_results`.
    """
    command = [
        sys.executable,
        "-m",
        "publishing.build_process",
        str(os.getpid()),
        str(places.build_results),
    ]
    command += ["build", "--project-dir", str(project), "--profiles-dir", str(project)]
    command += [
        "--target-path",
        str(places.dbt / "target"),
        # what dbt prints is our log: its own, of every step, takes time and is read by nobody;
        # without a path it would still make a folder in the project
        "--log-path",
        str(places.dbt),
        "--log-level-file",
        "none",
        "--no-use-colors",
        "--exclude-resource-type",
        "unit_test",
        # seeds that the rule book reads, and no model
        "--exclude",
        "tag:law_of_rules",
    ]
    quiet = {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "BAOPHU_WAREHOUSE": f"../{places.warehouse.name}",
    }
    _bring_parsed(project, places)
    log = places.dbt / "build.log"
    with machine_faults("write dbt's files"), log.open("w", encoding="utf-8") as out:
        # in dbt's own folder, so that no module of ours is taken for a plugin of dbt
        ended = subprocess.run(
            command,
            cwd=places.dbt,
            env={**os.environ, **quiet},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    _keep_parsed(project, places)
    return ended.returncode, log


def _bring_parsed(project: Path, places: DataFolder) -> None:
    """What dbt parsed for another data folder serves here too: it looks at every file's hash
    itself, and parses only what has changed.

    That is why the warehouse's path in the profile is relative: the profile counts too.
    """
    kept, own = project / "target" / PARSED, places.dbt / "target" / PARSED
    if kept.exists() and not own.exists():
        write_whole(own, kept.read_bytes(), "write dbt's files", is_lasting=False)


def _keep_parsed(project: Path, places: DataFolder) -> None:
    kept, own = project / "target" / PARSED, places.dbt / "target" / PARSED
    if own.exists() and (not kept.exists() or kept.stat().st_mtime < own.stat().st_mtime):
        # a project that cannot be written is parsed once for each data folder
        with contextlib.suppress(OSError, MachineFault):
            write_whole(kept, own.read_bytes(), "keep what dbt has parsed", is_lasting=False)


def _read_results(places: DataFolder, log: Path) -> tuple[Node, ...]:
    if not places.build_results.exists():
        if is_machine_trouble(log.read_text(encoding="utf-8")):
            raise MachineFault(
                "cannot build the marts: no space, no permission or a lock held by another process"
            )
        raise RuntimeError(f"dbt ended before it built anything; see {log}")
    return read_results(places.build_results)


def _rows_found(places: DataFolder, failed_tests: Sequence[Node]) -> list[FoundRow]:
    """The files and rows of senders that the failed tests are about: whatever names one in the rows
    that a test found (a row's address, a file's hash or the beginning of it, an arrival), and of a
    file so named the rows in force that could not be placed."""
    with (
        machine_faults("read the warehouse"),
        duckdb.connect(str(places.warehouse), read_only=True) as con,
    ):
        names: set[str] = set()
        for test in failed_tests:
            if test.status != "fail":
                continue
            for line in con.execute(
                f"select * from ({test.sql}) limit {MOST_ROWS_FOUND}"
            ).fetchall():
                names |= {value for value in line if isinstance(value, str)}
        con.execute(
            "create temp table names as select unnest(?::varchar[]) as name", [sorted(names)]
        )
        rows = con.execute(
            "select sha256, sheet_index + 1, row_number from raw.sheet_rows where row_id in (select name from names)"
        ).fetchall()
        files = con.execute(
            """
            select distinct sha256 from raw.submissions
            where verdict <> 'duplicate' and (
                sha256 in (select name from names) or substring(sha256, 1, 12) in (select name from names)
                or arrival_id in (select name from names)
            )
            """
        ).fetchall()
        found = [FoundRow(*row) for row in rows]
        for sha256 in {sha256 for (sha256,) in files} - {row[0] for row in rows}:
            found += [FoundRow(sha256, *row) for row in _not_placed(con, sha256)] or [
                FoundRow(sha256)
            ]
    return found


def _not_placed(con: duckdb.DuckDBPyConnection, sha256: str) -> list[tuple[int, int]]:
    """(sheet, row) of a file's rows of people that are in force and stand in no place, as far as
    the build has come."""
    built = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'intermediate' and table_name in ('int_rows__fates', 'int_rows__placed')"
    ).fetchall()
    if built != [(2,)]:
        return []
    found: list[tuple[int, int]] = con.execute(
        f"""
        select fates.sheet_index + 1, fates.row_number
        from intermediate.int_rows__fates as fates
        left join intermediate.int_rows__placed as placed using (row_id)
        where fates.sha256 = ? and fates.fate = 'accepted' and fates.section is not null and placed.commune_key is null
        order by all limit {MOST_ROWS_FOUND}
        """,
        [sha256],
    ).fetchall()
    return found


def _record(places: DataFolder, known_on: date, nodes: tuple[Node, ...]) -> None:
    with machine_faults("write the warehouse"), duckdb.connect(str(places.warehouse)) as con:
        con.execute(
            "create table if not exists ops.model_results "
            "(night DATE, unique_id VARCHAR, resource_type VARCHAR, status VARCHAR, seconds DOUBLE, failures INTEGER)"
        )
        con.execute("begin")
        con.execute("delete from ops.model_results where night = ?", [known_on])
        rows = [[known_on, n.unique_id, n.kind, n.status, n.seconds, n.failures] for n in nodes]
        con.executemany("insert into ops.model_results values (?, ?, ?, ?, ?, ?)", rows)
        con.execute("commit")
