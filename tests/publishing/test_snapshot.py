"""The snapshot for other dates is a copy of the warehouse: of all that was committed, and without
letting a writer in before the end."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DataFolder
from publishing.as_of import compute, write_as_of
from publishing.build_results import Node
from publishing.errors import NothingPublished
from publishing.store import read_store, read_warehouse

KILLED_BEFORE_THE_CHECKPOINT = """
import os, sys, duckdb
con = duckdb.connect(sys.argv[1])
con.execute("create schema raw; create schema ops; create table raw.sheet_rows (n integer); checkpoint")
con.execute("insert into raw.sheet_rows values (1), (2)")
os._exit(0)
"""
WRITER = "import sys, duckdb; duckdb.connect(sys.argv[1])"


def _python(program: str, path: Path) -> int:
    return subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, check=False
    ).returncode


def test_what_a_killed_writer_committed_is_in_the_copy_and_no_writer_comes_in_meanwhile(
    tmp_path: Path,
) -> None:
    places = DataFolder(tmp_path)
    places.warehouse.parent.mkdir()
    assert _python(KILLED_BEFORE_THE_CHECKPOINT, places.warehouse) == 0
    log = places.warehouse.with_name("baophu.duckdb.wal")
    assert log.exists()
    model = Node("model.baophu.one", "success", 0.0, None, "select 1 as n", "marts", "", {}, ())
    with places.warehouse.open("rb") as warehouse, read_warehouse(places.warehouse) as con:
        write_as_of(warehouse, places, [model])
        assert con.execute("from raw.sheet_rows order by n").fetchall() == [(1,), (2,)]
        assert _python(WRITER, places.warehouse) != 0, "the copy took the reader's lock away"
    with read_store(places.as_of, "ops.compiled_models") as snapshot:
        assert snapshot.execute("select model, sql from ops.compiled_models").fetchall() == [
            ("one", "select 1 as n")
        ]
        assert snapshot.execute("from raw.sheet_rows order by n").fetchall() == [(1,), (2,)]
    assert {path.name for path in places.as_of.parent.iterdir()} == {
        "asof.duckdb",
        "baophu.duckdb",
        log.name,
    }
    with duckdb.connect(
        str(places.warehouse)
    ) as con:  # and it is free again, with nothing of ours in it
        assert con.execute(
            "select count(*) from duckdb_tables() where table_name = 'compiled_models'"
        ).fetchall() == [(0,)]


def test_a_snapshot_of_another_program_is_told(night_folder: Path) -> None:
    with duckdb.connect(str(DataFolder(night_folder).as_of)) as con:
        con.execute("delete from ops.compiled_models where model = 'int_renewals__awaited'")
    day = date(2019, 6, 30)
    with pytest.raises(NothingPublished, match="another version of the program"):
        compute(DataFolder(night_folder), "int_renewals__awaited", day, day)
