"""Files that only grow: one line of JSON for each record, with the SHA-256 of the line before it
under `previous`. No line can be changed, put in or taken out unseen, but for the last ones: who
keeps a chain keeps elsewhere how far it went.

A line of which a power cut left only a part is cut off before the next is added.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import machine_faults
from core.locks import wait_for

FIRST = "0" * 64
"""`previous` of the first line."""
_LAST_LINES = 1 << 16
"""Bytes at the end of the file in which its last whole line surely lies."""


def digest_of(text: bytes) -> str:
    """SHA-256 as the chains write it."""
    return hashlib.sha256(text).hexdigest()


def whole_lines(path: Path, doing: str) -> list[bytes] | None:
    """The lines of a chain, without one that was cut off; None where it was never begun. `doing`
    says what could not be done where the machine cannot read. Raises MachineFault."""
    with machine_faults(doing):
        text = path.read_bytes() if path.exists() else None
    return text.split(b"\n")[:-1] or None if text is not None else None


def records_of(lines: Sequence[bytes]) -> list[dict[str, Any] | None]:
    """The record of each line, `previous` among it; None where a line is not JSON of ours, or does
    not follow the line before it."""
    found: list[dict[str, Any] | None] = []
    previous = FIRST
    for line in lines:
        try:
            said = json.loads(line)
            follows = said["previous"] == previous
        except (ValueError, KeyError, TypeError, RecursionError):
            follows = False
        found.append(said if follows else None)
        previous = digest_of(line)
    return found


def append(path: Path, records: Sequence[Mapping[str, Any]], doing: str, mode: int = 0o600) -> None:
    """Add records, in order; on the disk when this returns. The folder is there. Raises
    MachineFault when the file cannot be written."""
    with (
        machine_faults(doing),
        os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, mode), "r+b") as chain,
    ):
        wait_for(chain)
        end = chain.seek(0, os.SEEK_END)
        start = chain.seek(max(0, end - _LAST_LINES))
        tail = chain.read()
        whole = tail.rfind(b"\n") + 1
        chain.seek(start + whole)
        chain.truncate()  # of a line that was cut off
        previous = digest_of(tail[:whole].split(b"\n")[-2]) if whole else FIRST
        for record in records:
            line = json.dumps({**record, "previous": previous}, sort_keys=True).encode()
            chain.write(line + b"\n")
            previous = digest_of(line)
        chain.flush()
        os.fsync(chain.fileno())
