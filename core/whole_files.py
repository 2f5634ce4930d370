"""Files that are written whole or not at all, and names that every file system takes."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import machine_faults

_NAME_AT_MOST = 80
_SYNCED_AT_ONCE = 16


def safe_name(name: str, default: str = "tep") -> str:
    """A sender's name for a file or a folder, as every file system takes it: no path, no sign that means something, no leading dot."""
    text = unicodedata.normalize("NFC", name).replace("/", "_").replace("\\", "_")
    text = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    text = re.sub(r"\s+", " ", text).strip(" ._")
    text = text[:_NAME_AT_MOST]
    while len(text.encode()) > _NAME_AT_MOST:
        text = text[:-1].rstrip(" ._")
    return text or default


def write_whole(path: Path, content: bytes, *, is_lasting: bool = True) -> None:
    """Whole or not at all, readable by the owner alone. `is_lasting`: it is on the disk before this returns; a receipt need
    not be, for its night makes it again. Raises MachineFault when the machine cannot write."""
    with machine_faults("write to the outbox"):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.tmp-{os.getpid()}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(content)
                if is_lasting:
                    out.flush()
                    os.fsync(out.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def sync_all(paths: Collection[Path]) -> None:
    """Make files durable, and their names in the folders that they lie in. The disk serves many waiting requests together, so this takes a third
    of the time of one after another."""
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
