"""What the rule book looks at: one frame of files and one of rows per kind of form, each frame row with the place it came from."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from ingestion.archives import FORM as ARCHIVE_FORM
from ingestion.contracts import forms
from ingestion.model import Arrival, ParsedFile, SheetRow
from ingestion.nights import month_index, year_and_month
from ingestion.reference import FORM as REFERENCE_FORM
from ingestion.reference import Register, reference_cells
from ingestion.settings import TIMEZONE

_FIRST_MONTH = month_index(2008, 1)  # voluntary social insurance begins: Law 71/2006/QH11


@dataclass
class FileToJudge:
    """A parsed file with what is known of it from outside: its first arrival, and the register of its night (None: none at hand)."""

    arrival: Arrival
    parsed: ParsedFile
    register: Register | None
    keys: list[tuple[str, str] | None] = field(default_factory=list)
    """(row_key, content_key) per row of `parsed.rows`; None for rows that are not data."""

    @property
    def kind(self) -> str:
        return KINDS.get(self.parsed.form or "", "unknown")

    @property
    def agent_code(self) -> str | None:
        if self.kind == "d05-ts":
            return self.parsed.head.get("agent_code") or self.arrival.agent_code
        return self.arrival.agent_code

    @property
    def head_month(self) -> int | None:
        return self.parsed.head.get("head_month")

    @property
    def report_month(self) -> int:
        """The month the file is about: the head's, else that of receipt."""
        received = self.arrival.received_at.astimezone(TIMEZONE)
        return self.head_month or month_index(received.year, received.month)


KINDS = {form.name: form.kind for form in forms()} | {REFERENCE_FORM: "reference", ARCHIVE_FORM: "archive"}


def files_frame(files: Sequence[FileToJudge], first_arrivals: dict[str, str]) -> pd.DataFrame:
    """One row per file. `first_arrivals` maps sha256 to the arrival that came first: any other arrival of it is a duplicate."""
    return pd.DataFrame.from_records(
        [
            {
                "kind": f.kind,
                "is_readable": f.parsed.container_problem is None,
                "container_problem": f.parsed.container_problem,
                "form": f.parsed.form,
                "missing_columns": ", ".join(f.parsed.missing_columns) or None,
                "unknown_columns": ", ".join(f.parsed.unknown_columns) or None,
                "row_below_foot": f.parsed.row_below_foot and f.parsed.row_below_foot[1],
                "agent_code": f.agent_code,
                "agent_is_known": _agent_is_known(f),
                "agent_is_sender": _agent_is_sender(f),
                "head_month": f.head_month,
                "side_file_problem": f.arrival.side_file_problem,
                "duplicate_of": _earlier(first_arrivals.get(f.arrival.sha256), f.arrival.arrival_id),
            }
            for f in files
        ]
    ).astype(object)


def rows_frame(files: Sequence[FileToJudge], kind: str) -> tuple[pd.DataFrame, list[tuple[int, int]]]:
    """The data rows of all files of one kind, and for each the (file, row) it came from. Fills `keys` of the files."""
    records: list[dict[str, Any]] = []
    places: list[tuple[int, int]] = []
    for number, file in enumerate(files):
        if file.kind != kind or kind == "reference":
            continue
        file.keys = [row_keys(file, row) if row.is_data else None for row in file.parsed.rows]
        contents: dict[str, set[str]] = {}
        for keys in filter(None, file.keys):
            contents.setdefault(keys[0], set()).add(keys[1])
        seen: Counter[tuple[str, str]] = Counter()
        for index, (row, pair) in enumerate(zip(file.parsed.rows, file.keys, strict=True)):
            if pair is None:
                continue
            has_key = row.values.get("bhxh_number") is not None and row.values.get("from_month") is not None
            records.append(
                {
                    **row.values,
                    **{f"{name}__problem": row.problems.get(name) for name in row.values},
                    **_derived(file, row),
                    "has_conflict": has_key and len(contents[pair[0]]) > 1,
                    "is_repeated": has_key and seen[pair] > 0,
                }
            )
            seen[pair] += 1
            places.append((number, index))
    return pd.DataFrame.from_records(records).astype(object), places


def reference_frame(files: Sequence[FileToJudge]) -> tuple[pd.DataFrame, list[tuple[int, dict[str, Any]]]]:
    """The cells of reference workbooks that cannot stand, and for each its (file, cell record)."""
    cells = [(n, c) for n, f in enumerate(files) if f.kind == "reference" for c in reference_cells(f.parsed)]
    return pd.DataFrame.from_records([{"problem": c["problem"]} for _, c in cells]), cells


def row_keys(file: FileToJudge, row: SheetRow) -> tuple[str, str]:
    """(row_key, content_key): which payment the row speaks of, and all that it says (but its ordinal number)."""
    values = row.values
    agent = values.get("agent_code") if file.kind == "roster" else file.agent_code
    key = [agent, file.parsed.head.get("batch_number"), file.head_month, row.section, values["bhxh_number"], values["from_month"]]
    content = [v for name, v in sorted(values.items()) if name != "ordinal"]
    return _digest(key), _digest(content)


def month_end(month: int) -> date:
    """The last day of a month index."""
    year, number = year_and_month(month + 1)
    return date.fromordinal(date(year, number, 1).toordinal() - 1)


def _derived(file: FileToJudge, row: SheetRow) -> dict[str, Any]:
    values, problems = row.values, row.problems
    start, total = values.get("from_month"), values.get("total_vnd")
    parts_readable = not {"unreadable"} & {problems.get("participant_vnd"), problems.get("state_support_vnd")}
    received = file.arrival.received_at.astimezone(TIMEZONE)
    return {
        "section": row.section,
        "row_section": row.section if row.section in ("I.1", "I.2", "II.1", "II.2") else None,
        "months_after_2008": None if start is None else start - _FIRST_MONTH,
        "months_ahead_of_receipt": None if start is None else start - month_index(received.year, received.month),
        "total_less_parts_vnd": total - (values.get("participant_vnd") or 0) - (values.get("state_support_vnd") or 0)
        if total is not None and parts_readable
        else None,
        "commune_code_text": values.get("commune_code") or "",
        "months_or_zero": values.get("months") or 0,
    }


def _agent_is_known(file: FileToJudge) -> bool | None:
    if file.kind != "d05-ts" or file.register is None or file.agent_code is None:
        return None
    return file.register.is_known(file.agent_code, month_end(file.report_month))


def _agent_is_sender(file: FileToJudge) -> bool | None:
    named, sender = file.parsed.head.get("agent_code"), file.arrival.agent_code
    return None if file.kind != "d05-ts" or named is None or sender is None else named == sender


def _earlier(first: str | None, arrival_id: str) -> str | None:
    return first if first not in (None, arrival_id) else None


def _digest(parts: Iterable[Any]) -> str:
    return hashlib.sha256(json.dumps(list(parts), ensure_ascii=False, default=str).encode()).hexdigest()[:32]
