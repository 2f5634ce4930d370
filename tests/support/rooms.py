"""The source of the product's rooms, for rules about where a thing may stand."""

from __future__ import annotations

import re

from tests.support.command import ROOT

ROOMS = ("baophu", "core", "dags", "ingestion", "publishing")


def files_with(pattern: str) -> list[str]:
    """The modules in which a pattern stands, as paths from the root."""
    return [
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(pattern, path.read_text("utf-8"))
    ]
