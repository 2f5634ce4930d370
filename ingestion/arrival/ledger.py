"""The ledger of landings: `landing/ledger.jsonl`, one line for every receipt and every decision,
only ever added to.

A line holds a path, the SHA-256 of the text that lies there, and the SHA-256 of the line before it:
no line can be changed, put in or taken out unseen. The last line that a night has seen is kept
beside the warehouse, so that a ledger that was cut at its end, or removed, is seen too. Lines are
written after the text that they name; a line of which a power cut left only a part is cut off
before the next is added.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from core.data_folder import DataFolder
from core.errors import OfficeFault, machine_faults
from core.locks import wait_for
from core.whole_files import write_whole

_FIRST = "0" * 64
_LAST_LINES = 1 << 16
"""Bytes at the end of the ledger in which its last whole line surely lies."""
Line = tuple[str, str]
"""(path relative to landing/, SHA-256 of the text that lies there)"""


def digest_of(text: bytes) -> str:
    """SHA-256 as the ledger writes it."""
    return hashlib.sha256(text).hexdigest()


def read_ledger(folder: DataFolder) -> dict[str, str] | None:
    """Path -> SHA-256 of every line; None where there is no ledger yet.

    Raises OfficeFault when a line was changed, put in or taken out.
    """
    lines = _whole_lines(_path(folder))
    _verify_what_was_seen(folder, lines)
    if lines is None:
        return None
    listed: dict[str, str] = {}
    previous = _FIRST
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            path, sha256, is_next = (
                str(said["path"]),
                str(said["sha256"]),
                said["previous"] == previous,
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            is_next = False
        if not is_next:
            raise OfficeFault(
                f"line {number} of landing/ledger.jsonl was changed, or one before it is missing; put the file back from a copy, nothing was loaded"
            )
        listed[path] = sha256
        previous = digest_of(line)
    return listed


def append(folder: DataFolder, lines: Sequence[Line]) -> None:
    """Add lines, in order; on the disk when this returns. Raises MachineFault when the ledger
    cannot be written."""
    if not lines:
        return
    with machine_faults("write to the landing folder"):
        path = _path(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as ledger:
            wait_for(ledger)
            end = ledger.seek(0, os.SEEK_END)
            start = ledger.seek(max(0, end - _LAST_LINES))
            tail = ledger.read()
            whole = tail.rfind(b"\n") + 1
            ledger.seek(start + whole)
            ledger.truncate()  # of a line that was cut off
            previous = digest_of(tail[:whole].split(b"\n")[-2]) if whole else _FIRST
            for name, sha256 in lines:
                line = json.dumps(
                    {"path": name, "previous": previous, "sha256": sha256}, sort_keys=True
                ).encode()
                ledger.write(line + b"\n")
                previous = digest_of(line)
            ledger.flush()
            os.fsync(ledger.fileno())


def note_what_was_seen(folder: DataFolder) -> None:
    """Keep beside the warehouse how far the ledger goes now."""
    lines = _whole_lines(_path(folder))
    if not lines:
        return
    text = json.dumps({"lines": len(lines), "sha256": digest_of(lines[-1])})
    write_whole(_seen_path(folder), text.encode(), "write beside the warehouse", is_lasting=False)


def _verify_what_was_seen(folder: DataFolder, lines: Sequence[bytes] | None) -> None:
    try:
        seen = json.loads(_seen_path(folder).read_text(encoding="utf-8"))
        count, sha256 = int(seen["lines"]), str(seen["sha256"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return
    if lines is None or len(lines) < count or digest_of(lines[count - 1]) != sha256:
        raise OfficeFault(
            f"landing/ledger.jsonl had {count} lines at the last night and has lost or changed some; put the file back from a copy, nothing was loaded"
        )


def _whole_lines(path: Path) -> list[bytes] | None:
    with machine_faults("read the landing folder"):
        text = path.read_bytes() if path.exists() else None
    # what follows the last line break is a line that was cut off; a ledger of nothing else was
    # never begun
    return text.split(b"\n")[:-1] or None if text is not None else None


def _path(folder: DataFolder) -> Path:
    return folder.landing / "ledger.jsonl"


def _seen_path(folder: DataFolder) -> Path:
    return folder.warehouse.with_name("ledger-seen.json")
