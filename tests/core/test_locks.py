"""Locks between processes: who is let in, who waits, who is refused and with which sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import MachineFault
from core.locks import share, take, take_if_free
from tests.support.rooms import files_with

ROOT = Path(__file__).resolve().parent.parent.parent
TAKEN = "from core.locks import *; from pathlib import Path; import sys, time\nwith {0}(Path(sys.argv[1]), 'write'): print('in', flush=True); time.sleep(60)"


@contextmanager
def another(how: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", TAKEN.format(how), str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "in\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_who_is_refused_hears_the_sentence_and_a_killed_process_leaves_no_lock(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new folder" / "x.lock"
    with another("take", path) as process:
        with (
            pytest.raises(MachineFault, match=r"^another is at work$"),
            take(path, "write", "another is at work"),
        ):
            pass
        process.kill()
        process.wait()
        with take(path, "write", "another is at work"):
            pass


def test_who_waits_is_let_in_when_the_other_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with another("take", path) as process:
        waiting = subprocess.Popen(
            [sys.executable, "-c", TAKEN.format("take"), str(path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(1)
        assert waiting.poll() is None
        process.kill()
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "in\n"
        waiting.kill()
        waiting.wait()


def test_many_share_and_keep_out_who_wants_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with another("share", path):
        with share(path, "write"):
            pass
        with take_if_free(path, "write") as is_free:
            assert not is_free
    with take_if_free(path, "write") as is_free:
        assert is_free


def test_a_place_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, reason in (
        (Path("/sys/x.lock"), "Permission denied"),
        (tmp_path / "file" / "x.lock", "(File exists|Not a directory)"),
    ):
        with (
            pytest.raises(MachineFault, match=f"^cannot write to the office: {reason}$"),
            take(path, "write to the office"),
        ):
            pass


def test_locks_are_taken_in_one_place() -> None:
    assert files_with(r"flock|lockf|LOCK_|filelock") == ["core/locks.py"]
