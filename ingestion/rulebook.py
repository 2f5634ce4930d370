"""The rule book: Great Expectations suites in `expectations/`, whose `meta` says what a broken rule means and to whom.

One entry is one rule: an expectation over a column of a frame that `frames` builds, with `meta` = code, severity, scope, field, Vietnamese and
English sentence, what to do, and the failure it prevents. Two entries may share a code where one rule has two halves.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ingestion.contracts import field_labels
from ingestion.model import Finding, Severity
from ingestion.refusals import refusal
from ingestion.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import pandas as pd

SUITES = PROJECT_ROOT / "expectations"
SUITE_OF_KIND = {"d05-ts": "d05_ts_rows", "roster": "roster_rows", "reference": "reference_cells"}


@dataclass(frozen=True)
class Rule:
    """What a code means."""

    code: str
    severity: Severity
    scope: str
    field: str | None
    message_vi: str
    message_en: str
    fix_vi: str
    prevents: str


@cache
def rules() -> dict[str, Rule]:
    """code -> rule, over all suites."""
    found: dict[str, Rule] = {}
    for path in sorted(SUITES.glob("*.json")):
        for entry in _suite(path.stem)["expectations"]:
            found.setdefault(entry["meta"]["code"], Rule(**entry["meta"]))
    return found


def broken(suite: str, frame: pd.DataFrame) -> list[tuple[Rule, int]]:
    """Run one suite over a frame, as one checkpoint: (rule, row of the frame) for every failing row, never cut short.

    Raises RuntimeError when an expectation itself fails to run: that is a bug of ours, not of the sender.
    """
    if frame.empty:
        return []
    said = _suite(suite)
    checkpoint = _checkpoint(suite)
    outcome = checkpoint.run(batch_parameters={"dataframe": frame.reset_index(drop=True)})
    failures: list[tuple[Rule, int]] = []
    for validation in outcome.run_results.values():
        if len(validation.results) != len(said["expectations"]):
            raise RuntimeError(f"suite {suite}: {len(validation.results)} results for {len(said['expectations'])} rules")
        for result in validation.results:
            rule = Rule(**result.expectation_config.meta)
            if result.exception_info and result.exception_info.get("raised_exception", True):
                raise RuntimeError(f"suite {suite}, rule {rule.code}: the expectation did not run")
            failures.extend((rule, int(row)) for row in result.result.get("unexpected_index_list") or ())
    return sorted(failures, key=lambda f: (f[1], f[0].code))


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
    return {name: cast(str, getattr(rule, name)).format(**places, detail=detail) for name, detail in details.items()}


@cache
def _suite(name: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads((SUITES / f"{name}.json").read_text(encoding="utf-8")))


@cache
def _great_expectations() -> tuple[Any, Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return gx, context


@cache
def _checkpoint(name: str) -> Any:
    gx, context = _great_expectations()
    said = _suite(name)
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=said["expectations"]))
    batch = context.data_sources.add_pandas(name).add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
    validation = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    return gx.Checkpoint(
        name=name,
        validation_definitions=[validation],
        result_format={"result_format": "COMPLETE", "include_unexpected_rows": False},
    )
