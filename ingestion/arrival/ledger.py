"""The ledger of landings: `landing/ledger.jsonl`, one line for every receipt and every decision,
only ever added to.

A line holds a path, the SHA-256 of the text that lies there, and the SHA-256 of the line before it:
no line can be changed, put in or taken out unseen. The last line that a night has seen is kept
beside the warehouse, so that a ledger that was cut at its end, or removed, is seen too. Lines are
written after the text that they name; a line of which a power cut left only a part is cut off
before the next is added.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from core import chained_lines
from core.chained_lines import digest_of as digest_of
from core.data_folder import DataFolder
from core.errors import OfficeFault, machine_faults
from core.whole_files import write_whole

_WRITING = "write to the landing folder"
Line = tuple[str, str]
"""(path relative to landing/, SHA-256 of the text that lies there)"""


def read_ledger(folder: DataFolder) -> dict[str, str] | None:
    """Path -> SHA-256 of every line, in order; None where there is no ledger yet.

    Raises OfficeFault when a line was changed, put in or taken out.
    """
    lines = _whole_lines(folder.landings)
    _verify_what_was_seen(folder, lines)
    if lines is None:
        return None
    listed: dict[str, str] = {}
    for number, said in enumerate(chained_lines.records_of(lines), start=1):
        if said is None or not {"path", "sha256"} <= said.keys():
            raise OfficeFault(
                f"line {number} of landing/ledger.jsonl was changed, or one before it is missing; put the file back from a copy, nothing was loaded"
            )
        listed[str(said["path"])] = str(said["sha256"])
    return listed


def append(folder: DataFolder, lines: Sequence[Line]) -> None:
    """Add lines, in order; on the disk when this returns. Raises MachineFault when the ledger
    cannot be written."""
    if not lines:
        return
    with machine_faults(_WRITING):
        folder.landings.parent.mkdir(parents=True, exist_ok=True)
    records = [{"path": path, "sha256": sha256} for path, sha256 in lines]
    chained_lines.append(folder.landings, records, _WRITING)


def copy_beginning(folder: DataFolder, to: DataFolder, lines: int | None) -> set[str] | None:
    """Write the first `lines` of the ledger (None: all) into the landing of another data folder.
    The paths that they list; None where there is no ledger."""
    kept = (_whole_lines(folder.landings) or [])[:lines]
    if not kept:
        return None
    to.landings.write_bytes(b"".join(line + b"\n" for line in kept))
    return {str(said["path"]) for said in chained_lines.records_of(kept) if said is not None}


def positions(folder: DataFolder) -> dict[str, int]:
    """Path -> the first line that lists it, from 1."""
    lines = _whole_lines(folder.landings) or []
    found: dict[str, int] = {}
    for line, said in enumerate(chained_lines.records_of(lines), start=1):
        if said is not None:
            found.setdefault(str(said["path"]), line)
    return found


def digest_of_line(folder: DataFolder, line: int) -> str | None:
    """SHA-256 of a line, from 1; None where the ledger does not go so far."""
    lines = _whole_lines(folder.landings) or []
    return digest_of(lines[line - 1]) if 0 < line <= len(lines) else None


def note_what_was_seen(folder: DataFolder) -> None:
    """Keep beside the warehouse how far the ledger goes now."""
    lines = _whole_lines(folder.landings)
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
    return chained_lines.whole_lines(path, "read the landing folder")


def _seen_path(folder: DataFolder) -> Path:
    return folder.warehouse.with_name("ledger-seen.json")
