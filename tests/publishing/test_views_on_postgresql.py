"""The views say the same on PostgreSQL, from the same SQL."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from psycopg2.extras import execute_values

from baophu.postgres import USER, Cluster, find_programs, privileges
from core.data_folder import DataFolder
from publishing.views import view_statements, views

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    programs = find_programs()
    assert programs is not None
    home = Path(tempfile.mkdtemp(prefix="baophu-views-"))
    home.chmod(0o755)  # PostgreSQL does not run as root
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Cluster(home / "postgres", programs, port, "made-for-a-test")
    made.create()
    with (home / "log").open("w") as log, subprocess.Popen(made.command(), stdout=log, stderr=log, cwd="/", **privileges()) as server:
        try:
            made.wait()
            yield made
        finally:
            server.terminate()
            server.wait(30)
            shutil.rmtree(home)


def rows(found: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr([float(v) if isinstance(v, Decimal) else v for v in row]) for row in found)


def test_the_same_rows(first_night: Path, cluster: Cluster) -> None:
    with (
        duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con,
        psycopg2.connect(host="127.0.0.1", port=cluster.port, user=USER, password=cluster.password, dbname="postgres") as served,
        served.cursor() as cursor,
    ):
        described: dict[str, dict[str, str]] = {}
        for (table,) in con.execute("select table_name from duckdb_tables() order by 1").fetchall():
            columns = con.execute("select column_name, data_type, comment from duckdb_columns() where table_name = ?", [table]).fetchall()
            described[table] = {name: comment for name, _, comment in columns}
            kinds = ", ".join(f"{name} {kind.replace('DOUBLE', 'double precision')}" for name, kind, _ in columns)
            cursor.execute(f"create table {table} ({kinds})")
            execute_values(cursor, f"insert into {table} values %s", con.execute(f"from {table}").fetchall())
        for statement in view_statements(described):
            cursor.execute(statement)
        for view in views(described):
            cursor.execute(f"select * from {view.name}")
            assert cursor.description is not None
            assert [column.name for column in cursor.description] == list(view.columns), view.name
            assert rows(cursor.fetchall()) == rows(con.execute(f"from {view.name}").fetchall()), view.name
        cursor.execute("select col_description('v_chi_tieu_xa'::regclass, 4)")
        assert cursor.fetchall() == [("Số người tham gia BHXH tự nguyện · Participants in voluntary social insurance",)]
