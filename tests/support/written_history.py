"""A generated history as the warehouse would hold it."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from core.data_folder import DataFolder
from publishing.as_of import KEPT_SCHEMAS
from tests.support.histories import (
    EMPTY_REPORTS,
    NOT_JUDGED,
    OFFICERS,
    OFFICIAL,
    REGISTER,
    TARGETS,
    Said,
    as_decisions,
    as_row,
    extra_night,
)


@cache
def _office(first_night: Path) -> bytes:
    """A snapshot with the first night's seeds and models and this office's reference, and no row:
    small, so that a history costs little."""
    with tempfile.TemporaryDirectory() as scratch:
        whole, small = Path(scratch) / "whole.duckdb", Path(scratch) / "small.duckdb"
        shutil.copyfile(DataFolder(first_night).as_of, whole)
        with duckdb.connect(str(whole)) as con:
            for kind in ("view", "table"):
                for schema, name in con.execute(
                    f"select schema_name, {kind}_name from duckdb_{kind}s() where not internal"
                ).fetchall():
                    if schema not in KEPT_SCHEMAS:
                        con.execute(f'drop {kind} "{schema}"."{name}"')
            _set_reference(con)
            con.execute(f"attach '{small}' as small")
            con.execute("copy from database whole to small")
        return small.read_bytes()


def _set_reference(con: duckdb.DuckDBPyConnection) -> None:
    (sha256,) = con.execute(
        "select arg_max(reference_sha256, received_at) from raw.ref_versions"
    ).fetchall()[0]
    for (table,) in con.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' and table_name like 'ref_%'"
    ).fetchall():
        con.execute(f"delete from raw.{table} where reference_sha256 <> ?", [sha256])
    con.execute(
        "update raw.ref_versions set received_at = '2017-05-31 02:00', night = '2017-05-31'"
    )
    for table in (
        "decisions",
        "ref_agents",
        "ref_officers",
        "ref_targets",
        "ref_official_counts",
        "sheet_rows",
        "submissions",
    ):
        con.execute(f"delete from raw.{table}")
    con.execute("delete from ops.reporting_dates")
    con.executemany(
        "insert into raw.ref_agents values (?, ?, ?, ?, 'Điểm thu', ?, ?, ?, ?, ?)",
        [
            (
                sha256,
                e.agent,
                e.agent,
                e.system,
                e.commune,
                e.village,
                e.association,
                e.begins,
                e.ends,
            )
            for e in REGISTER
        ],
    )
    con.executemany(
        "insert into raw.ref_officers values (?, ?, 'Cán bộ', ?, ?, ?)",
        [(sha256, *officer) for officer in OFFICERS],
    )
    con.executemany(
        "insert into raw.ref_targets values (?, ?, ?, ?, ?, ?, ?, 'QĐ')",
        [(sha256, *vars(target).values()) for target in TARGETS],
    )
    con.executemany(
        "insert into raw.ref_official_counts values (?, ?, ?, ?, ?, 'BHXH')",
        [(sha256, *count) for count in OFFICIAL],
    )
    extra = [
        (f"empty-{agent}-{month}", agent, month, True) for agent, month in sorted(EMPTY_REPORTS)
    ]
    extra += [
        (f"failed-{agent}-{month}", agent, month, False) for agent, month in sorted(NOT_JUDGED)
    ]
    con.executemany(
        """
        insert into raw.submissions (arrival_id, sha256, received_at, known_from, night, channel, form, agent_code, head_month, verdict, is_empty_report,
            rows_received, amount_received_vnd, rows_not_data, amount_not_data_vnd)
        select ?, ?, ?::date + interval 1 hour, ?::date + interval 14 hour, ?, 'folder', if(?, 'd05-ts/595', null), ?, if(?, ?::integer, null),
            if(?, 'accepted', 'not_judged'), ?, 0, 0, 0, 0
        """,
        [
            (name, name, night, night, night, is_empty, agent, is_empty, month, is_empty, is_empty)
            for name, agent, month, is_empty in extra
            for night in [extra_night(month)]
        ],
    )


def write_history(
    first_night: Path, root: Path, said: list[Said], last_known_on: date
) -> DataFolder:
    """A snapshot with the first night's seeds and models, this office's reference, and this history
    alone."""
    places = DataFolder(root)
    places.as_of.parent.mkdir(parents=True, exist_ok=True)
    places.as_of.write_bytes(_office(first_night))
    with duckdb.connect(str(places.as_of)) as con:
        con.execute("begin")
        con.execute("insert into ops.reporting_dates values (?, ?)", [last_known_on, last_known_on])
        rows = [as_row(number, s) for number, s in enumerate(said)]
        names = list(rows[0])
        marks = f"({', '.join('?' for _ in names)})"
        con.execute(
            f"insert into raw.sheet_rows ({', '.join(names)}) values {', '.join(marks for _ in rows)}",
            [row[name] for row in rows for name in names],
        )
        for decision in as_decisions(said):
            con.execute(
                "insert into raw.decisions (decision_id, decision, sha256, row_id, undoes, night, sequence) values (?, ?, ?, ?, ?, ?, ?)",
                decision,
            )
        con.execute(
            """
            insert into raw.submissions by name
            select sha256 as arrival_id, sha256, received_at, known_from, night, 'folder' as channel, form, agent_code, batch_number, head_month,
                if(fate = 'accepted', 'accepted', 'partial') as verdict, false as is_empty_report, 1 as rows_received,
                amount_vnd as amount_received_vnd, 0 as rows_not_data, 0 as amount_not_data_vnd
            from raw.sheet_rows
            """
        )
        con.execute("commit")
    return places
