"""A copy of a landed workbook in which the cells that a figure rests on are filled and commented.

It is for the office that traces a figure, and goes to nobody's outbox. It has the agent's own
looks and values; nothing else is changed.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.settings import Limits
from core.workers import Broke, work_apart
from ingestion.containers.refusals import refusal
from ingestion.containers.workbook import read_workbook
from ingestion.feedback import plain_copy
from ingestion.feedback.marked_copy import NotMarked
from ingestion.forms.parse import parse_form
from ingestion.model import ParsedFile
from ingestion.ooxml.package import CannotCarry, Package
from ingestion.ooxml.styles import Styles
from ingestion.ooxml.worksheet import Comments, Worksheet

COLOUR = "FFBDD7EE"
"""A blue: the marks of what is wrong are red, orange and yellow."""


@dataclass(frozen=True)
class ToTrace:
    """A landed file, and the rows of it that a figure rests on: (place of the sheet from 0, row as
    the sheet shows it). `fields`: whose cells are filled. `words`: the comment, in Vietnamese."""

    path: Path
    sha256: str
    rows: tuple[tuple[int, int], ...]
    fields: tuple[str, ...]
    words: str


@dataclass(frozen=True, repr=False)
class Traced:
    """The bytes of an .xlsx, and how many rows of it are marked."""

    content: bytes
    rows: int


def trace_all(
    files: Sequence[ToTrace], limits: Limits | None = None
) -> Iterator[Traced | NotMarked | Exception]:
    """The copies, in order, each made apart from this process, within the limits of reading."""
    for outcome in work_apart(
        _trace_file,
        files,
        lambda file: file.path.stat().st_size,
        limits or Limits.from_environment(),
    ):
        yield NotMarked(refusal(outcome.reason).vi) if isinstance(outcome, Broke) else outcome


def _trace_file(file: ToTrace, limits: Limits) -> Traced:
    """In a worker. A file of another container, or one that cannot be edited in place, comes as an
    .xlsx of its values at their cells."""
    try:
        workbook = read_workbook(file.path, limits)
        parsed = parse_form(file.sha256, workbook)
        package = None
        if workbook.container in ("xlsx", "xlsm"):
            try:
                package = Package(file.path)
            except CannotCarry:
                package = None
        if package is None:
            values = plain_copy.write(file.path, workbook.container, workbook.pages)
            package = Package(values if values is not None else plain_copy.nothing())
        package.remove_macros()
        return Traced(*_marked(package, parsed, file))
    finally:
        gc.collect()  # workers look for no cycles by themselves


def _marked(package: Package, parsed: ParsedFile, file: ToTrace) -> tuple[bytes, int]:
    rows = {(row.sheet_index, row.number): row for row in parsed.rows}
    parts = {sheet.name: sheet.part for sheet in package.sheets()}
    styles = Styles(package)
    opened: dict[str, tuple[Worksheet, Comments]] = {}
    marked = 0
    for place in file.rows:
        row = rows.get(place)
        columns = row.table.columns if row and row.table else {}
        wanted = [columns[field] for field in file.fields if field in columns]
        if row is None or not wanted or row.sheet not in parts:
            continue
        if row.sheet not in opened:
            worksheet = Worksheet(package, parts[row.sheet])
            opened[row.sheet] = worksheet, Comments(package, parts[row.sheet], worksheet)
        worksheet, comments = opened[row.sheet]
        places = [worksheet.shown_at(row.number, column) for column in wanted]
        for at in dict.fromkeys(places):
            cell = worksheet.cell(*at)
            cell.set("s", str(styles.filled(int(cell.get("s", "0")), COLOUR)))
        comments.say(*places[0], "BAO PHỦ – CĂN CỨ CỦA SỐ LIỆU", file.words)
        marked += 1
    for _, comments in opened.values():
        comments.close()
    return package.to_bytes(), marked
