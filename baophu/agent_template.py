"""`template`: the form of the day for one agent, filled in with what the private snapshot knows of
its people."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from core.clock import month_index
from core.data_folder import DataFolder
from core.private import refuse_published
from core.workers import apart
from ingestion.feedback.template import Head, Renewal, form_of, write_template
from publishing.due import read_due


def write_for_agent(
    folder: DataFolder, agent_code: str, on: date | None, path: Path
) -> tuple[Path, int]:
    """Write the form of the day `on` (default: the last night that ran) for one agent; the path,
    and how many people stand in it.

    Raises OfficeFault for a place where it must not lie, DueRefused for a code that is not in the
    register on that day.
    """
    refuse_published(folder, path)
    found = read_due(folder.root, "agent", agent_code, on)
    people = [
        Renewal(
            p.full_name,
            p.bhxh_number,
            p.months,
            month_index(p.due_on.year, p.due_on.month),
            p.income_vnd,
            p.support_group,
            p.support_per_month_vnd,
        )
        for p in found.people
    ]
    point = next((p.collection_point for p in found.people if p.collection_point), "")
    head = Head(
        agent_code,
        found.name,
        ", ".join(part for part in (point, found.communes) if part and part != "–"),
        month_index(found.on.year, found.on.month),
    )
    return apart(write_template, form_of(found.on), head, people, path), len(people)
