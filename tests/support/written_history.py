"""A generated history as the warehouse would hold it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from core.data_folder import DataFolder
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


def write_history(first_night: Path, root: Path, said: list[Said], last_known_on: date) -> DataFolder:
    """A snapshot with the first night's seeds and models, this office's reference, and this history alone."""
    places = DataFolder(root)
    places.as_of.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DataFolder(first_night).as_of, places.as_of)
    with duckdb.connect(str(places.as_of)) as con:
        con.execute("begin")
        (sha256,) = con.execute("select arg_max(reference_sha256, received_at) from raw.ref_versions").fetchall()[0]
        for (table,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' and table_name like 'ref_%'"
        ).fetchall():
            con.execute(f"delete from raw.{table} where reference_sha256 <> ?", [sha256])
        con.execute("update raw.ref_versions set received_at = '2017-05-31 02:00', night = '2017-05-31'")
        con.execute("delete from raw.decisions")
        for table in ("ref_agents", "ref_officers", "ref_targets", "ref_official_counts", "sheet_rows", "submissions"):
            con.execute(f"delete from raw.{table}")
        con.execute("delete from ops.reporting_dates")
        con.execute("insert into ops.reporting_dates values (?, ?)", [last_known_on, last_known_on])
        con.executemany(
            "insert into raw.ref_agents values (?, ?, ?, ?, 'Điểm thu', ?, ?, ?, ?, ?)",
            [(sha256, e.agent, e.agent, e.system, e.commune, e.village, e.association, e.begins, e.ends) for e in REGISTER],
        )
        con.executemany("insert into raw.ref_officers values (?, ?, 'Cán bộ', ?, ?, ?)", [(sha256, *officer) for officer in OFFICERS])
        con.executemany(
            "insert into raw.ref_targets values (?, ?, ?, ?, ?, ?, ?, 'QĐ')", [(sha256, *vars(target).values()) for target in TARGETS]
        )
        con.executemany("insert into raw.ref_official_counts values (?, ?, ?, ?, ?, 'BHXH')", [(sha256, *count) for count in OFFICIAL])
        rows = [as_row(number, s) for number, s in enumerate(said)]
        names = list(rows[0])
        con.executemany(
            f"insert into raw.sheet_rows ({', '.join(names)}) values ({', '.join('?' for _ in names)})",
            [[row[name] for name in names] for row in rows],
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
        extra = [(f"empty-{agent}-{month}", agent, month, True) for agent, month in sorted(EMPTY_REPORTS)]
        extra += [(f"failed-{agent}-{month}", agent, month, False) for agent, month in sorted(NOT_JUDGED)]
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
        con.execute("commit")
    return places
