"""Side files: `<name>.json` beside a file that came in says when it was received, from whom, and by
what channel."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.clock import parse_instant
from core.foreign_text import visible

CALENDAR = (2000, 2100)
"""Years outside of which no file was sent, whatever a clock says."""
_AT_MOST = 1 << 16
"""Bytes: a side file says three things."""


@dataclass(frozen=True)
class SideFile:
    """What a side file says. `problem`: `unreadable`, or `date` where it names a time outside of
    any calendar; it counts as absent then."""

    received_at: datetime | None = None
    agent_code: str | None = None
    channel: str | None = None
    problem: str | None = None


def side_file_of(path: Path) -> Path | None:
    """The side file `<name>.json` of a file, or None. `<name>` is the whole name; the name without
    its ending is understood too."""
    for candidate in (f"{path}.json", f"{path.parent / path.stem}.json"):
        # os.path asks in silence: a name with `.json` behind it may be longer than the disk allows
        if candidate != str(path) and os.path.isfile(candidate) and not os.path.islink(candidate):  # noqa: PTH113, PTH114
            return Path(candidate)
    return None


def side_files_in(folder: Path) -> set[Path]:
    """Every file of this folder that is the side file of another."""
    with os.scandir(folder) as entries:
        return {
            side
            for entry in entries
            if not entry.name.lower().endswith(".json") and (side := side_file_of(Path(entry.path)))
        }


def read_side_file(path: Path) -> SideFile:
    """What the side file says of `path`; one that cannot be understood is said in `problem`, and
    counts as absent."""
    side = side_file_of(path)
    if side is None:
        return SideFile()
    try:
        if side.stat().st_size > _AT_MOST:
            return SideFile(problem="unreadable")
        said = json.loads(side.read_text(encoding="utf-8-sig"))
        moment = said.get("received_at")
        received_at = parse_instant(moment) if moment else None
        agent_code, channel = (_short_text(said.get(name)) for name in ("agent_code", "channel"))
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return SideFile(problem="unreadable")
    if received_at is not None and not CALENDAR[0] <= received_at.year < CALENDAR[1]:
        return SideFile(agent_code=agent_code, channel=channel, problem="date")
    return SideFile(received_at, agent_code, channel)


def _short_text(value: object) -> str | None:
    """A code or a word of a side file. Raises ValueError when it is none."""
    if value is None or value == "":
        return None
    text = str(value) if isinstance(value, (str, int)) else ""
    if not 0 < len(text) <= 64 or visible(text) != text:
        raise ValueError
    return text
