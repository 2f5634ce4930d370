"""The inbox: where files lie until they are landed.

A file of the inbox that is still being written stays there for the next pass: one that a process of
this machine holds open for writing, one that changes while it is copied, and one that changes while
it is waited for (`settle_seconds` from its last change; a side file says that its file is complete,
so there is no wait). Links, pipes and devices are never opened.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import time
import traceback
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from core.data_folder import DataFolder
from core.errors import BaophuError
from core.settings import Limits
from ingestion.arrival.landed import CannotLeave, set_aside
from ingestion.arrival.landing import (
    CannotOpen,
    FromTheFuture,
    Landed,
    Landing,
    StillWritten,
    files_under,
    open_file,
    stamp,
)
from ingestion.arrival.side_files import side_file_of, side_files_in
from ingestion.model import OFFICE

_LOG = logging.getLogger(__name__)
_AT_ONCE = 100
"""Files landed before the ledger is written to the disk and they leave the inbox."""


def land_inbox(folder: DataFolder, notes: list[str] | None = None) -> list[Landed]:
    """Land every file of the inbox; a landed file leaves it, its side file last: killed before
    that, the next run lands the same arrival.

    A file that another run takes away meanwhile is that run's; one that is still being written is
    the next pass's; one dated after now, or that may not be read, stays. One on which our own code
    fails is set aside under `landing/unreadable/`. `notes` gets a sentence for each of these.
    """
    if not folder.inbox.is_dir():
        return []
    notes = notes if notes is not None else []
    landing, landed, left = Landing(folder), [], _count_what_is_no_file(folder.inbox)
    notes += landing.problems
    settled, stay = _settled(list(files_under(folder.inbox))), 0
    while group := list(islice(settled, _AT_ONCE)):
        done: list[Path] = []
        with landing.one_pass():
            for path, seen in group:
                try:
                    landed += _land(landing, path, seen, _channel(folder.inbox, path))
                    done.append(path)
                except StillWritten:
                    left += 1
                except FileNotFoundError:
                    if path.exists():
                        raise
                except FromTheFuture as exc:
                    notes.append(f"file {_name(path)} of the inbox waits there: {exc}")
                except CannotOpen as exc:
                    notes.append(f"a file of the inbox stays there: {exc}")
                except (BaophuError, MemoryError):
                    raise
                except Exception as exc:  # noqa: BLE001 - a bug of ours at one file: said loudly, and the others are landed
                    at = traceback.extract_tb(exc.__traceback__)[-1]
                    failure = f"{type(exc).__name__} at {Path(at.filename).name}:{at.lineno}"
                    try:
                        where = f"was set aside as {set_aside(folder, path, failure)}"
                    except CannotLeave:
                        where = "stays there: this program may not take it away from its folder"
                    notes.append(f"our code failed on a file of the inbox ({failure}); it {where}")
        stay += sum(not _take_out(path) for path in done)
    if stay:
        notes.append(
            f"{stay} file(s) were landed and stay in the inbox: this program may not take them away from their folder"
        )
    if alone := _side_files_of_nothing(folder.inbox):
        notes.append(f"{alone} side file(s) (.json) of the inbox belong to no file")
    if left:
        _LOG.warning(
            "inbox: %d left where they lie: links, pipes and devices are not followed, files still being written wait",
            left,
        )
    for words in notes:
        _LOG.warning("inbox: %s", words)
    return landed


def _channel(inbox: Path, path: Path) -> str:
    """`inbox/office/` is the office's alone; all else lies in the folder that senders write to."""
    return (
        OFFICE if path.relative_to(inbox).parts[0] == OFFICE and path.parent != inbox else "folder"
    )


def _land(landing: Landing, path: Path, seen: tuple[int, int, int], channel: str) -> list[Landed]:
    """Raises StillWritten when the file is no longer the one that was seen, before or after: what
    was landed counts, and what it has become is landed next."""
    if stamp(path.stat()) != seen or _is_open_for_writing(path):
        raise StillWritten
    landed = landing.land_all(path, received_at=None, agent_code=None, channel=channel)
    if stamp(path.stat()) != seen:
        raise StillWritten
    return landed


def _take_out(path: Path) -> bool:
    """Whether the file could leave the inbox. Where it stays, the next pass lands the same arrival
    again, which changes nothing."""
    side = side_file_of(path)
    try:
        path.unlink(missing_ok=True)
        if side is not None:
            side.unlink(missing_ok=True)
    except PermissionError:
        return False
    return True


def _name(path: Path) -> str:
    """The beginning of a file's hash, as logs name files."""
    with open_file(path) as source:
        return hashlib.file_digest(source, "sha256").hexdigest()[:12]


def _settled(paths: list[Path]) -> Iterator[tuple[Path, tuple[int, int, int]]]:
    """(path, its stamp), those first that need no wait; the young ones after one wait for all of
    them."""
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
    """Whether a process of this machine holds the file open for writing: Linux grants a lease only
    when none does. Where it cannot tell (another's file, a network folder, another system), False.
    """
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
    # os.path asks in silence: a folder that may not be entered is no fault of the others
    return sum(
        os.path.islink(p) or not (os.path.isfile(p) or os.path.isdir(p))  # noqa: PTH112, PTH113, PTH114
        for p in inbox.rglob("*")
    )


def _side_files_of_nothing(inbox: Path) -> int:
    count = 0
    for folder, _, names in os.walk(inbox):  # in silence past a folder that may not be entered
        lists = {
            child
            for name in names
            if name.lower().endswith(".json") and (child := Path(folder, name)).is_file()
        }
        if lists:
            count += len(lists - side_files_in(Path(folder)))
    return count
