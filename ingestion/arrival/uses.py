"""Who looked at what lies behind a figure: one line per use in `landing/uses.jsonl`, a chain as the
ledger of landings is one.

Each night the warehouse takes it in whole as `ops.uses`, so that landing alone rebuilds everything.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core import chained_lines
from core.clock import parse_instant
from core.data_folder import DataFolder
from core.errors import machine_faults

_WRITING = "write to the landing folder"


def record_use(folder: DataFolder, what: str, about: Mapping[str, Any], used_at: datetime) -> None:
    """Add one line, durably. `about`: codes, days as text and counts, never a value of a
    participant.

    Raises MachineFault when landing cannot be written: who cannot be recorded sees nothing.
    """
    use = {
        "used_at": used_at.astimezone(UTC).isoformat(),
        "who": getpass.getuser(),
        "what": what,
        "about": dict(about),
    }
    with machine_faults(_WRITING):
        folder.landing.mkdir(parents=True, exist_ok=True)
    chained_lines.append(folder.uses, [use], _WRITING)


def read_uses(folder: DataFolder) -> list[dict[str, Any]]:
    """Records for `ops.uses`, in the order in which they were made; `about` as JSON. A line that
    does not follow the one before it is none of ours, and is left out."""
    lines = chained_lines.whole_lines(folder.uses, "read the landing folder") or []
    return [
        {
            "used_at": parse_instant(use["used_at"]).astimezone(UTC).replace(tzinfo=None),
            "who": use["who"],
            "what": use["what"],
            "about": json.dumps(use["about"], ensure_ascii=False, sort_keys=True),
        }
        for use in chained_lines.records_of(lines)
        if use is not None and {"used_at", "who", "what", "about"} <= use.keys()
    ]
