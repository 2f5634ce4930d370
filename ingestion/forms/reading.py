"""Landed files to parsed files, apart from this process: a file that breaks its reader, or a limit,
becomes a finding (`workers`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from core.errors import MachineFault, UnreadableWorkbook
from core.settings import Limits
from core.workers import Broke, OurFailure, work_apart
from ingestion.arrival import archives
from ingestion.containers.workbook import read_workbook
from ingestion.forms.parse import parse_form
from ingestion.forms.reference import is_reference, parse_reference
from ingestion.model import Arrival, ParsedFile, Workbook
from ingestion.vietnamese.old_pages import in_unicode

Item = tuple[Path, Arrival]
Outcome = ParsedFile | MachineFault | OurFailure
Understand = Callable[[Path, Arrival, Limits], ParsedFile]


def parse_file(path: Path, arrival: Arrival, limits: Limits | None = None) -> ParsedFile:
    """Bytes to rows, whatever the form, in this process. What the sender did wrong stands in the
    parsed file."""
    try:
        workbook = read_workbook(path, limits)
    except UnreadableWorkbook as exc:
        if exc.reason == "not-a-workbook:zip":  # its members are landed as files of their own
            problem = "archive-in-archive" if arrival.inside else archives.why_refused(path, limits)
            return ParsedFile(arrival.sha256, form=archives.FORM, container_problem=problem)
        return _refused(arrival, exc.reason)
    has_its_sheets = is_reference({page.name for page in workbook.pages})
    if has_its_sheets and arrival.is_from_office:
        return _reference(workbook, arrival)
    # a sender's file is what it holds, whatever its other sheets are called
    parsed = parse_form(arrival.sha256, workbook)
    return _reference(workbook, arrival) if has_its_sheets and parsed.form is None else parsed


def _reference(workbook: Workbook, arrival: Arrival) -> ParsedFile:
    return parse_reference(
        arrival.sha256,
        {page.name: in_unicode(page, workbook.encoding)[0].grid for page in workbook.pages},
    )


def parse_files(
    items: Sequence[Item], limits: Limits | None = None, understand: Understand = parse_file
) -> Iterator[Outcome]:
    """Read and parse files apart from this process: one outcome per item, in order.

    A file that breaks a limit or its reader comes as a ParsedFile with a `container_problem`; a bug
    of ours as OurFailure; trouble of the machine as MachineFault. `understand` is what a worker
    does with one file (a function that a module names).
    """
    outcomes = work_apart(
        partial(_understand, understand), items, _size, limits or Limits.from_environment()
    )
    try:
        for (_, arrival), outcome in zip(items, outcomes, strict=True):
            yield _refused(arrival, outcome.reason) if isinstance(outcome, Broke) else outcome
    finally:
        outcomes.close()  # type: ignore[attr-defined]


def _understand(understand: Understand, item: Item, limits: Limits) -> ParsedFile:
    return understand(*item, limits)


def _size(item: Item) -> int:
    # a lost file is said by the worker that misses it
    return item[0].stat().st_size if item[0].exists() else 0


def _refused(arrival: Arrival, reason: str) -> ParsedFile:
    return ParsedFile(arrival.sha256, container_problem=reason)
