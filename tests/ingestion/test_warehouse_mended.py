"""A warehouse that is damaged, or of another version of the program, is set aside before a night;
one that another process holds is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core.errors import MachineFault, OfficeFault
from ingestion.warehouse.load import open_warehouse
from ingestion.warehouse.mending import mend_warehouse

TODAY = date(2019, 7, 12)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "baophu.duckdb"
    with open_warehouse(path) as con:
        con.execute("insert into ops.nights values ('2019-06-30')")
        con.execute(
            "insert into raw.submissions (arrival_id, sha256, night) select i, sha256(i::varchar), '2019-06-30' from range(20000) as t(i)"
        )
    return path


def change(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(sql)


def flip_in_a_block_of_data(path: Path) -> None:
    """So that the tables' names are read as ever, and only who reads the rows meets the damage."""
    whole = path.read_bytes()
    for place in range(50_000, len(whole), 100_000):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            with duckdb.connect(str(path), read_only=True) as con:
                con.execute("select max(hash(s)) from raw.submissions as s").fetchall()
        except duckdb.Error:
            if _names_are_read(path):
                return
    raise AssertionError("no block of data was found")


def _names_are_read(path: Path) -> bool:
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            con.execute("select max(version) from ops.schema_version").fetchall()
        return True
    except duckdb.Error:
        return False


def test_a_sound_one_stays(warehouse: Path) -> None:
    assert mend_warehouse(warehouse, TODAY) == []
    with open_warehouse(warehouse, read_only=True) as con:
        assert con.execute("select count(*) from raw.submissions").fetchall() == [(20000,)]
    assert mend_warehouse(warehouse.with_name("none.duckdb"), TODAY) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "is damaged"),
        (lambda path: path.write_bytes(b"not a store" * 1000), "is damaged"),
        (flip_in_a_block_of_data, "is damaged"),
        (lambda path: (path.unlink(), (path / "inside").mkdir(parents=True)), "is damaged"),
        (
            lambda path: change(path, "drop table ops.schema_version"),
            "was made by another version of the program",
        ),
        (
            lambda path: change(path, "update ops.schema_version set version = '0'"),
            "was made by another version of the program",
        ),
    ],
)
def test_an_unfit_one_is_set_aside_and_said(
    warehouse: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(warehouse)
    (sentence,) = mend_warehouse(warehouse, TODAY)
    assert sentence.startswith(f"the warehouse {said}: it is built anew from landing")
    assert not warehouse.exists()
    assert warehouse.with_name("set-aside.baophu.duckdb").exists()
    with open_warehouse(warehouse) as con:
        assert con.execute("select count(*) from raw.submissions").fetchall() == [(0,)]
    assert mend_warehouse(warehouse, TODAY) == []


def test_nothing_is_read_from_or_written_to_one_of_another_version(warehouse: Path) -> None:
    change(warehouse, "update ops.schema_version set version = '0'")
    before = warehouse.read_bytes()
    for read_only in (True, False):
        with (
            pytest.raises(OfficeFault, match="run `baophu night`"),
            open_warehouse(warehouse, read_only=read_only),
        ):
            pass
    assert warehouse.read_bytes() == before


def test_nights_that_have_not_come_are_forgotten(warehouse: Path) -> None:
    change(warehouse, "insert into ops.nights values ('2031-05-31'), ('2019-07-12')")
    assert mend_warehouse(warehouse, TODAY) == [
        "the warehouse knew the night of 2031-05-31, which has not come: it is forgotten"
    ]
    with open_warehouse(warehouse) as con:
        assert con.execute("select max(night) from ops.nights").fetchall() == [(TODAY,)]


def test_one_that_is_held_is_no_damage(warehouse: Path) -> None:
    hold = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(MachineFault, match="held by another process"):
            mend_warehouse(warehouse, TODAY)
        holder.kill()
    assert warehouse.exists()
