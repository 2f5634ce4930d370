"""What completes the sentence of a finding: a rule names it (`detail`), and here stands how it is
worked out.

A detail names columns, cells, codes of the register or counts, never a value of a participant.
Details of files are columns of the frame that the rules of files see, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ingestion.model import SheetRow

if TYPE_CHECKING:
    from ingestion.rules.frames import FileToJudge


def _unread_heading_above(file: FileToJudge, row: SheetRow) -> str | None:
    """The cell of the nearest heading above the row, where that heading cannot be read."""
    headings = (
        r.number
        for r in file.parsed.rows
        if r.role == "section" and r.sheet_index == row.sheet_index and r.number < row.number
    )
    nearest = max(headings, default=0)
    cells = (cell for sheet, cell in file.parsed.unread_headings if sheet == row.sheet)
    return next((cell for cell in cells if re.sub(r"\D", "", cell) == str(nearest)), None)


OF_FILES: dict[str, Callable[[FileToJudge], str | None]] = {
    "container_problem": lambda file: file.parsed.container_problem,
    "missing_columns": lambda file: ", ".join(file.parsed.missing_columns) or None,
    "unknown_columns": lambda file: ", ".join(file.parsed.unknown_columns) or None,
    "unread_headings": lambda file: (
        ", ".join(cell for _, cell in file.parsed.unread_headings) or None
    ),
    "agent_code": lambda file: file.agent_code,
    "agents_named": lambda file: (
        f"{file.parsed.head.get('agent_code')} / {file.arrival.agent_code}"
    ),
    "vanished_agents": lambda file: ", ".join(file.vanished_agents) or None,
    "withdrawn": lambda file: file.withdrawn,
}
OF_ROWS: dict[str, Callable[[FileToJudge, SheetRow], str | None]] = {
    "commune_candidates": lambda _, row: (
        ", ".join(map(str, row.values.get("commune_candidates") or ())) or None
    ),
    "unread_heading_above": _unread_heading_above,
}
IN_SUITE_FILE: dict[str, Collection[str]] = {
    "files": OF_FILES.keys(),
    "rows": OF_ROWS.keys(),
    "files_by_rows": ("share_failing",),
    "across": ("vanished_from", "changed_from"),
}
"""File of `expectations/` -> the details that its rules may name; the last two are columns of their
frames."""
