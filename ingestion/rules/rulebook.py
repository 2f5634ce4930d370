"""The rule book: Great Expectations suites in `expectations/`, whose `meta` says what a broken rule means and to whom.

One entry is one rule: a condition over a frame that `frames` or `row_frame` builds, and when it applies, with `meta` = code, severity, scope, owner,
field, Vietnamese and English sentence, what to do, an example, the failure it prevents, its source and its dates. Two entries may share a code where
one rule has two halves. A rule applies to a row by the row's `rule_month`: the month it was paid in, else the month of its report.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from core.clock import month_index
from core.settings import PROJECT_ROOT
from core.words import Severity
from ingestion.containers.refusals import refusal
from ingestion.forms.contracts import field_labels
from ingestion.model import Finding

if TYPE_CHECKING:
    import pandas as pd

SUITES = PROJECT_ROOT / "expectations"
SUITE_OF_KIND = {"d05-ts": "d05_ts_rows", "d03-ts": "d03_ts_rows", "roster": "roster_rows", "reference": "reference_cells"}


@dataclass(frozen=True)
class Rule:
    """What a code means."""

    code: str
    group: str
    severity: Severity
    scope: str
    owner: str
    field: str | None
    message_vi: str
    message_en: str
    fix_vi: str
    example_vi: str
    prevents: str
    source: str
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class RuleResult:
    """One entry of a suite in one run: how many rows it looked at and how many fail. No value of a row."""

    suite: str
    code: str
    rows_looked_at: int
    rows_failing: int


@dataclass(frozen=True)
class Outcome:
    """One suite over one frame."""

    failures: list[tuple[Rule, int]]
    """(rule, row of the frame) for every failing row, by row, then code."""
    results: list[RuleResult]


@cache
def rules(folder: Path = SUITES) -> dict[str, Rule]:
    """code -> rule, over all suites."""
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.json")):
        for entry in suite_entries(path.stem, folder):
            found.setdefault(entry["meta"]["code"], Rule(**entry["meta"]))
    return found


@cache
def suite_entries(name: str, folder: Path = SUITES) -> list[dict[str, Any]]:
    """The entries of a suite as Great Expectations is given them: dates of `meta` stand in the kwarg `when`."""
    said = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return [_dated(entry) for entry in said["expectations"]]


def run_suite(suite: str, frame: pd.DataFrame, folder: Path = SUITES) -> Outcome:
    """Run one suite over a frame, as one checkpoint; nothing is cut short.

    Raises RuntimeError when an expectation itself fails to run: that is a bug of ours, not of the sender.
    """
    if frame.empty:
        return Outcome([], [])
    entries = suite_entries(suite, folder)
    outcome = _checkpoint(suite, folder).run(batch_parameters={"dataframe": frame.reset_index(drop=True)})
    failures: list[tuple[Rule, int]] = []
    results: list[RuleResult] = []
    for validation in outcome.run_results.values():
        if len(validation.results) != len(entries):
            raise RuntimeError(f"suite {suite}: {len(validation.results)} results for {len(entries)} rules")
        for result in validation.results:
            rule = Rule(**result.expectation_config.meta)
            if "mask" not in result.result or (result.exception_info or {}).get("raised_exception", True):
                raise RuntimeError(
                    f"suite {suite}, rule {rule.code}: the expectation did not run: {_what_went_wrong(result.exception_info)}"
                )
            failing = _rows_expectation().positions(result.result["mask"], len(frame)).tolist()
            results.append(RuleResult(suite, rule.code, result.result["looked_at"], len(failing)))
            failures.extend((rule, row) for row in failing)
    return Outcome(sorted(failures, key=lambda f: (f[1], f[0].code)), results)


def explain(finding: Finding) -> dict[str, str]:
    """The sentences of a finding: message_vi, message_en, fix_vi. No value of a cell is in them."""
    rule = rules()[finding.code]
    places = {
        "cell": finding.cell or "–",
        "row": finding.row or "–",
        "sheet": finding.sheet or "–",
        "field": field_labels().get(finding.field or "", ""),
    }
    details = dict.fromkeys(("message_vi", "message_en", "fix_vi"), finding.detail or "–")
    if finding.code == "BP-001":  # its detail is the code of a reason, which has words of its own
        why = refusal(finding.detail or "damaged")
        details = {"message_vi": why.vi, "message_en": why.en, "fix_vi": why.fix_vi}
    said = {name: cast(str, getattr(rule, name)) for name in details}
    if finding.cell is None:  # of a row whose form has no such column, or of a whole file
        said["message_vi"] = said["message_vi"].replace("Ô {cell}", "Dòng {row}" if finding.row else "Cả tệp")
        said["message_en"] = said["message_en"].replace("{cell}", "row {row}" if finding.row else "the file")
    return {name: said[name].format(**places, detail=detail) for name, detail in details.items()}


def _dated(entry: dict[str, Any]) -> dict[str, Any]:
    conditions = [f"({entry['kwargs']['when']})"] if entry["kwargs"].get("when") else []
    for name, sign in (("valid_from", ">="), ("valid_to", "<=")):
        if day := entry["meta"].get(name):
            of = date.fromisoformat(day)
            conditions.append(f"(rule_month {sign} {month_index(of.year, of.month)})")
    return {**entry, "kwargs": {"condition": entry["kwargs"]["condition"], "when": " & ".join(conditions) or None}}


def _what_went_wrong(info: Any) -> str:
    """The name of our own error. Its text may hold a value, and stays where it is."""
    return ", ".join(sorted(set(_errors(info)))) or "no result"


def _errors(info: Any) -> Iterator[str]:
    if isinstance(info, dict):
        text = info.get("exception_traceback")
        if isinstance(text, str) and text.strip():
            yield text.strip().splitlines()[-1].split(":")[0]
        for value in info.values():
            yield from _errors(value)


@cache
def _great_expectations() -> tuple[Any, Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # a task's log is ours, not what the library says of its own steps while it is imported and after
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    _rows_expectation()  # makes its expectation known; it is the first to import the library, without what we do not use
    import great_expectations as gx
    from great_expectations.data_context.types import base

    base.logger.setLevel(logging.WARNING)  # has set a level of its own
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return gx, context


def _rows_expectation() -> Any:
    from ingestion.rules import rows_expectation  # late: who only explains findings need not wait for Great Expectations

    return rows_expectation


@cache
def _checkpoint(suite: str, folder: Path) -> Any:
    gx, context = _great_expectations()
    name = suite if folder == SUITES else f"{suite} of {folder}"
    made = context.suites.add(gx.ExpectationSuite(name=name, expectations=suite_entries(suite, folder)))
    batch = context.data_sources.add_pandas(name).add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
    validation = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=made))
    return gx.Checkpoint(name=name, validation_definitions=[validation], result_format={"result_format": "BASIC"})
