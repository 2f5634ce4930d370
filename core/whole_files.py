"""Files that are written whole or not at all, and names that every file system takes.

Each way of writing begins with a private file beside the place (mode 0600, a name that begins with
`PART`), so that nobody reads half a file. They differ in three properties:

|                | over a file that is there | on the disk when it returns | mode                |
|----------------|---------------------------|-----------------------------|---------------------| |
`write_whole`  | replaces it               | the content, if `is_lasting`| 0600                | |
`write_new`    | raises FileExistsError    | content and name            | 0600, or as asked   | |
`replace_file` | replaces it               | content and name            | that of the source  | |
`put_in_place` | replaces it               | content and name            | that of the finished file
|

A run that is killed may leave a part behind. `remove_parts` clears a folder in which nobody else
writes.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.errors import OfficeFault, machine_faults

PART = ".part-"
"""How the name of a file begins that is not whole yet."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}
"""What a disk without hard links answers: FAT, some shares."""
_NAME_AT_MOST = 80
_SYNCED_AT_ONCE = 16


def safe_name(name: str, default: str = "tep") -> str:
    """A sender's name for a file or a folder, as every file system takes it: no path, no sign that
    means something, no leading dot."""
    text = unicodedata.normalize("NFC", name).replace("/", "_").replace("\\", "_")
    text = "".join(
        c if c.isalnum() or c in " ._-()" else "_"
        for c in text
        if unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    text = re.sub(r"\s+", " ", text).strip(" ._")
    text = text[:_NAME_AT_MOST]
    while len(text.encode()) > _NAME_AT_MOST:
        text = text[:-1].rstrip(" ._")
    return text or default


@contextmanager
def part_in(folder: Path) -> Iterator[IO[bytes]]:
    """A new private file in `folder`, to be linked or renamed; removed at the end of the block
    where it was not."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=PART, delete=False) as part:
        try:
            yield part
        finally:
            Path(part.name).unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, doing: str, *, is_lasting: bool = True) -> None:
    """Write a file, over one that is there. `doing` says what could not be done when the machine
    cannot write.

    `is_lasting`: it is on the disk before this returns; a file that its night makes again need not
    be. Raises MachineFault.
    """
    with machine_faults(doing):
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_in(path.parent) as part:
            part.write(content)
            part.flush()
            if is_lasting:
                os.fsync(part.fileno())
            Path(part.name).replace(path)


@contextmanager
def write_new(path: Path, *, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """A stream to a file that gets its name at the end of the block, never over one that is there,
    or that came meanwhile.

    Its folder exists. Raises FileExistsError, and OSError when the machine cannot write.
    """
    with part_in(path.parent) as part:
        yield part
        part.flush()
        if mode != 0o600:
            os.fchmod(part.fileno(), mode)
        os.fsync(part.fileno())
        give_name(Path(part.name), path)
    sync(path.parent)


def give_name(part: Path, path: Path) -> None:
    """Give a part the name `path`, never over a file: raises FileExistsError. Both lie in one
    folder."""
    try:
        os.link(part, path)
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        # from here on the name is ours
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(path)


@contextmanager
def new_workbook(path: Path) -> Iterator[IO[bytes]]:
    """A stream to a new .xlsx of the office, as `write_new` writes it.

    Raises OfficeFault where the name is not that of an .xlsx or a file stands already; MachineFault
    when the machine cannot write.
    """
    if path.suffix.lower() != ".xlsx":
        raise OfficeFault(f"{path} is not the name of an .xlsx")
    stands = OfficeFault(f"{path} exists already; it was left as it is")
    if path.exists():
        raise stands
    with machine_faults(f"write {path}"):
        try:
            with write_new(path) as stream:
                yield stream
        except FileExistsError:
            raise stands from None


def replace_file(source: Path, target: Path) -> None:
    """Put a copy of `source` where `target` is, in one step: a reader has the old file or the new
    one.

    Nobody else writes into the folder of `target` meanwhile.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_parts(target.parent)
    with part_in(target.parent) as part:
        shutil.copyfile(source, part.name)
        shutil.copymode(source, part.name)
        put_in_place(Path(part.name), target)


def put_in_place(finished: Path, target: Path) -> None:
    """Give a finished file the name `target`, in one step. Both lie in one folder. A folder of that
    name, not ours, is removed."""
    sync(finished)
    if target.is_dir():
        shutil.rmtree(target)
    finished.replace(target)
    sync(target.parent)


def remove_parts(folder: Path, *, older_than: float = 0) -> None:
    """Remove what runs that died left half written in a folder, once it is this many seconds
    old."""
    for left in folder.glob(f"{PART}*"):
        if left.stat().st_mtime <= time.time() - older_than:
            left.unlink(missing_ok=True)


def sync_all(paths: Collection[Path]) -> None:
    """Make files durable, and their names in the folders that they lie in. The disk serves many
    waiting requests together, so this takes a third of the time of one after another."""
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as pool:
        for each in (paths, {path.parent for path in paths}):
            list(pool.map(sync, each))  # asked for, so that an error is raised here


def sync(path: Path) -> None:
    """Make a file or a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
