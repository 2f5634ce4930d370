"""Work on files that others made, in processes of their own with limits on time and memory: reading
them, and writing what goes home.

A native library that crashes, hangs or eats memory costs the one file it worked on. Files go to the
workers in small groups; a group in which something happens is worked on again one by one, so that
the others of it are not blamed. Pebble keeps the workers; they are forked from a process that holds
nothing but the modules of this work, so a new one costs milliseconds.
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
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from core.errors import MachineFault
from core.settings import Limits

Item = TypeVar("Item")
Result = TypeVar("Result")


class OurFailure(Exception):
    """A bug of ours, met in a worker: `kind` is the type of the exception and `place` where our
    code raised it. Its words, which may hold a value, stay behind."""

    def __init__(self, kind: str, place: str) -> None:
        super().__init__(kind, place)
        self.kind, self.place = kind, place


@dataclass(frozen=True)
class Broke:
    """A file broke a limit or its library: the code of the reason, as `refusals` puts it into
    words."""

    reason: str


_PRELOADED = ("ingestion.forms.reading", "ingestion.feedback.marked_copy")
"""The modules whose work is done here: a worker is forked with them."""
_GROUP = 64
_GROUP_BYTES = 2 << 20
_CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE}
"""How a process ends that its own code brought down. A worker killed from outside (SIGKILL,
SIGTERM) is no fault of the file."""


def work_apart(
    work: Callable[[Item, Limits], Result],
    items: Sequence[Item],
    size_of: Callable[[Item], int],
    limits: Limits,
) -> Iterator[Result | Broke | MachineFault | OurFailure]:
    """One outcome per item, in order, each made by `work` (a function that a module names) apart
    from this process.

    `size_of`: bytes of an item: a large one is a group of its own.
    """
    if items:
        yield from _Workers(work, limits).run(items, size_of)


def apart(work: Callable[..., Result], *words: Any) -> Result:
    """One piece of work, apart from this process and within the limits of one file; what it raises
    comes as it is.

    Raises MachineFault when it breaks a limit.
    """
    limits = Limits.from_environment()
    pool = _pool(1, limits)
    try:
        done: Result = pool.schedule(work, words, timeout=limits.seconds_per_file).result()
        return done
    except (TimeoutError, ProcessExpired, MemoryError) as exc:
        raise MachineFault(
            f"{work.__name__} broke a limit of time or memory (BAOPHU_SECONDS_PER_FILE, BAOPHU_WORKER_MIB)"
        ) from exc
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _pool(workers: int, limits: Limits) -> ProcessPool:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *_PRELOADED])
    _start_in_silence()
    return ProcessPool(
        max_workers=workers, initializer=_confine, initargs=[limits.worker_mib], context=context
    )


class _Workers(Generic[Item, Result]):
    def __init__(self, work: Callable[[Item, Limits], Result], limits: Limits) -> None:
        self._work, self._limits = work, limits

    def run(
        self, items: Sequence[Item], size_of: Callable[[Item], int]
    ) -> Iterator[Result | Broke | MachineFault | OurFailure]:
        limits = self._limits
        workers = int(limits.workers) or len(os.sched_getaffinity(0))
        groups = _groups(items, size_of, at_most=max(1, min(_GROUP, len(items) // (4 * workers))))
        workers = min(workers, len(groups))
        pool = _pool(workers, limits)
        try:
            waiting: deque[tuple[Sequence[Item], Future[bytes]]] = deque()
            for group in groups:
                waiting.append((group, self._schedule(pool, group)))
                # no further: outcomes that nobody has asked for yet take memory
                if len(waiting) > 2 * workers:
                    yield from self._outcomes(pool, *waiting.popleft())
            while waiting:
                yield from self._outcomes(pool, *waiting.popleft())
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _schedule(self, pool: ProcessPool, group: Sequence[Item]) -> Future[bytes]:
        future: Future[bytes] = pool.schedule(
            _work_on_group, (self._work, group, self._limits), timeout=self._limits.seconds_per_file
        )
        return future

    def _outcomes(
        self, pool: ProcessPool, group: Sequence[Item], future: Future[bytes]
    ) -> Iterator[Result | Broke | MachineFault | OurFailure]:
        try:
            outcomes: list[Any] = _unpack(future.result())
        except (TimeoutError, ProcessExpired) as exc:
            outcomes = [_broke(exc)] if len(group) == 1 else [None] * len(group)
        for item, outcome in zip(group, outcomes, strict=True):
            if outcome is not None:
                yield outcome
            elif len(group) == 1:
                yield Broke("too-much-memory")
            else:  # not told apart within a group: each is asked for again
                yield from self._outcomes(pool, [item], self._schedule(pool, [item]))


def _start_in_silence() -> None:
    """Start the process that workers are forked from, if it does not run, with its errors going
    nowhere: a worker that is ended before it has begun would tell whoever stands at the terminal of
    a semaphore that is gone. What matters comes back as an outcome."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        forkserver.ensure_running()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _broke(exc: TimeoutError | ProcessExpired) -> Broke | MachineFault:
    if isinstance(exc, TimeoutError):
        return Broke("too-slow")
    if exc.exitcode in _CRASHES:
        return Broke("reader-crashed")
    return MachineFault(f"a working process was ended from outside (exit code {exc.exitcode})")


def _groups(
    items: Sequence[Item], size_of: Callable[[Item], int], at_most: int
) -> list[list[Item]]:
    """Neighbours together, `at_most` files or a few MiB at a time: a large file is a group of its
    own."""
    groups: list[list[Item]] = []
    size = 0
    for item in items:
        own = size_of(item)
        if not groups or len(groups[-1]) == at_most or size + own > _GROUP_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(item)
        size += own
    return groups


def _confine(mib: float) -> None:
    """In a new worker: the limit of memory, no core file, no search for cycles (rows have none),
    and nothing said: what a native reader says when it crashes may hold a cell."""
    gc.disable()
    ceiling = int(mib * (1 << 20))
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _unpack(packed: bytes) -> list[Any]:
    """What a worker packed. Its rows hold no cycles; looking for some while hundreds of thousands
    are made would take most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        outcomes: list[Any] = pickle.loads(packed)
    finally:
        if was_enabled:
            gc.enable()
    return outcomes


def _work_on_group(
    work: Callable[[Item, Limits], Result], group: Sequence[Item], limits: Limits
) -> bytes:
    """In a worker: one outcome per item, packed; None: it ran out of memory."""
    outcomes: list[Any] = []
    for item in group:
        try:
            outcomes.append(work(item, limits))
        except MachineFault as exc:
            outcomes.append(exc)
        except MemoryError:
            outcomes.append(None)
        except Exception as exc:  # noqa: BLE001 - a bug of ours: it travels to who asked, and is said there
            where = traceback.extract_tb(exc.__traceback__)[-1]
            outcomes.append(
                OurFailure(type(exc).__name__, f"{Path(where.filename).name}:{where.lineno}")
            )
    return pickle.dumps(outcomes, pickle.HIGHEST_PROTOCOL)
