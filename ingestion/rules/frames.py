"""What the rule book looks at, but for the rows (`row_frame`): files, subtotals and cells of
reference workbooks, each frame row with the place it came from."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from core.clock import month_index, year_and_month
from core.settings import TIMEZONE, Settings
from ingestion.arrival.archives import FORM as ARCHIVE_FORM
from ingestion.forms.contracts import forms
from ingestion.forms.normalise import read_code
from ingestion.forms.reference import FORM as REFERENCE_FORM
from ingestion.forms.reference import Register, WrongCell, reference_cells
from ingestion.model import Arrival, ParsedFile, SheetRow, Unaccounted
from ingestion.rules.details import OF_FILES
from ingestion.rules.reference_lists import vanished_agents


@dataclass
class FileToJudge:
    """A parsed file with what is known of it from outside: its first arrival, and the register of
    its night (None: none at hand)."""

    arrival: Arrival
    parsed: ParsedFile
    register: Register | None
    previous: ParsedFile | None = None
    """Of a reference workbook: the version that was in force when it came."""
    keys: list[tuple[str, str] | None] = field(default_factory=list)
    """(row_key, content_key) per row of `parsed.rows`; None for rows that are not data."""
    withdrawn: str | None = None
    """Who had taken these bytes back before they came again, when and why."""

    @property
    def kind(self) -> str:
        return KINDS.get(self.parsed.form or "", "unknown")

    @property
    def is_list(self) -> bool:
        """Whether it is a list of payments that an agent sends, of either scheme."""
        return self.kind in ("d05-ts", "d03-ts")

    @property
    def agent_code(self) -> str | None:
        if self.is_list and self.parsed.agents_differ:
            return None
        sender = _code(self.arrival.agent_code)
        return self.parsed.head.get("agent_code") or sender if self.is_list else sender

    @property
    def vanished_agents(self) -> list[str]:
        """Of a reference workbook: agents of the version in force that it leaves out."""
        if self.previous is None:
            return []
        return vanished_agents(
            self.parsed.tables,
            self.previous.tables,
            self.arrival.received_at.astimezone(TIMEZONE).date(),
        )

    @property
    def head_month(self) -> int | None:
        return self.parsed.head.get("head_month")

    @property
    def report_month(self) -> int:
        """The month the file is about: the head's, else that of receipt."""
        return self.head_month or self.received_month

    @property
    def received_month(self) -> int:
        """The month in which the file came, in the office's time."""
        received = self.arrival.received_at.astimezone(TIMEZONE)
        return month_index(received.year, received.month)

    @property
    def agent_commune_code(self) -> str | None:
        """The commune of the agent's collection point in the month of the report; None without a
        register or where it names no single one."""
        if self.register is None or self.agent_code is None:
            return None
        return self.register.commune_of(self.agent_code, month_end(self.report_month))


_JSON = json.JSONEncoder(ensure_ascii=False, default=str)
OFFICE_KINDS = ("reference", "roster")
"""What only the office may bring."""
KINDS = {form.name: form.kind for form in forms()} | {
    REFERENCE_FORM: "reference",
    ARCHIVE_FORM: "archive",
}


def files_frame(files: Sequence[FileToJudge], first_arrivals: dict[str, str]) -> pd.DataFrame:
    """One row per file. `first_arrivals` maps sha256 to the arrival that came first: any other
    arrival of it is a duplicate."""
    text: dict[str, list[str | None]] = {
        **{name: [detail(f) for f in files] for name, detail in OF_FILES.items()},
        "kind": [f.kind for f in files],
        "form": [f.parsed.form for f in files],
        "side_file_problem": [f.arrival.side_file_problem for f in files],
        "duplicate_of": [
            _earlier(first_arrivals.get(f.arrival.sha256), f.arrival.arrival_id) for f in files
        ],
    }
    truth: dict[str, list[bool | None]] = {
        "is_readable": [f.parsed.container_problem is None for f in files],
        "agent_is_known": [_agent_is_known(f) for f in files],
        "is_list": [f.is_list for f in files],
        "agents_differ": [f.parsed.agents_differ for f in files],
        "is_a_sender_s_reference": [
            f.kind == "reference" and not f.arrival.is_from_office for f in files
        ],
        "is_a_sender_s_roster": [
            f.kind == "roster" and not f.arrival.is_from_office for f in files
        ],
        "agent_is_sender": [_agent_is_sender(f) for f in files],
    }
    whole: dict[str, list[int | None]] = {
        "head_month": [f.head_month for f in files],
        "received_month": [f.received_month for f in files],
        "rows_month": [_rows_month(f) for f in files],
        "rule_month": [f.report_month for f in files],
        "books_less_rows": [_books_less_rows(f) for f in files],
    }
    return _typed(text, pa.string()).join(_typed(truth, pa.bool_())).join(_typed(whole, pa.int64()))


def shares_frame(failing: Sequence[int], data_rows: Sequence[int]) -> pd.DataFrame:
    """One row per file, once its rows are judged: how many of its rows of data fail, and the share
    above which it waits."""
    counts = _typed({"failing_rows": failing, "data_rows": data_rows}, pa.int64())
    counts["share_failing"] = [f"{rows}/{of}" for rows, of in zip(failing, data_rows, strict=True)]
    return counts.join(
        _typed(
            {"hold_share": [Settings.from_environment().hold_file_share] * len(failing)},
            pa.float64(),
        )
    )


