"""Killed anywhere, the night comes through: run again it publishes what an undisturbed night
publishes, and readers see whole versions all along."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import takewhile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.command import ROOT
from tests.support.evening import NIGHT, STAGES, run_directly, state

pytestmark = pytest.mark.slow

POINTS = {
    "ingest": (
        "half landed",
        "bytes without a receipt",
        "landed but not listed",
        "landed but still in the inbox",
        "planned",
        "half judged",
        "judged",
        "in the transaction",
        "loaded",
    ),
    "build": ("dbt killed", "parent of dbt killed", "built but not recorded"),
    "publish": (
        "half a version",
        "version there but not current",
        "half the current file",
        "current without a snapshot",
    ),
}
"""Stage -> where it is killed, each a little further on."""


class Reader(threading.Thread):
    """Opens the published file again and again, as a BI tool would; remembers what it saw."""

    def __init__(self, published: Path) -> None:
        super().__init__(daemon=True)
        self.published, self.seen, self.trouble, self.is_done = (
            published,
            set[tuple[str, int]](),
            list[str](),
            threading.Event(),
        )

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


@pytest.mark.parametrize("stage", POINTS)
def test_killed_and_run_again(
    evening: Path, undisturbed: dict[str, Any], tmp_path: Path, stage: str
) -> None:
    """A stage is killed at every one of its points, one after the other, as if the power came and
    went; then the night is run again."""
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        old = con.execute("select version from publication").fetchall()[0][0]
    reader = Reader(data / "published" / "baophu.duckdb")
    reader.start()
    run_directly(data, NIGHT, takewhile(lambda before: before != stage, STAGES))
    for point in POINTS[stage]:
        words = [sys.executable, "-m", "tests.support.killed", point, str(data), NIGHT, stage]
        killed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        if point == "dbt killed":
            assert "MachineFault: dbt was killed by signal 9" in killed.stderr
        else:
            assert killed.returncode == -signal.SIGKILL, (point, killed.stderr)
    run_directly(data, NIGHT)
    reader.stop()
    assert state(data) == undisturbed
    assert reader.trouble == []
    assert {version for version, _ in reader.seen} <= {old, undisturbed["version"]}
    assert len(reader.seen) <= 2  # each version with one count of rows: whole
    assert not list((data / "published").rglob(".*"))
    assert not list((data / "warehouse").rglob(".*"))
