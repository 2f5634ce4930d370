"""Who reported and what became of every file, as known on a day: for the office, from the private
snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.data_folder import DataFolder
from publishing.as_of import compute, last_night
from publishing.errors import NothingPublished
from publishing.store import read_store


@dataclass(frozen=True)
class Reports:
    """`missing`, `late`, `empty`: agents expected that were silent in the month of `on`, reported
    after its end, or said that there was nothing to report (agent_code, agent_name, commune_code,
    system_code, first_reported_on); each agent in one of them at most, and who sent only what our
    code failed on in none. `files`: rows of `fct_submissions`. `findings`: rules broken, as
    (file_id, row_id, sheet, cell, row_number, field, code, severity, detail), never a value.
    `closed_rows`: rows held or rejected that a later file brought right or a person decided about.
    """

    on: date
    known_on: date
    expected: int
    missing: list[dict[str, Any]]
    late: list[dict[str, Any]]
    empty: list[dict[str, Any]]
    files: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    closed_rows: frozenset[str]


def read_reports(data: Path, on: date | None = None, known_on: date | None = None) -> Reports:
    """The reports due in the month of `on` (default: `known_on`, else the last night that ran), by
    all that was known on `known_on` (default: `on`).

    Raises AsOfRefused for days that have not come, NothingPublished before the first night.
    """
    places = DataFolder(data)
    day = on or known_on or last_night(places)
    known = known_on or day
    expected = _dicts(*compute(places, "int_agents__expected", day, known))
    agents = {row["agent_code"]: row for row in _dicts(*compute(places, "dim_agent", day, known))}
    files = _dicts(*compute(places, "fct_submissions", day, known))
    by_status: dict[str, list[dict[str, Any]]] = {
        "missing": [],
        "late": [],
        "empty": [],
        "not_judged": [],
        "on_time": [],
    }
    for row in expected:
        about = {
            name: agents[row["agent_code"]][name]
            for name in ("agent_code", "agent_name", "commune_code", "system_code")
        }
        by_status[row["report_status"]].append(
            {**about, "first_reported_on": row["first_reported_on"]}
        )
    of_files = {row["file_id"] for row in files}
    missing, late, empty = (by_status[status] for status in ("missing", "late", "empty"))
    findings = [f for f in _findings(places) if f["file_id"] in of_files]
    cases = _dicts(*compute(places, "int_rows__resolved", day, known))
    closed = frozenset(row["row_id"] for row in cases if not row["is_open"])
    return Reports(day, known, len(expected), missing, late, empty, files, findings, closed)


def known_arrivals(data: Path) -> set[str]:
    """Keys of the arrivals in the snapshot; empty before the first publish, and where the snapshot
    is damaged."""
    places = DataFolder(data)
    try:
        with read_store(places.as_of, "raw.submissions") as con:
            return {
                key for (key,) in con.execute("select arrival_id from raw.submissions").fetchall()
            }
    except NothingPublished:
        return set()


def _findings(places: DataFolder) -> list[dict[str, Any]]:
    with read_store(places.as_of, "ops.findings") as con:
        found = con.execute(
            "select substring(sha256, 1, 12) as file_id, row_id, sheet, cell, row_number, field, code, severity, detail from ops.findings order by all"
        )
        return _dicts([column[0] for column in found.description], found.fetchall())


def _dicts(columns: list[str], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]
