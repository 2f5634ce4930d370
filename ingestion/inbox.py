"""The inbox: where files lie until they are landed.

A file of the inbox that is still being written stays there for the next pass: one that a process of this machine holds open for writing, one that
changes while it is copied, and one that changes while it is waited for (`settle_seconds` from its last change; a side file says that its file
is complete, so there is no wait). Links, pipes and devices are never opened.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from ingestion.errors import machine_faults
from ingestion.landing import Landed, Landing, StillWritten, files_under, open_file, side_file_of, stamp
from ingestion.settings import DataFolder, Limits

_LOG = logging.getLogger(__name__)


def land_inbox(folder: DataFolder) -> list[Landed]:
    """Land every file of the inbox; a landed file leaves it, its side file last: killed before that, the next run lands the same arrival.

    A file that another run takes away meanwhile is that run's; one that is still being written is the next pass's.
    """
    if not folder.inbox.is_dir():
        return []
    landing, landed, left = Landing(folder), [], _count_what_is_no_file(folder.inbox)
    for path, seen in _settled(list(files_under(folder.inbox))):
        side = side_file_of(path)
        try:
            if stamp(path.stat()) != seen or _is_open_for_writing(path):
                raise StillWritten
            landed += landing.land_all(path, received_at=None, agent_code=None, channel="folder")
            if stamp(path.stat()) != seen:  # changed since: what was landed counts, and what it has become is landed next
                raise StillWritten
        except FileNotFoundError:
            if path.exists():
                raise
            continue
        except StillWritten:
            left += 1
            continue
        with machine_faults("empty the inbox"):
            path.unlink(missing_ok=True)
            if side is not None:
                side.unlink(missing_ok=True)
    _drop_empty_folders(folder.inbox)
    if left:
        _LOG.warning("inbox: %d left where they lie: links, pipes and devices are not followed, files still being written wait", left)
    return landed


def _settled(paths: list[Path]) -> Iterator[tuple[Path, tuple[int, int, int]]]:
    """(path, its stamp), those first that need no wait; the young ones after one wait for all of them."""
    settle, young = Limits.from_environment().settle_seconds, []
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if side_file_of(path) or time.time() - status.st_mtime >= settle:
            yield path, stamp(status)
        else:
            young.append((path, stamp(status)))
    if young:
        time.sleep(settle)
    yield from young


def _is_open_for_writing(path: Path) -> bool:
    """Whether a process of this machine holds the file open for writing: Linux grants a lease only when none does. Where it
    cannot tell (another's file, a network folder, another system), False."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    with open_file(path) as source:
        try:
            fcntl.fcntl(source.fileno(), fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(source.fileno(), fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as exc:
            return exc.errno == errno.EAGAIN
    return False


def _count_what_is_no_file(inbox: Path) -> int:
    return sum(child.is_symlink() or not (child.is_file() or child.is_dir()) for child in inbox.rglob("*"))


def _drop_empty_folders(root: Path) -> None:
    for child in sorted((p for p in root.rglob("*") if p.is_dir() and not p.is_symlink()), reverse=True):
        if not any(child.iterdir()):
            shutil.rmtree(child, ignore_errors=True)
