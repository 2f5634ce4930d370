"""Files made by hand for the rule book: rows as the parser gives them, with every field of a form
of twenty columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from core.clock import month_index
from ingestion.forms.reference import Register
from ingestion.model import Arrival, Finding, ParsedFile, SheetRow
from ingestion.rules.frames import FileToJudge
from ingestion.rules.validate import judge

JUNE_2019 = month_index(2019, 6)
COLUMNS = {
    name: i
    for i, name in enumerate(
        (
            "ordinal", "full_name", "bhxh_number", "citizen_number", "address", "paid_on", "receipt_number", "income_vnd", "months",
            "from_month", "total_vnd", "participant_vnd", "state_support_rate", "state_support_vnd", "local_support_rate",
            "local_support_vnd", "other_support_rate", "other_support_vnd", "collector_code", "note",
        )
    )
}  # fmt: skip
GOOD: dict[str, Any] = {
    "full_name": "Trần Thị Mẫu", "bhxh_number": "3300000001", "citizen_number": "033190000001", "address": "thôn Mẫu, xã Mẫu",
    "commune_code": "12142", "paid_on": date(2019, 6, 20), "receipt_number": "BL0001", "income_vnd": 700_000, "months": 12,
    "from_month": JUNE_2019, "total_vnd": 1_848_000, "participant_vnd": 1_663_200, "state_support_vnd": 184_800, "local_support_vnd": None,
    "other_support_vnd": None, "support_group": "other", "birth_date": date(1990, 1, 1), "telephone": "0912345670", "note_method": "new",
    "note": "Đối tượng Khác",
}  # fmt: skip
ARRIVAL = Arrival(
    "arrival",
    "f" * 64,
    datetime(2019, 6, 25, 3, tzinfo=UTC),
    date(2019, 6, 25),
    "DL001",
    "test",
    ".xlsx",
    "r",
    "b",
)
REGISTER = Register(
    "e" * 64,
    (
        {
            "agent_code": "DL001",
            "commune_code": "12142",
            "valid_from": date(2017, 1, 1),
            "valid_to": None,
        },
    ),
)


def row(
    number: int,
    *,
    section: str | None = "I.1",
    problems: Mapping[str, str] | None = None,
    is_data: bool = True,
    **values: Any,
) -> SheetRow:
    """The good row with some fields changed; number 11 is the first of a sheet. A field with a
    problem has no value unless it is given."""
    problems = dict(problems or {})
    said = GOOD | {name: None for name in problems if name in GOOD} | values
    amount = int(said["total_vnd"] or 0) * (-1 if (section or "").startswith("II") else 1) * is_data
    return SheetRow("D05-TS", 0, number, section, is_data, amount, said, problems)


def subtotal(number: int, amount_vnd: int, section: str = "I.1") -> SheetRow:
    """A row that adds up others."""
    return SheetRow(
        "D05-TS", 0, number, section, False, 0, {"total_vnd": amount_vnd}, role="subtotal"
    )


def file_of(
    *rows: SheetRow,
    month: int = JUNE_2019,
    arrival: Arrival = ARRIVAL,
    register: Register | None = REGISTER,
    **parsed: Any,
) -> FileToJudge:
    """A sheet of one agent's month, received in it; other fields of the parsed file may be
    given."""
    year, of_year = (month - 1) // 12, (month - 1) % 12 + 1
    received = replace(arrival, received_at=datetime(year, of_year, 25, 3, tzinfo=UTC))
    said: dict[str, Any] = {
        "head": {"agent_code": "DL001", "head_month": month},
        "columns": COLUMNS,
        "form": "d05-ts/595",
    } | parsed
    file = ParsedFile(arrival.sha256, rows=list(rows), **said)
    file.rows_at_cells, file.amount_at_cells_vnd = len(rows), sum(r.amount_vnd for r in rows)
    return FileToJudge(received, file, register)


def findings(*rows: SheetRow, **file: Any) -> list[Finding]:
    """What the rule book says of one sheet."""
    (judgement,) = judge([file_of(*rows, **file)])
    return judgement.findings


def told(*rows: SheetRow, **file: Any) -> list[tuple[str, str | None]]:
    """(code, cell) of every finding of one sheet, sorted."""
    return sorted(((f.code, f.cell) for f in findings(*rows, **file)), key=str)