def subtotals_frame(files: Sequence[FileToJudge]) -> tuple[pd.DataFrame, list[tuple[int, int]]]:
    """The totals of a list (rows that are not data and say an amount), and for each its (file,
    row).

    A subtotal agrees when it is the sum of any block it may stand for: the page above it, its
    section or sub-section up to it, the sub-section it opens, its whole section, or the sheet.
    Where an amount of its section cannot be read, it is not known whether it agrees.
    """
    found: list[bool | None] = []
    places: list[tuple[int, int]] = []
    for number, file in enumerate(files):
        if not file.is_list:
            continue
        for index, agrees in _subtotals(file.parsed.rows):
            found.append(agrees)
            places.append((number, index))
    return _typed({"agrees_with_rows": found}, pa.bool_()), places


def places_frame(
    files: Sequence[FileToJudge],
) -> tuple[pd.DataFrame, list[tuple[int, Unaccounted]]]:
    """The places of files that nobody has read and that may hold a person or money, and for each
    its (file, place)."""
    places = [
        (number, place) for number, file in enumerate(files) for place in file.parsed.unaccounted
    ]
    return _typed({"zone": [place.zone for _, place in places]}, pa.string()), places


def reference_frame(
    files: Sequence[FileToJudge],
) -> tuple[pd.DataFrame, list[tuple[int, WrongCell]]]:
    """The cells of reference workbooks that cannot stand, and for each its (file, cell)."""
    cells = [
        (n, c)
        for n, f in enumerate(files)
        if f.kind == "reference"
        for c in reference_cells(f.parsed)
    ]
    return _typed({"problem": [c.problem for _, c in cells]}, pa.string()), cells


def row_keys(file: FileToJudge, row: SheetRow) -> tuple[str, str]:
    """(row_key, content_key): which payment the row speaks of, and all that it says (but its
    ordinal number)."""
    values = row.values
    agent = values.get("agent_code") if file.kind == "roster" else file.agent_code
    head = row.table.head if row.table else file.parsed.head
    key = [
        agent,
        head.get("batch_number"),
        head.get("head_month"),
        row.section,
        values["bhxh_number"],
        values["from_month"],
    ]
    content = [v for name, v in sorted(values.items()) if name != "ordinal"]
    return _digest(key), _digest(content)


def month_end(month: int) -> date:
    """The last day of a month index."""
    year, number = year_and_month(month + 1)
    return date.fromordinal(date(year, number, 1).toordinal() - 1)


def _agent_is_known(file: FileToJudge) -> bool | None:
    if not file.is_list or file.register is None or file.agent_code is None:
        return None
    return file.register.is_known(file.agent_code, month_end(file.report_month))


def _code(text: str | None) -> str | None:
    """A sender's code as the office's lists write it."""
    return read_code(text).value if text else text


def _agent_is_sender(file: FileToJudge) -> bool | None:
    named, sender = file.parsed.head.get("agent_code"), _code(file.arrival.agent_code)
    return None if not file.is_list or named is None or sender is None else named == sender


def _typed(columns: Mapping[str, Sequence[Any]], type_: pa.DataType) -> pd.DataFrame:
    """Columns of one Arrow type, so that a rule asked about NULL answers "unknown"."""
    return pd.DataFrame(
        {
            name: pd.arrays.ArrowExtensionArray(pa.array(values, type_))
            for name, values in columns.items()
        }
    )


def _rows_month(file: FileToJudge) -> int | None:
    """The from-month that most additions of a file have, the earliest of several; None without
    one."""
    months = Counter(
        m
        for row in file.parsed.rows
        if row.is_data and row.section == "I.1" and (m := row.values.get("from_month")) is not None
    )
    return min(months, key=lambda month: (-months[month], month), default=None)


def _books_less_rows(file: FileToJudge) -> int | None:
    """Books asked for in the foot less rows of section I; None where the foot says nothing of
    it."""
    books = file.parsed.head.get("books_requested")
    if books is None:
        return None
    return int(books) - sum(
        row.is_data and (row.section or "").split(".")[0] == "I" for row in file.parsed.rows
    )


def _subtotals(rows: Sequence[SheetRow]) -> Iterator[tuple[int, bool | None]]:
    """(index of a subtotal, whether it agrees); one walk, however many subtotals there are."""
    whole, so_far = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for row in rows:
        if row.is_data:
            for block in _blocks(row):
                whole[block] += row.amount_vnd
    is_unread = any(
        row.is_data and row.problems.get("total_vnd") not in (None, "missing") for row in rows
    )
    of_page = Counter[int]()  # what the rows since the last subtotal of a sheet come to
    for index, row in enumerate(rows):
        if row.is_data:
            of_page[row.sheet_index] += row.amount_vnd
            for block in _blocks(row):
                so_far[block] += row.amount_vnd
        elif stated := row.values.get("total_vnd"):
            blocks = _blocks(row)
            sums = (
                {abs(so_far[b]) for b in blocks}
                | {abs(whole[b] - so_far[b]) for b in blocks}
                | {abs(whole[b]) for b in blocks}
            )
            yield (
                index,
                None if is_unread else abs(stated) in sums | {abs(of_page[row.sheet_index])},
            )
            of_page[row.sheet_index] = 0


def _blocks(row: SheetRow) -> set[tuple[int, str]]:
    """What a row adds up to: its sub-section, its section, its sheet."""
    section = row.section or ""
    return {
        (row.sheet_index, section),
        (row.sheet_index, section.split(".")[0]),
        (row.sheet_index, "all"),
    }


def _earlier(first: str | None, arrival_id: str) -> str | None:
    return first if first not in (None, arrival_id) else None


def _digest(parts: Iterable[Any]) -> str:
    return hashlib.sha256(_JSON.encode(list(parts)).encode()).hexdigest()[:32]
