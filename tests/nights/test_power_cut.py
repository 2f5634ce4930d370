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
from tests.nights.evening import NIGHT, state

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
