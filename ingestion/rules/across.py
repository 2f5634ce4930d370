"""The rules across files: what a file says, beside other files and history. Fates across files are
computed in SQL (decision 2)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from core.clock import month_index
from core.data_folder import LAW_SEEDS
from ingestion.model import Finding
from ingestion.rules.rulebook import RuleResult, run_suite, suite_entries

SUITE = "across"
_QUERY = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


def judge_across(
    connection: duckdb.DuckDBPyConnection, since: datetime
) -> tuple[list[Finding], list[RuleResult]]:
    """Every finding across files of the files received at or after `since` (UTC, without an
    offset), and what each rule looked at.

    A file is compared with what was received before it, never after, so its findings do not depend
    on the order in which files were loaded, as long as every file received since the earliest newly
    loaded one is judged again: nothing received before it can have changed. Raises RuntimeError
    when a rule cannot be run.
    """
    epochs = pd.DataFrame({"month": _epochs()})
    connection.register("epochs", epochs)
    try:
        table = connection.sql(
            _QUERY, params={"since": since, "most_supported_months": most_supported_months()}
        ).to_arrow_table()
    finally:
        connection.unregister("epochs")
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    outcome = run_suite(SUITE, frame)
    findings = []
    for rule, position in outcome.failures:
        names = ("sha256", "row_id", "sheet", "row_number", *([rule.detail] if rule.detail else []))
        sha256, row_id, sheet, row, *detail = (
            None if pd.isna(value := frame[name].iloc[position]) else value for name in names
        )
        findings.append(
            Finding(
                str(sha256),
                rule.code,
                rule.severity,
                sheet=sheet,
                row=row,
                field=rule.field,
                row_id=row_id,
                detail=next(iter(detail), None),
            )
        )
    return findings, outcome.results


def across_codes() -> list[str]:
    """Codes of the rules that this room judges."""
    return sorted({entry["meta"]["code"] for entry in suite_entries(SUITE)})


@cache
def most_supported_months() -> int:
    """Months in all for which the state supports a person: the most that any dated row of the seed
    gives."""
    with (LAW_SEEDS / "support_rules.csv").open(encoding="utf-8", newline="") as file:
        return max(int(row["max_supported_months"]) for row in csv.DictReader(file))


@cache
def _epochs() -> Sequence[int]:
    """Months from which communes have other borders or codes: a person is not compared over
    them."""
    with (LAW_SEEDS / "communes.csv").open(encoding="utf-8", newline="") as file:
        days = {date.fromisoformat(row["valid_from"]) for row in csv.DictReader(file)}
    return sorted(month_index(day.year, day.month) for day in days)
