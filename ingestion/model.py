"""What passes between the stages: arrivals, cells, rows, findings, judgements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from core.words import Severity

OFFICE = "office"
"""The channel of what the office itself brings: the folder `inbox/office/`, and `submit --office`.
No side file can name it for a sender."""

CellValue = str | float | int | bool | datetime | date | None
Grid = list[list[Any]]
"""Values of one sheet; grid[0][0] is cell A1."""


@dataclass(frozen=True)
class Arrival:
    """One receipt: these bytes came, then, from there. Instants are aware."""

    arrival_id: str
    sha256: str
    received_at: datetime
    night: date
    agent_code: str | None
    channel: str
    extension: str
    receipt: str
    """Path of the receipt, relative to landing/."""
    bytes_path: str
    """Path of the bytes, relative to landing/."""
    is_from_office: bool = False
    """Whether the office brought it, by a way that only the office has; no side file and no name
    says so."""
    side_file_problem: str | None = None
    inside: str | None = None
    """sha256 of the zip that it came in."""


@dataclass(frozen=True)
class Page:
    """One sheet as its container shows it. Places are 0-based (row, column) of `grid`."""

    name: str
    grid: Grid
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column of each merged range."""
    fonts: dict[tuple[int, int], str] = field(default_factory=dict)
    """Cells whose font is one of an old Vietnamese encoding: `tcvn3`, `tcvn3-capitals` or `vni`."""
    uncached: frozenset[tuple[int, int]] = frozenset()
    """Cells with a formula of which the file keeps no value."""
    shown: dict[tuple[int, int], str] = field(default_factory=dict)
    """Cells whose number format shows a text of its own, which stands in the grid -> the number
    that they hold."""
    struck: frozenset[tuple[int, int]] = frozenset()
    """Cells whose font is struck through."""
    is_hidden: bool = False
    """Whether people see the sheet only after they have asked for it, or never."""


@dataclass(frozen=True)
class Workbook:
    """Bytes read as sheets."""

    container: str
    """`xlsx`, `xlsm`, `xls`, `ods`, `csv`, `tsv` or `html`: told by the content, not by the name.
    """
    pages: tuple[Page, ...]
    encoding: str | None = None
    """Of a text container: `utf-8`, `utf-16`, `cp1258`, `tcvn3`, ..."""


@dataclass(frozen=True)
class Repair:
    """A value that was read otherwise than it stands in its cell. Holds values: for the agent's own
    copy and the private warehouse."""

    sheet: str
    cell: str
    row: int
    field: str
    kind: str
    before: str
    after: str


Zone = Literal["below_foot", "beside_table", "other_sheet", "hidden_form"]
"""Where something stands that no table's reader has read; `hidden_form`: a table on a sheet that is
not shown."""


@dataclass(frozen=True)
class Unaccounted:
    """A place that may hold a person or money and was read by nobody. Never holds the value
    itself."""

    sheet: str
    row: int
    """1-based, as the sheet shows it."""
    cell: str
    zone: Zone


Role = Literal["data", "section", "subtotal", "header"]


@dataclass
class SheetTable:
    """One table of a form in one sheet: its own head, and where its columns stand."""

    sheet: str
    sheet_index: int
    form: str
    scheme: str
    head: dict[str, Any] = field(default_factory=dict)
    head_cells: dict[str, tuple[str, str]] = field(default_factory=dict)
    """head field -> (sheet, cell)"""
    columns: dict[str, int] = field(default_factory=dict)
    """field -> 0-based column in the sheet, so that any value can be walked back to its cell."""


@dataclass(slots=True)
class SheetRow:
    """One row between the code row and the foot. `values` holds one typed entry per field;
    `problems` what could not be read."""

    sheet: str
    sheet_index: int
    number: int
    """1-based, as the sheet shows it."""
    section: str | None
    is_data: bool
    amount_vnd: int
    """Signed đồng of a row of data; section II negative; unreadable counts 0. A title or a total
    carries none."""
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """field -> `missing` | `unreadable` | `ambiguous` | `shortened` | `citizen_number` |
    `uncached`; of a name also `no_name` | `lost_letters` | `other_script`; of `section`:
    `unreadable` below a heading that cannot be read; of `row`: `struck_out`."""
    proposals: dict[str, str] = field(default_factory=dict, repr=False)
    """field -> what a person may have meant, where an identifier is shortened or an amount
    ambiguous: for the agent's own copy only."""
    role: Role = "data"
    """Why it is no data, where `is_data` is false; a subtotal's `values` hold its amounts."""
    table: SheetTable | None = field(default=None, repr=False, compare=False)
    """The table it stands in; None in the reference workbook."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Rows come from workers by the hundred thousand: as arguments they take a third of the
        time that they take by name."""
        return SheetRow, (
            self.sheet,
            self.sheet_index,
            self.number,
            self.section,
            self.is_data,
            self.amount_vnd,
            self.values,
            self.problems,
            self.proposals,
            self.role,
            self.table,
        )


@dataclass
class ParsedFile:
    """A file understood as far as its form allows. `form` is None when none was recognised."""

    sha256: str
    form: str | None = None
    container_problem: str | None = None
    missing_columns: list[str] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    """Of the file: what its tables say together. Tables that name different agents leave
    `agent_code` out, and `agents_differ` true."""
    head_cells: dict[str, tuple[str, str]] = field(default_factory=dict)
    """head field -> (sheet, cell)"""
    agents_differ: bool = False
    columns: dict[str, int] = field(default_factory=dict)
    """Reference workbook only: `sheet.field` -> 0-based column."""
    sheet_tables: list[SheetTable] = field(default_factory=list)
    rows: list[SheetRow] = field(default_factory=list)
    rows_at_cells: int = 0
    """Non-blank rows between code row and foot, counted on the bare grid, apart from `rows`."""
    amount_at_cells_vnd: int = 0
    unaccounted: list[Unaccounted] = field(default_factory=list)
    """Places of what may be a person or money and stands where no row is read (`accounting`)."""
    unread_headings: list[tuple[str, str]] = field(default_factory=list)
    """(sheet, cell) of each line that looks like the heading of a section and cannot be read."""
    repairs: list[Repair] = field(default_factory=list, repr=False)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Reference workbook only: sheet -> rows."""

    def column_of(self, row: SheetRow, name: str | None) -> int | None:
        """0-based column in which a row's field stands; None for a field without a column of its
        own."""
        columns: Mapping[str, int] = row.table.columns if row.table else self.columns
        return columns.get(name or "")


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place. Never holds the value itself."""

    sha256: str
    code: str
    severity: Severity
    sheet: str | None = None
    cell: str | None = None
    row: int | None = None
    field: str | None = None
    row_id: str | None = None
    detail: str | None = None
    """Names of columns, sheets or codes of the register that complete the sentence; never a
    participant's value."""


def column_letter(index: int) -> str:
    """0-based column number -> letters: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_address(row: int, column: int) -> str:
    """1-based row and 0-based column -> `C12`."""
    return f"{column_letter(column)}{row}"
