"""The rule book: Great Expectations suites in `expectations/`, whose `meta` says what a broken rule
means and to whom.

One entry is one rule: a condition over a frame that `frames` or `row_frame` builds, and when it
applies. Its `meta` says the rest: code, severity, scope, owner, field, Vietnamese and English
sentence, what to do, an example, the failure it prevents, its source and its dates; and where the
rule needs them:

- `forms`: the kinds of form it is for (rules of `rows.json` only);
- `detail`: what completes its sentence, by a name of `details`;
- `fate`: `duplicate`, where the row or the file is one that we have already.

Two entries may share a code where one rule has two halves. A rule applies to a row by the row's
`rule_month`: the month it was paid in, else the month of its report.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from core.clock import month_index
from core.data_folder import PROJECT_ROOT
from core.errors import WrongDataFile
from core.words import Severity
from ingestion.containers.refusals import refusal
from ingestion.forms.contracts import field_labels, forms
from ingestion.model import Finding
from ingestion.rules import details

if TYPE_CHECKING:
    import pandas as pd

SUITES = PROJECT_ROOT / "expectations"
_ROWS = "rows"
"""The file with the rules of all rows. A kind of form is judged by a suite of its own: the rules
that name it."""
ROW_SUITES = {form.kind: f"{form.kind.replace('-', '_')}_rows" for form in forms()}
"""Kind of form -> the suite of its rows."""
_KIND_OF_SUITE = {suite: kind for kind, suite in ROW_SUITES.items()}


Group = Literal[
    "structure",
    "identity",
    "dates",
    "money",
    "subtotals",
    "rows",
    "register",
    "plausibility",
    "across",
]
Scope = Literal["cell", "row", "file", "register", "across"]
_SENTENCES = ("message_vi", "message_en", "fix_vi")
_LINES_OF_A_SHEET = ("head_month", "books_requested")
"""What a sheet says above and below its table, and a rule may speak of."""
_PLACES = ("cell", "row", "sheet", "field", "detail")
"""What a sentence may name."""


@dataclass(frozen=True)
class Rule:
    """What a code means."""

    code: str
    group: Group
    severity: Severity
    scope: Scope
    owner: str
    field: str | None
    message_vi: str
    message_en: str
    fix_vi: str
    example_vi: str
    prevents: str
    source: str
    forms: tuple[str, ...] = ()
    """Kinds of form; empty for a rule that is not about rows."""
    detail: str | None = None
    """Name of what completes the sentence (`details`)."""
    fate: Literal["duplicate"] | None = None
    """Set where the rule finds what we have already."""
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class RuleResult:
    """One entry of a suite in one run: how many rows it looked at and how many fail. No value of a
    row."""

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
    book: dict[str, Rule] = {}
    for name in suite_names(folder):
        for entry in suite_entries(name, folder):
            book.setdefault(entry["meta"]["code"], _rule(entry["meta"]))
    return book


@cache
def duplicate_codes() -> frozenset[str]:
    """Codes of the rules that find what we have already."""
    return frozenset(code for code, rule in rules().items() if rule.fate == "duplicate")


def suite_names(folder: Path = SUITES) -> list[str]:
    """Every suite, by name: one a file, and one a kind of form for the rows."""
    files = {path.stem for path in folder.glob("*.json")}
    return sorted((files - {_ROWS}) | (set(ROW_SUITES.values()) if _ROWS in files else set()))


@cache
def suite_entries(name: str, folder: Path = SUITES) -> list[dict[str, Any]]:
    """The entries of a suite as Great Expectations is given them: dates of `meta` stand in the
    kwarg `when`.

    Raises WrongDataFile, with the file and the code, where an entry is not a rule as this module
    knows it.
    """
    kind = _KIND_OF_SUITE.get(name)
    if kind is None:
        return [_dated(entry) for entry in _entries(folder / f"{name}.json")]
    return [
        _dated(entry)
        for entry in _entries(folder / f"{_ROWS}.json")
        if kind in entry["meta"]["forms"]
    ]


@cache
def _entries(file: Path) -> list[dict[str, Any]]:
    """The entries of a file, each checked."""
    try:
        entries: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["expectations"]
    except ValueError as exc:
        raise WrongDataFile(f"{file.name} is no JSON: {exc}") from None
    known: dict[str, Collection[str]] = {
        "forms": ROW_SUITES,
        "detail": details.IN_SUITE_FILE.get(file.stem, ()),
        "severity": get_args(Severity),
        "group": get_args(Group),
        "scope": get_args(Scope),
        "field": {*field_labels(), *_LINES_OF_A_SHEET},
        "fate": ("duplicate",),
        "a place in a sentence": _PLACES,
    }
    for entry in entries:
        try:
            rule = _rule(entry["meta"])
            named = {
                "forms": rule.forms,
                "detail": (rule.detail,),
                "severity": (rule.severity,),
                "group": (rule.group,),
                "scope": (rule.scope,),
                "field": (rule.field,),
                "fate": (rule.fate,),
                "a place in a sentence": _places_in(rule),
            }
            for key, names in named.items():
                for name in set(names) - {None, *known[key]}:
                    raise ValueError(
                        f"{key} {name!r} is not one of: {', '.join(sorted(known[key])) or 'none here'}"
                    )
            if bool(rule.forms) != (file.stem == _ROWS):
                raise ValueError(
                    f"forms are named by the rules of {_ROWS}.json, all of them, and by no other"
                )
        except (TypeError, ValueError) as exc:
            code = entry.get("meta", {}).get("code")
            raise WrongDataFile(f"{file.name}, rule {code}: {exc}") from None
    return entries


def _places_in(rule: Rule) -> set[str | None]:
    """What stands in braces in the sentences of a rule."""
    sentences = (str(getattr(rule, name)) for name in _SENTENCES)
    return {name for text in sentences for _, name, _, _ in Formatter().parse(text)}


def _rule(meta: dict[str, Any]) -> Rule:
    return Rule(**{**meta, "forms": tuple(meta.get("forms", ()))})


def run_suite(suite: str, frame: pd.DataFrame, folder: Path = SUITES) -> Outcome:
    """Run one suite over a frame; nothing is cut short.

    Raises RuntimeError when an expectation itself fails to run: that is a bug of ours, not of the
    sender.
    """
    if frame.empty:
        return Outcome([], [])
    entries = suite_entries(suite, folder)
    whole_frame, expectations = _batch_and_suite(suite, folder)
    batch = whole_frame.get_batch(batch_parameters={"dataframe": frame.reset_index(drop=True)})
    validation = batch.validate(expectations, result_format={"result_format": "BASIC"})
    if len(validation.results) != len(entries):
        raise RuntimeError(
            f"suite {suite}: {len(validation.results)} results for {len(entries)} rules"
        )
    failures: list[tuple[Rule, int]] = []
    results: list[RuleResult] = []
    for result in validation.results:
        rule = _rule(result.expectation_config.meta)
        if "mask" not in result.result or (result.exception_info or {}).get(
            "raised_exception", True
        ):
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
    completes = dict.fromkeys(_SENTENCES, finding.detail or "–")
    if rule.detail == "container_problem":  # the code of a reason, which has words of its own
        why = refusal(finding.detail or "damaged")
        completes = {"message_vi": why.vi, "message_en": why.en, "fix_vi": why.fix_vi}
    sentences = {name: cast(str, getattr(rule, name)) for name in completes}
    if finding.cell is None:  # of a row whose form has no such column, or of a whole file
        sentences["message_vi"] = sentences["message_vi"].replace(
            "Ô {cell}", "Dòng {row}" if finding.row else "Cả tệp"
        )
        sentences["message_en"] = sentences["message_en"].replace(
            "{cell}", "row {row}" if finding.row else "the file"
        )
    return {
        name: sentences[name].format(**places, detail=detail) for name, detail in completes.items()
    }


def _dated(entry: dict[str, Any]) -> dict[str, Any]:
    conditions = [f"({entry['kwargs']['when']})"] if entry["kwargs"].get("when") else []
    for name, sign in (("valid_from", ">="), ("valid_to", "<=")):
        if day := entry["meta"].get(name):
            of = date.fromisoformat(day)
            conditions.append(f"(rule_month {sign} {month_index(of.year, of.month)})")
    return {
        **entry,
        "kwargs": {
            "condition": entry["kwargs"]["condition"],
            "when": " & ".join(conditions) or None,
        },
    }


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
    # a task's log is ours, not what the library says of its own steps while it is imported and
    # after
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # makes its expectation known; it is the first to import the library, without what we do not use
    _rows_expectation()
    import great_expectations as gx
    from great_expectations.data_context.types import base

    base.logger.setLevel(logging.WARNING)  # has set a level of its own
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return gx, context


def _rows_expectation() -> Any:
    # late: who only explains findings need not wait for Great Expectations
    from ingestion.rules import (
        rows_expectation,
    )

    return rows_expectation


@cache
def _batch_and_suite(suite: str, folder: Path) -> tuple[Any, Any]:
    """What a frame is given to, and what it is validated by. No checkpoint: it would keep the
    results of every run, at the price of the rules themselves."""
    gx, context = _great_expectations()
    name = suite if folder == SUITES else f"{suite} of {folder}"
    expectations = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=suite_entries(suite, folder))
    )
    return context.data_sources.add_pandas(name).add_dataframe_asset(
        name
    ).add_batch_definition_whole_dataframe(name), expectations
