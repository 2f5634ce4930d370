"""Who looked at what lies behind a figure: one line of JSON per use, in `landing/uses.jsonl`.

The file is only ever added to. Each night the warehouse takes it in whole as `ops.uses`, so that
landing alone still rebuilds everything. A line that a crash left half written is passed over.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.clock import parse_instant
from core.data_folder import DataFolder
from core.errors import machine_faults
from core.locks import take


def record_use(folder: DataFolder, what: str, about: Mapping[str, Any], used_at: datetime) -> None:
    """Add one line, durably. `about`: codes and counts, never a value of a participant.

    Raises MachineFault when landing cannot be written: who cannot be recorded sees nothing.
    """
    line = {
        "used_at": used_at.astimezone(UTC).isoformat(),
        "who": getpass.getuser(),
        "what": what,
        "about": dict(about),
    }
    text = json.dumps(line, ensure_ascii=False, default=str) + "\n"
    path = folder.landing / "uses.jsonl"
    with machine_faults("write to the landing folder"):
        folder.landing.mkdir(parents=True, exist_ok=True)
        with (
            take(path.with_name(".uses.lock"), "write to the landing folder"),
            path.open("ab") as out,
        ):
            if out.tell() and not _ends_whole(path.read_bytes()[-1:]):
                text = "\n" + text
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())


def _ends_whole(last: bytes) -> bool:
    return last == b"\n"


def read_uses(folder: DataFolder) -> list[dict[str, Any]]:
    """Records for `ops.uses`, in the order in which they were made; `about` as JSON."""
    path = folder.landing / "uses.jsonl"
    if not path.exists():
        return []
    with machine_faults("read the landing folder"):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    uses = []
    for line in lines:
        try:
            use = json.loads(line)
            record = {
                "used_at": parse_instant(use["used_at"]).astimezone(UTC).replace(tzinfo=None),
                "who": str(use["who"]),
                "what": str(use["what"]),
                "about": json.dumps(use["about"], ensure_ascii=False, sort_keys=True),
            }
        except (ValueError, KeyError, TypeError):
            continue  # half a line, of a process that was killed
        uses.append(record)
    return uses
