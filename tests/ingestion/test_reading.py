"""Workers: what one file does to them costs that file alone, and who is to blame is never mixed
up."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from core.errors import MachineFault
from core.settings import Limits
from core.workers import OurFailure
from ingestion.forms.reading import parse_file, parse_files
from ingestion.model import Arrival, ParsedFile
from tests.support.disturbed import disturbed
from tests.support.made import arrival_of, form

LIMITS = Limits(seconds_per_file=2, worker_mib=600, workers=1)


def files(tmp_path: Path, *stems: str) -> list[tuple[Path, Arrival]]:
    paths = [form(tmp_path / f"{stem}.xlsx") for stem in stems]
    return [(path, arrival_of(path, agent=path.stem)) for path in paths]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("segfault", "reader-crashed"),
        ("abort", "reader-crashed"),
        ("hang", "too-slow"),
        ("memory", "too-much-memory"),
    ],
)
def test_a_file_that_breaks_its_reader_costs_itself_alone(
    tmp_path: Path, what: str, reason: str
) -> None:
    items = files(tmp_path, "a", "bad", "c", "d")
    before = time.monotonic()
    found = list(parse_files(items, LIMITS, partial(disturbed, what)))
    assert time.monotonic() - before < 12
    assert [isinstance(f, ParsedFile) and f.container_problem for f in found] == [
        None,
        reason,
        None,
        None,
    ]
    assert [
        f == parse_file(path, arrival) for f, (path, arrival) in zip(found, items, strict=True)
    ] == [True, False, True, True]


def test_a_bug_of_ours_is_ours_and_says_no_value(tmp_path: Path) -> None:
    one, bad, other = parse_files(
        files(tmp_path, "a", "bad", "c"), LIMITS, partial(disturbed, "bug")
    )
    assert isinstance(bad, OurFailure)
    assert bad.kind == "KeyError"
    assert bad.place.startswith("disturbed.py:")
    assert "Nguyễn" not in f"{bad!r} {bad} {bad.__cause__} {bad.__context__}"
    assert isinstance(one, ParsedFile)
    assert isinstance(other, ParsedFile)


def test_a_worker_killed_from_outside_is_the_machines_trouble(tmp_path: Path) -> None:
    one, bad = parse_files(files(tmp_path, "a", "bad"), LIMITS, partial(disturbed, "killed"))
    assert isinstance(one, ParsedFile)
    assert isinstance(bad, MachineFault)


def test_many_files_come_in_order_by_any_number_of_workers(tmp_path: Path) -> None:
    items = files(tmp_path, *(f"agent{i:02d}" for i in range(40)))
    for workers in (1, 2):
        found = list(parse_files(items, Limits(workers=workers)))
        assert [f.sha256 for f in found if isinstance(f, ParsedFile)] == [
            arrival.sha256 for _, arrival in items
        ]
    assert list(parse_files([])) == []


def test_who_stops_asking_leaves_no_worker(tmp_path: Path) -> None:
    items = files(tmp_path, *(f"agent{i:02d}" for i in range(40)))
    asked = parse_files(items, Limits(workers=2))
    next(asked)
    during = workers_of_this_process()
    asked.close()
    assert during
    assert not workers_of_this_process() & during


def workers_of_this_process() -> set[int]:
    """The processes that the fork server made for us."""
    servers = [
        child for child in psutil.Process().children() if "forkserver" in " ".join(child.cmdline())
    ]
    return {
        p.pid for server in servers for p in server.children() if p.status() != psutil.STATUS_ZOMBIE
    }


def test_a_lost_file_is_a_failure_of_ours(tmp_path: Path) -> None:
    items = files(tmp_path, "a", "b")
    items[0][0].unlink()
    lost, there = parse_files(items, LIMITS)
    assert isinstance(lost, OurFailure)
    assert isinstance(there, ParsedFile)


def test_a_worker_that_is_ended_before_it_began_says_nothing(tmp_path: Path) -> None:
    """Workers are forked from one process; what it says, they say."""
    assert len(list(parse_files(files(tmp_path, "a"), LIMITS))) == 1
    (pid,) = [
        child.pid
        for child in psutil.Process().children()
        if "forkserver" in " ".join(child.cmdline())
    ]
    assert Path(f"/proc/{pid}/fd/2").readlink() == Path("/dev/null")
