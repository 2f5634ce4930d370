"""A zip of workbooks: several files in one. Its members are read one by one in memory; a name
inside it never names a place on the disk."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.errors import UnreadableWorkbook
from core.settings import Limits
from ingestion.containers.kinds import BROKEN_ZIP, is_zip, kind_of_zip

FORM = "archive/zip"
"""The form of the zip itself: a file without rows, so that it shows among the files received."""

_BROKEN = (*BROKEN_ZIP, zlib.error, RuntimeError, AssertionError, OverflowError, MemoryError)
"""What a zip that somebody made by hand can bring `zipfile` to."""
_MIB = 1 << 20
_RATIO_AT_MOST = 200
"""Bytes unpacked per byte packed, past the first MiB. A workbook is packed already, and text packs
to a twentieth."""
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.(?!\.?/)|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_NAME_AT_MOST = 200


def is_archive(path: Path) -> bool:
    """Whether this is a zip, and not the package of an office program."""
    with path.open("rb") as source:
        if not is_zip(source.read(4)):
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return kind_of_zip(archive) == "zip"
    except (*_BROKEN, UnreadableWorkbook):
        return False


def why_refused(path: Path, limits: Limits | None = None) -> str | None:
    """The reason (see `refusals`) why no member of this zip is taken, or None. Unpacks all of it
    once, in passing, when its table of contents keeps to the limits: a zip is taken whole or not at
    all."""
    limits = limits or Limits.from_environment()
    if path.stat().st_size > limits.max_file_mib * _MIB:
        return "too-large"
    try:
        with zipfile.ZipFile(path) as archive:
            return _why_refused(archive, path.stat().st_size, limits)
    except _BROKEN:
        return "damaged"


def members(path: Path, limits: Limits | None = None) -> Iterator[tuple[str, IO[bytes]]]:
    """(name, bytes to read before the next is asked for) of every file in the zip; folders and what
    systems leave behind are no files.

    The name is the member's own without drive, root and `..`: for people to read. Raises
    UnreadableWorkbook, before the first member, when the zip is refused.
    """
    if reason := why_refused(path, limits):
        raise UnreadableWorkbook(reason)
    with zipfile.ZipFile(path) as archive:
        for info in _files(archive):
            with archive.open(info) as source:
                yield safe_name(info.filename), source


def safe_name(name: str) -> str:
    """A member's name as a relative path without `..`, drive letters and control characters."""
    parts = [
        re.sub(r"[\x00-\x1f\x7f]", "", part).strip() for part in name.replace("\\", "/").split("/")
    ]
    return (
        "/".join(
            part
            for part in parts
            if part not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", part)
        )[-_NAME_AT_MOST:]
        or "x"
    )


def _why_refused(archive: zipfile.ZipFile, packed: int, limits: Limits) -> str | None:
    files = _files(archive)
    unpacked = sum(info.file_size for info in files)
    if not any(info.file_size for info in files):
        return "empty-archive"
    if len(files) > limits.max_members:
        return "too-many-members"
    if any(info.flag_bits & 1 for info in files):
        return "password"
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in files):
        return "archive-method"
    if unpacked > limits.max_unpacked_mib * _MIB or unpacked > max(_MIB, _RATIO_AT_MOST * packed):
        return "archive-bomb"
    for info in files:
        # to its end: the size told may be a lie, and the sum of its bytes is checked there
        with archive.open(info) as source:
            while source.read(_MIB):
                pass
    return None


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        info
        for info in archive.infolist()
        if not info.is_dir() and not _LITTER.search(info.filename.replace("\\", "/"))
    ]
