"""Landed files to parsed files, in processes of their own with limits on time and memory.

A native reader that crashes, hangs or eats memory costs the file it read: that one becomes a finding. Files go to the workers in small
groups; a group in which something happens is read again one by one, so that the others of it are not blamed. Pebble keeps the workers; they are
forked from a process that holds nothing but this module, so a new one costs milliseconds.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import resource
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, TimeoutError
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from ingestion import archives
from ingestion.errors import MachineFault, UnreadableWorkbook
from ingestion.model import Arrival, ParsedFile
from ingestion.old_pages import in_unicode
from ingestion.parse import parse_form
from ingestion.reference import FORM as REFERENCE_FORM
from ingestion.reference import is_reference, parse_reference
from ingestion.settings import Limits
from ingestion.workbook import read_workbook


class OurFailure(Exception):
    """A bug of ours, met in a worker: `kind` is the type of the exception and `place` where our code raised it. Its words, which may hold
    a value, stay behind."""

    def __init__(self, kind: str, place: str) -> None:
        super().__init__(kind, place)
        self.kind, self.place = kind, place


Item = tuple[Path, Arrival]
Outcome = ParsedFile | MachineFault | OurFailure
Understand = Callable[[Path, Arrival, Limits], ParsedFile]

_GROUP = 64
_GROUP_BYTES = 2 << 20
_CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE}
"""How a process ends that its own code brought down. A worker killed from outside (SIGKILL, SIGTERM) is no fault of the file."""


def parse_file(path: Path, arrival: Arrival, limits: Limits | None = None) -> ParsedFile:
    """Bytes to rows, whatever the form, in this process. What the sender did wrong stands in the parsed file."""
    try:
        workbook = read_workbook(path, limits)
    except UnreadableWorkbook as exc:
        if exc.reason == "not-a-workbook:zip":  # its members are landed as files of their own
            problem = "archive-in-archive" if arrival.inside else archives.why_refused(path, limits)
            return ParsedFile(arrival.sha256, form=archives.FORM, container_problem=problem)
        return _refused(arrival, exc.reason)
    if is_reference({page.name for page in workbook.pages}) or arrival.is_named_reference:
        return parse_reference(arrival.sha256, {page.name: in_unicode(page, workbook.encoding)[0].grid for page in workbook.pages})
    return parse_form(arrival.sha256, workbook)


def parse_files(items: Sequence[Item], limits: Limits | None = None, understand: Understand = parse_file) -> Iterator[Outcome]:
    """Read and parse files apart from this process: one outcome per item, in order.

    A file that breaks a limit or its reader comes as a ParsedFile with a `container_problem`; a bug of ours as OurFailure; trouble of the
    machine as MachineFault. `understand` is what a worker does with one file (a function that a module names).
    """
    limits = limits or Limits.from_environment()
    if not items:
        return
    workers = int(limits.workers) or len(os.sched_getaffinity(0))
    groups = _groups(items, at_most=max(1, min(_GROUP, len(items) // (4 * workers))))
    workers = min(workers, len(groups))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    pool = ProcessPool(max_workers=workers, initializer=_confine, initargs=[limits.worker_mib], context=context)
    try:
        waiting: deque[tuple[Sequence[Item], Future[bytes]]] = deque()
        ahead = iter(groups)
        for group in ahead:
            waiting.append((group, pool.schedule(_understand_group, (understand, group, limits), timeout=limits.seconds_per_file)))
            if len(waiting) > 2 * workers:  # no further: outcomes that nobody has asked for yet take memory
                yield from _outcomes(pool, understand, *waiting.popleft(), limits)
        while waiting:
            yield from _outcomes(pool, understand, *waiting.popleft(), limits)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _outcomes(pool: ProcessPool, understand: Understand, group: Sequence[Item], future: Future[bytes], limits: Limits) -> Iterator[Outcome]:
    try:
        outcomes = _unpack(future.result())
    except (TimeoutError, ProcessExpired) as exc:
        outcomes = [_broke(group[0][1], exc)] if len(group) == 1 else [None] * len(group)
    for item, outcome in zip(group, outcomes, strict=True):
        if outcome is not None:
            yield outcome
        elif len(group) == 1:
            yield _refused(item[1], "too-much-memory")
        else:  # not told apart within a group: each is asked for again
            alone = pool.schedule(_understand_group, (understand, [item], limits), timeout=limits.seconds_per_file)
            yield from _outcomes(pool, understand, [item], alone, limits)


def _broke(arrival: Arrival, exc: TimeoutError | ProcessExpired) -> Outcome:
    if isinstance(exc, TimeoutError):
        return _refused(arrival, "too-slow")
    if exc.exitcode in _CRASHES:
        return _refused(arrival, "reader-crashed")
    return MachineFault(f"a reading process was ended from outside (exit code {exc.exitcode})")


def _refused(arrival: Arrival, reason: str) -> ParsedFile:
    return ParsedFile(arrival.sha256, form=REFERENCE_FORM if arrival.is_named_reference else None, container_problem=reason)


def _groups(items: Sequence[Item], at_most: int) -> list[list[Item]]:
    """Neighbours together, `at_most` files or a few MiB at a time: a large file is a group of its own."""
    groups: list[list[Item]] = []
    size = 0
    for item in items:
        own = item[0].stat().st_size if item[0].exists() else 0  # a lost file is said by the worker that misses it
        if not groups or len(groups[-1]) == at_most or size + own > _GROUP_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(item)
        size += own
    return groups


def _confine(mib: float) -> None:
    """In a new worker: the limit of memory, no core file, no search for cycles (rows have none), and nothing said: what a native reader says when
    it crashes may hold a cell."""
    gc.disable()
    ceiling = int(mib * (1 << 20))
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _unpack(packed: bytes) -> list[Outcome | None]:
    """What a worker packed. Its rows hold no cycles; looking for some while hundreds of thousands are made would take most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        outcomes: list[Outcome | None] = pickle.loads(packed)
    finally:
        if was_enabled:
            gc.enable()
    return outcomes


def _understand_group(understand: Understand, group: Sequence[Item], limits: Limits) -> bytes:
    """In a worker: one outcome per item, packed; None: it ran out of memory."""
    outcomes: list[Outcome | None] = []
    for path, arrival in group:
        try:
            outcomes.append(understand(path, arrival, limits))
        except MachineFault as exc:
            outcomes.append(exc)
        except MemoryError:
            outcomes.append(None)
        except Exception as exc:  # noqa: BLE001 - a bug of ours: it travels to who asked, and is said there
            where = traceback.extract_tb(exc.__traceback__)[-1]
            outcomes.append(OurFailure(type(exc).__name__, f"{Path(where.filename).name}:{where.lineno}"))
    return pickle.dumps(outcomes, pickle.HIGHEST_PROTOCOL)
