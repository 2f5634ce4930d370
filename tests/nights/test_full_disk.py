"""The disk runs full on the way: one clear line, the published file as it was, and space alone
mends it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import ROOT
from tests.support.evening import NIGHT, run_directly, state

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to mount a small disk"),
]

POINTS = ("half landed", "judged", "dates asked", "version there but not current")


def test_a_disk_that_runs_full_is_said_and_mended_by_space(
    evening: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """One night whose disk runs full again and again, each time a little further on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    ).returncode:
        pytest.skip("this machine does not let a test mount a disk")
    try:
        data, ballast = Path(shutil.copytree(evening, disk / "data")), disk / "ballast"
        published = data / "published" / "baophu.duckdb"
        before = hashlib.sha256(published.read_bytes()).hexdigest()
        for point in POINTS:
            words = [
                sys.executable,
                "-m",
                "tests.support.killed",
                point,
                "night",
                "--data",
                str(data),
                "--date",
                NIGHT,
            ]
            environment = {
                name: value for name, value in os.environ.items() if name != "BAOPHU_DATA"
            } | {"BALLAST": str(ballast)}
            full = subprocess.run(
                words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert ballast.exists(), f"the disk was never filled: {point}"
            assert (full.returncode, full.stdout) == (2, ""), (point, full.stderr[-2000:])
            assert len(full.stderr.strip().splitlines()) == 1, (point, full.stderr[-2000:])
            assert "space" in full.stderr, point
            assert hashlib.sha256(published.read_bytes()).hexdigest() == before, point
            ballast.unlink()
        run_directly(data, NIGHT)
        assert state(data) == undisturbed
        assert not list((data / "published").rglob(".*"))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
