"""Locks between processes: a lock file beside what it guards. The system frees a lock with its
process, however that ends.

Every lock of the product is taken here. Of the processes that meet at a lock
- `take` lets one in; the others wait, or are refused with a sentence;
- `share` lets many in, and keeps out who takes the same lock alone;
- `take_if_free` says whether nobody is in, and lets its caller go on either way.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from core.errors import MachineFault


@contextmanager
def take(path: Path, doing: str, refusal: str | None = None) -> Iterator[None]:
    """Inside the block no other process has this lock. `doing` says what could not be done where
    the lock file cannot be written.

    Waits until the lock is free; with `refusal`, it raises MachineFault with this sentence at once
    instead.
    """
    with _opened(path, doing) as lock:
        if refusal is None:
            wait_for(lock)
        elif not _is_free(lock):
            raise MachineFault(refusal)
        yield


@contextmanager
def share(path: Path, doing: str) -> Iterator[None]:
    """Inside the block no other process has taken this lock alone; others may share it. Waits for
    who has taken it."""
    with _opened(path, doing) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def take_if_free(path: Path, doing: str) -> Iterator[bool]:
    """Inside the block: True with the lock taken, False where another process has it or shares it.
    Never waits."""
    with _opened(path, doing) as lock:
        yield _is_free(lock)


def wait_for(opened: IO[bytes]) -> None:
    """Take the lock of an open file itself, until it is closed. Waits until it is free."""
    fcntl.flock(opened, fcntl.LOCK_EX)


def _opened(path: Path, doing: str) -> IO[Any]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as exc:
        raise MachineFault(f"cannot {doing}: {exc.strerror}") from exc


def _is_free(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
