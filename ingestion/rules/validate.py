"""Verdicts: the rule book over a chunk of files, and what it makes of each file and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from core.errors import BaophuError
from core.words import FATES, Fate, Severity, Verdict
from ingestion.forms.reference import WrongCell
from ingestion.model import Finding, SheetRow, cell_address
from ingestion.rules.details import OF_FILES, OF_ROWS
from ingestion.rules.frames import (
    FileToJudge,
    files_frame,
    places_frame,
    reference_frame,
    shares_frame,
    subtotals_frame,
)
from ingestion.rules.row_frame import rows_frame
from ingestion.rules.rulebook import ROW_SUITES, Rule, RuleResult, duplicate_codes, rules, run_suite

if TYPE_CHECKING:
    import pandas as pd

_ROW_FATE: dict[str, Fate] = {"reject_row": "rejected", "hold_row": "held"}
_FILE_FATE: dict[str, Fate] = {"reject_file": "rejected", "hold_file": "held"}
_STANDS_IN = dict.fromkeys(
    ("birth_date", "support_group", "note_method", "telephone", "ethnicity", "email"), "note"
) | {"address": "commune_code"}
"""field -> the field in whose cell it stands where the form has no column for it"""


MOST_APART = 8
"""Files of one chunk that are told apart when our own code fails on them."""


@dataclass
class Judgement:
    """A file with its verdict, the fate of each of its rows (as `parsed.rows`), and every finding.

    `own_fates`: by the findings of each row alone, which is what is left when the hold of the file
    is lifted.
    """

    file: FileToJudge
    verdict: Verdict
    fates: list[Fate]
    own_fates: list[Fate]
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_empty_report(self) -> bool:
        """The head of a form without a single row of data: said on purpose, so it is a report."""
        return (
            self.file.kind == "d05-ts"
            and self.verdict == "accepted"
            and not any(r.is_data for r in self.file.parsed.rows)
        )

    def totals(self) -> dict[str, dict[str, int]]:
        """`rows` and `amount_vnd`, each {received, accepted, rejected, held, duplicate, superseded,
        not_data}; received as counted at the cells."""
        parsed = self.file.parsed
        rows, amounts = dict.fromkeys(FATES, 0), dict.fromkeys(FATES, 0)
        for row, fate in zip(parsed.rows, self.fates, strict=True):
            if self.verdict == "duplicate" and fate != "not_data":
                fate = "duplicate"
            rows[fate] += 1
            amounts[fate] += row.amount_vnd
        return {
            "rows": {"received": parsed.rows_at_cells, **rows},
            "amount_vnd": {"received": parsed.amount_at_cells_vnd, **amounts},
        }


def judge(
    files: Sequence[FileToJudge],
    first_arrivals: dict[str, str] | None = None,
    results: list[RuleResult] | None = None,
) -> list[Judgement]:
    """Judge files together: one suite for the files, one for the rows of each kind of form, then
    one for the share of rows that fail. What each rule looked at and how often it failed is added
    to `results`.

    Raises RuntimeError when a rule cannot be run: a bug of ours never becomes a finding.
    """
    findings: list[list[Finding]] = [[] for _ in files]
    results = results if results is not None else []

    def broken(suite: str, frame: pd.DataFrame) -> list[tuple[Rule, int]]:
        outcome = run_suite(suite, frame)
        results.extend(outcome.results)
        return outcome.failures

    for rule, number in broken("files", files_frame(files, first_arrivals or {})):
        findings[number].append(_file_finding(files[number], rule))
    for kind, suite in ROW_SUITES.items():
        frame, places = rows_frame(files, kind)
        for rule, position in broken(suite, frame):
            number, index = places[position]
            findings[number].append(
                _row_finding(files[number], files[number].parsed.rows[index], rule)
            )
    frame, places = subtotals_frame(files)
    for rule, position in broken("d05_ts_subtotals", frame):
        number, index = places[position]
        findings[number].append(_row_finding(files[number], files[number].parsed.rows[index], rule))
    frame, unread = places_frame(files)
    for rule, position in broken("places", frame):
        number, place = unread[position]
        sha256 = files[number].parsed.sha256
        findings[number].append(
            Finding(
                sha256, rule.code, rule.severity, sheet=place.sheet, cell=place.cell, row=place.row
            )
        )
    frame, cells = reference_frame(files)
    for rule, position in broken("reference_cells", frame):
        number, cell = cells[position]
        findings[number].append(_reference_finding(files[number], cell, rule))
    judgements = [
        _conclude(file, found, _own_fates(file, found))
        for file, found in zip(files, findings, strict=True)
    ]
    failing = [
        sum(fate in _ROW_FATE.values() for fate in judgement.own_fates) for judgement in judgements
    ]
    data_rows = [sum(row.is_data for row in file.parsed.rows) for file in files]
    frame = shares_frame(failing, data_rows)
    for rule, number in broken("files_by_rows", frame):
        detail = frame[rule.detail].iloc[number] if rule.detail else None
        found = Finding(files[number].parsed.sha256, rule.code, rule.severity, detail=detail)
        judgements[number] = _conclude(
            files[number], [found, *judgements[number].findings], judgements[number].own_fates
        )
    return judgements


def judge_apart(
    files: Sequence[FileToJudge], results: list[RuleResult]
) -> tuple[list[Judgement], list[tuple[FileToJudge, Exception]]]:
    """`judge`, where a file on which our own code fails costs that file alone: (judgements of the
    others, (file, error) of those).

    A group in which something fails is judged again in halves. Raises the error itself once more
    than MOST_APART files fail: then it is no matter of single files.
    """
    judged: list[Judgement] = []
    failed: list[tuple[FileToJudge, Exception]] = []
    waiting = [list(files)]
    while waiting:
        group = waiting.pop()
        found: list[RuleResult] = []
        try:
            judged += judge(group, results=found)
        except BaophuError:
            raise
        except Exception as exc:  # a bug of ours: the caller says it loudly, and blames no sender
            if len(group) > 1:
                middle = len(group) // 2
                waiting += [group[middle:], group[:middle]]
                continue
            failed.append((group[0], exc))
            if len(failed) > MOST_APART:
                raise
        results.extend(found)
    return judged, failed


def not_checked(*, has_register: bool) -> list[str]:
    """Codes of the rules that a check without other files (and without a register) leaves open."""
    open_scopes = {"across"} if has_register else {"across", "register"}
    return sorted(code for code, rule in rules().items() if rule.scope in open_scopes)


def _conclude(file: FileToJudge, findings: list[Finding], own_fates: list[Fate]) -> Judgement:
    severities: set[Severity] = {f.severity for f in findings}
    file_fate = next(
        (_FILE_FATE[s] for s in get_args(Severity) if s in severities and s in _FILE_FATE), None
    )
    fates = [fate if fate == "not_data" else file_fate or fate for fate in own_fates]
    return Judgement(file, _verdict(file_fate, fates, findings), fates, own_fates, findings)


def _own_fates(file: FileToJudge, findings: Sequence[Finding]) -> list[Fate]:
    of_rows: dict[str, set[str]] = {}
    duplicates = duplicate_codes()
    for finding in findings:
        if finding.row_id:
            of_rows.setdefault(finding.row_id, set()).add(
                "repeated" if finding.code in duplicates else finding.severity
            )
    fates: list[Fate] = []
    for row in file.parsed.rows:
        own = of_rows.get(row_id(file, row.sheet_index, row.number), set())
        fate: Fate = "duplicate" if "repeated" in own else "accepted"
        fate = next((_ROW_FATE[s] for s in ("reject_row", "hold_row") if s in own), fate)
        fates.append(fate if row.is_data else "not_data")
    return fates


def _verdict(file_fate: Fate | None, fates: Sequence[Fate], findings: Sequence[Finding]) -> Verdict:
    if any(f.row_id is None and f.code in duplicate_codes() for f in findings):
        return "duplicate"
    if file_fate is not None:
        return "rejected" if file_fate == "rejected" else "held"
    kept = {"accepted", "duplicate"} & set(fates)
    lost = {"rejected", "held"} & set(fates)
    if not lost:
        return "accepted"
    if kept:
        return "partial"
    return "held" if "held" in lost else "rejected"


def row_id(file: FileToJudge, sheet_index: int, number: int) -> str:
    """The address of a row in all of landing: `<sha256>:<sheet index>:<row number>`."""
    return f"{file.parsed.sha256}:{sheet_index}:{number}"


def _file_finding(file: FileToJudge, rule: Rule) -> Finding:
    """A finding about a whole file stands at the cell that its field or its detail names, where
    there is one."""
    parsed = file.parsed
    cells = {
        "unread_headings": next(iter(parsed.unread_headings), None),
        "head_month": parsed.head_cells.get("batch"),
    }
    places = (
        cells[name] if name in cells else parsed.head_cells.get(name)
        for name in (rule.field, rule.detail)
        if name
    )
    sheet, cell = next(filter(None, places), (None, None))
    detail = OF_FILES[rule.detail](file) if rule.detail else None
    return Finding(
        parsed.sha256,
        rule.code,
        rule.severity,
        sheet=sheet,
        cell=cell,
        field=rule.field,
        detail=detail,
    )


def _row_finding(file: FileToJudge, row: SheetRow, rule: Rule) -> Finding:
    columns = row.table.columns if row.table else file.parsed.columns
    field = next(
        (name for name in (rule.field, _STANDS_IN.get(rule.field or "")) if name in columns), None
    )
    return Finding(
        file.parsed.sha256,
        rule.code,
        rule.severity,
        sheet=row.sheet,
        cell=None if field is None else cell_address(row.number, columns[field]),
        row=row.number,
        field=rule.field,
        row_id=row_id(file, row.sheet_index, row.number),
        detail=OF_ROWS[rule.detail](file, row) if rule.detail else None,
    )


def _reference_finding(file: FileToJudge, wrong: WrongCell, rule: Rule) -> Finding:
    row = wrong.row
    return Finding(
        file.parsed.sha256,
        rule.code,
        rule.severity,
        sheet=row.sheet,
        cell=wrong.cell,
        row=row.number,
        field=wrong.field,
    )
