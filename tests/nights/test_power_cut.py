"""Killed anywhere, the night comes through: run again it publishes what an undisturbed night publishes, and readers see whole versions all along."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import ROOT, baophu

pytestmark = pytest.mark.slow

POINTS = (
    "before landing",
    "half landed",
    "bytes without a receipt",
    "landed but still in the inbox",
    "landed",
    "planned",
    "half judged",
    "judged",
    "in the transaction",
    "loaded",
    "dates asked",
    "dbt killed",
    "parent of dbt killed",
    "built but not recorded",
    "built",
    "half a version",
    "version there but not current",
    "half the current file",
    "current without a snapshot",
    "published",
)
NIGHT = "2017-07-31"


class Reader(threading.Thread):
    """Opens the published file again and again, as a BI tool would; remembers what it saw."""

    def __init__(self, published: Path) -> None:
        super().__init__(daemon=True)
        self.published, self.seen, self.trouble, self.is_done = published, set[tuple[str, int]](), list[str](), threading.Event()

    def run(self) -> None:
        while not self.is_done.is_set():
            try:
                with duckdb.connect(str(self.published), read_only=True) as con:
                    (version,) = con.execute("select version from publication").fetchall()[0]
                    (rows,) = con.execute("select count(*) from kpi_by_commune").fetchall()[0]
                self.seen.add((version, rows))
            except Exception as exc:  # noqa: BLE001 - whatever a reader meets is what the test is about
                self.trouble.append(repr(exc))
            time.sleep(0.02)

    def stop(self) -> None:
        self.is_done.set()
        self.join()


def state(data: Path) -> dict[str, Any]:
    """What must not depend on what happened on the way."""
    said: dict[str, Any] = {}
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        said["version"], said["hash"] = con.execute("select version, content_hash from publication").fetchall()[0]
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        for table in ("raw.submissions", "raw.sheet_rows", "raw.ref_versions", "ops.findings"):
            said[table] = con.execute(f"select * from {table} order by all").fetchall()
    said["landed"] = sorted(p.relative_to(data).as_posix() for p in (data / "landing").rglob("[!.]*") if p.is_file())
    said["inbox"] = [p for p in (data / "inbox").rglob("*") if p.is_file()]
    said["snapshot"] = (data / "warehouse" / "asof.duckdb").exists()
    return said


@pytest.fixture(scope="session")
def evening(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one night is published and the next one's sheets lie in the inbox."""
    data = tmp_path_factory.mktemp("evening")
    for month in ("2017-05", "2017-06"):
        shutil.copytree(sample / "inbox" / month, data / "inbox" / month)
    assert baophu("night", "--date", "2017-06-30", data=data).code in (0, 1)
    shutil.copytree(sample / "inbox" / "2017-07", data / "inbox" / "2017-07")
    return data


@pytest.fixture(scope="session")
def undisturbed(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    data = Path(shutil.copytree(evening, tmp_path_factory.mktemp("undisturbed") / "data"))
    assert baophu("night", "--date", NIGHT, data=data).code in (0, 1)
    return state(data)


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(evening: Path, undisturbed: dict[str, Any], tmp_path: Path, point: str) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        old = con.execute("select version from publication").fetchall()[0][0]
    reader = Reader(data / "published" / "baophu.duckdb")
    reader.start()
    words = [sys.executable, "-m", "tests.nights.killed", point, "night", "--data", str(data), "--date", NIGHT]
    environment = {name: value for name, value in os.environ.items() if name != "BAOPHU_DATA"}
    killed = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if point == "dbt killed":
        assert (killed.returncode, killed.stderr.count("\n")) == (2, 1), killed.stderr
        assert "dbt was killed by signal 9" in killed.stderr
    else:
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = baophu("night", "--date", NIGHT, data=data)
    reader.stop()
    assert again.code in (0, 1), again.err
    assert state(data) == undisturbed
    assert reader.trouble == []
    assert {version for version, _ in reader.seen} <= {old, undisturbed["version"]}
    assert len(reader.seen) <= 2  # each version with one count of rows: whole
    assert not list((data / "published").rglob(".*"))
    assert not list((data / "warehouse").rglob(".*"))
