"""Printed forms of good rows, and errors put into their cells: what each is told as, and where, is
known before anything is judged."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from openpyxl.cell.cell import MergedCell

from ingestion.model import cell_address
from tests.support import printed

Place = tuple[str | None, str | int | None, str]
"""(sheet, cell, or the row where a rule names no cell, code); a rule about a file has neither."""
Edits = Mapping[str, Any]

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đỗ", "Vũ", "Đặng", "Bùi", "Ngô")
_GIVEN = ("An", "Bình", "Hoà", "Yến", "Khuê", "Lượng", "Phượng", "Quỳnh", "Thuỷ", "Đức")
_IN_NOTE = {
    "support_group": "Đối tượng",
    "ethnicity": "Dân tộc",
    "note_method": "P.Thức",
    "telephone": "SĐT",
    "birth_date": "Ngày sinh",
    "free": "",
}
UNCACHED = "=1+1"
"""A formula that was never calculated."""
JUNE_2019: Edits = {
    "paid_on": "2019-06-20", "income_vnd": 700_000, "months": 12, "from_month": "06/2019", "total_vnd": 1_848_000,
    "participant_vnd": 1_663_200, "state_support_vnd": 184_800,
}  # fmt: skip
AUGUST_2025: Edits = {
    "paid_on": "2025-08-20", "income_vnd": 1_500_000, "months": 12, "from_month": "08/2025", "total_vnd": 3_960_000,
    "participant_vnd": 3_168_000, "state_support_vnd": 792_000,
}  # fmt: skip


@dataclass(frozen=True)
class Error:
    """One error of one row: the code, the field in whose cell it is told, and what is typed. `{i}`
    is the row's own number."""

    code: str
    field: str
    typed: Edits
    is_of_place: bool = False
    """It is seen only where the agent's commune is known."""


def _uncached(name: str) -> Error:
    return Error("BP-207", name, {name: UNCACHED})


IN_ANY_YEAR = (
    Error("BP-101", "bhxh_number", {"bhxh_number": None}),
    Error("BP-102", "bhxh_number", {"bhxh_number": "33O{i:07d}"}),
    Error("BP-103", "full_name", {"full_name": None}),
    Error("BP-105", "bhxh_number", {"bhxh_number": "3.3{i:05d}E+09"}),
    Error("BP-108", "citizen_number", {"citizen_number": "0331{i:04d}"}),
    Error("BP-109", "citizen_number", {"citizen_number": "033191{i:06d}"}),
    Error("BP-116", "full_name", {"full_name": "#N/A"}),
    Error("BP-117", "full_name", {"full_name": "Nguy?n V?n Khu{i:03d}"}),
    Error("BP-118", "full_name", {"full_name": "Trần Vаn An"}),  # the second a is Cyrillic
    Error("BP-201", "from_month", {"from_month": "tháng sau"}),
    Error("BP-203", "months", {"months": None}),
    Error("BP-204", "months", {"months": 361}),
    Error("BP-205", "from_month", {"from_month": "7/12"}),
    Error("BP-206", "note", {"birth_date": "31/02/1990"}),
    Error("BP-208", "paid_on", {"paid_on": "hôm qua"}),
    Error("BP-301", "total_vnd", {"total_vnd": None}),
    Error("BP-303", "participant_vnd", {"participant_vnd": "đã đóng"}),
    Error("BP-304", "state_support_vnd", {"state_support_vnd": "có"}),
    Error("BP-305", "income_vnd", {"income_vnd": "bảy trăm"}),
    Error("BP-316", "local_support_vnd", {"local_support_vnd": "xã cho"}),
    Error("BP-316", "other_support_vnd", {"other_support_vnd": "hội cho"}),
    Error("BP-319", "income_vnd", {"income_vnd": None}),
    Error("BP-904", "note", {"telephone": "0123456789"}),
)
IN_2019 = (
    *IN_ANY_YEAR,
    Error("BP-106", "bhxh_number", {"bhxh_number": "0331{i:08d}"}),
    Error("BP-112", "address", {"address": "xã Lạ"}, is_of_place=True),
    Error("BP-113", "address", {"address": "xã Phù Ủng, xã Đa Lộc"}, is_of_place=True),
    Error("BP-114", "address", {"address": "xã Ân Thi"}, is_of_place=True),
    Error("BP-120", "address", {"address": "xã Đa Lộc"}, is_of_place=True),
    Error("BP-202", "from_month", {"from_month": "12/2007"}),
    Error("BP-202", "from_month", {"from_month": "07/2024"}),
    Error("BP-205", "paid_on", {"paid_on": "05/06/2019"}),
    Error("BP-209", "paid_on", {"paid_on": "2019-06-28"}),
    Error("BP-220", "note", {"birth_date": "01/07/2004", "citizen_number": "033204{i:06d}"}),
    Error("BP-306", "total_vnd", {"total_vnd": 1_848_001}),
    Error("BP-307", "participant_vnd", {"participant_vnd": 1_663_201, "total_vnd": 1_848_001}),
    Error("BP-307", "participant_vnd", {"months": 6}),
    Error("BP-308", "participant_vnd", {"from_month": "05/2019", "participant_vnd": 1_673_200, "total_vnd": 1_858_000}),
    Error("BP-309", "state_support_vnd", {"state_support_vnd": 462_000, "participant_vnd": 1_386_000}),
    Error("BP-310", "state_support_vnd", {"support_group": None, "state_support_vnd": 184_801, "participant_vnd": 1_663_199}),
    Error("BP-310", "state_support_vnd", {"state_support_vnd": 0, "participant_vnd": 1_848_000}),
    Error("BP-311", "income_vnd", {"income_vnd": 650_000}),
    Error("BP-312", "income_vnd", {"income_vnd": 27_850_000}),
    Error("BP-313", "income_vnd", {"income_vnd": 725_000, "participant_vnd": 1_729_200, "total_vnd": 1_914_000}),
    Error("BP-314", "participant_vnd", {"months": 24, "participant_vnd": 3_326_402, "state_support_vnd": 369_600, "total_vnd": 3_696_002}),
    Error("BP-314", "participant_vnd", {"months": 24, "participant_vnd": 332_640, "state_support_vnd": 369_600, "total_vnd": 702_240}),
    Error("BP-315", "participant_vnd", {"from_month": "05/2019", "participant_vnd": 1_663_198, "total_vnd": 1_847_998}),
    Error("BP-317", "participant_vnd", {"participant_vnd": -184_800, "total_vnd": 0}),
    Error("BP-317", "state_support_vnd", {"state_support_vnd": -1, "participant_vnd": 1_848_001}),
    Error("BP-901", "note", {"birth_date": "01/01/1928", "citizen_number": "033028{i:06d}"}),
    Error("BP-902", "total_vnd", {"from_month": "05/2019", "months": 20, "income_vnd": 2_500_000, "participant_vnd": 10_815_200, "total_vnd": 11_000_000}),
    Error("BP-903", "months", {"months": 7, "participant_vnd": 970_200, "state_support_vnd": 107_800, "total_vnd": 1_078_000}),
)  # fmt: skip
IN_2025 = (
    *IN_ANY_YEAR,
    Error("BP-107", "bhxh_number", {"bhxh_number": "0331{i:08d}"}),
    Error("BP-306", "total_vnd", {"total_vnd": 3_960_001}),
)
NEVER_CALCULATED = tuple(
    map(
        _uncached,
        (
            "bhxh_number", "full_name", "income_vnd", "months", "from_month", "total_vnd", "participant_vnd", "state_support_vnd",
            "local_support_vnd", "other_support_vnd", "paid_on",
        ),
    )
)  # fmt: skip
UNREAD_TOTAL = (Error("BP-301", "total_vnd", {"total_vnd": "một triệu"}),)
"""Where a total cannot be read, whether a subtotal agrees is not known: not in a sheet with a wrong
subtotal."""

# Two rows, of which the second is typed after the first: `=` takes the first row's cell. (typed,
# fields told at the first, fields told at the second)
_SAME_PERSON = {"full_name": "=", "bhxh_number": "=", "birth_date": "=", "citizen_number": "="}
_ALL = ("full_name", "bhxh_number", "citizen_number", "address", "receipt_number", "telephone")
PAIRS: tuple[tuple[str, Edits, str, bool], ...] = (
    (
        "BP-110",
        {"bhxh_number": "=", "from_month": "06/2020", "full_name": "Chu Thị Khác"},
        "bhxh_number",
        True,
    ),
    ("BP-401", {**dict.fromkeys(_ALL, "="), "free": "sửa lại"}, "bhxh_number", True),
    ("BP-402", dict.fromkeys(_ALL, "="), "bhxh_number", False),
    ("BP-403", {"receipt_number": "="}, "receipt_number", True),
    ("BP-404", {**_SAME_PERSON, "from_month": "05/2020"}, "from_month", True),
)
"""code, what the second row has, the field in whose cells it is told, and whether the first row is
told it too."""


def _line(number: int, base: Edits, address: str, typed: Edits = {}) -> dict[str, Any]:  # noqa: B006 - never changed
    good: dict[str, Any] = {
        "full_name": f"{_FAMILIES[number % 10]} Thị {_GIVEN[number // 10 % 10]}",
        "bhxh_number": f"33{number:08d}",
        "citizen_number": f"033190{number:06d}",
        "address": address,
        "receipt_number": f"BL{number:06d}",
        "collector_code": "NV001",
        "support_group": "Khác",
        "ethnicity": "Kinh",
        "note_method": "Tăng_mới",
        "telephone": f"0912{number:06d}",
        "birth_date": "01/01/1990",
        "free": None,
    }
    filled = {
        name: value.format(i=number) if isinstance(value, str) else value
        for name, value in typed.items()
    }
    return {**good, **base, **filled}


@dataclass
class Seeded:
    """One sheet of good rows. Rows are taken for errors from the first on; `expected` is what is to
    be said of it, and nothing else."""

    layout: printed.Layout
    name: str
    more: int
    fewer: int = 0
    base: Edits = field(default_factory=lambda: JUNE_2019)
    address: str = "thị trấn Ân Thi, huyện Ân Thi, tỉnh Hưng Yên"
    first_number: int = 1
    is_placed: bool = True
    has_stray: bool = False
    """One row stands above the first section."""
    expected: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        whoever = printed.people(1)
        self.sheet = printed.written(self.layout, whoever * self.more, whoever * self.fewer)
        self.lines = [
            _line(self.first_number + i, self.base, self.address) for i in range(self.more)
        ]
        self.leaving = [
            _line(self.first_number + self.more + i, self.base, self.address, {"note_method": None})
            for i in range(self.fewer)
        ]
        self.taken = 0
        self.stray = None
        if self.has_stray:
            self.stray = self.sheet.code_row + 1
            self.sheet.grid.insert(self.stray, [None] * len(self.layout.codes))
            self.sheet.first_row += 1
            self.expected.append((self.name, self.stray + 1, "BP-104"))

    @property
    def subtotal_row(self) -> int:
        """0-based."""
        return self.sheet.first_row + self.more + 1

    @property
    def foot_row(self) -> int:
        """0-based."""
        return next(i for i, cells in enumerate(self.sheet.grid) if cells[0] == self.layout.foot)

    def cell(self, row: int, name: str) -> str:
        """Address of a field's cell in a 0-based row."""
        return cell_address(row + 1, self.layout.fields.index(name))

    def can_hold(self, error: Error) -> bool:
        """Whether the form has the columns, and what is typed is seen as this error."""
        columns = {"note" if name in _IN_NOTE else name for name in (*error.typed, error.field)}
        return columns - {"citizen_number"} <= {*self.layout.fields} and (
            error.field in self.layout.fields and (self.is_placed or not error.is_of_place)
        )

    def break_row(self, error: Error) -> None:
        """Type the error into the next row."""
        at = self.taken
        self.taken += 1
        self.lines[at] = _line(self.first_number + at, self.base, self.address, error.typed)
        self.expected.append(
            (self.name, self.cell(self.sheet.first_row + at, error.field), error.code)
        )

    def break_pair(self, code: str, typed: Edits, name: str, first_too: bool) -> None:
        """Type the error into the next two rows."""
        at = self.taken
        self.taken += 2
        first = self.lines[at]
        self.lines[at + 1] = {
            **self.lines[at + 1],
            **{k: first[k] if v == "=" else v for k, v in typed.items()},
        }
        rows = [self.sheet.first_row + at] * first_too + [self.sheet.first_row + at + 1]
        self.expected += [(self.name, self.cell(row, name), code) for row in rows]

    def break_leaving(self, at: int, code: str, name: str, typed: Edits) -> None:
        """Type the error into a row of section II."""
        self.leaving[at] = {**self.leaving[at], **typed}
        self.expected.append((self.name, self.cell(self.subtotal_row + 3 + at, name), code))

    def finished(self) -> printed.Sheet:
        """The grid, every row typed and the subtotal right."""
        rows = [(self.sheet.first_row + i, line) for i, line in enumerate(self.lines)]
        rows += [(self.subtotal_row + 3 + i, line) for i, line in enumerate(self.leaving)]
        if self.stray is not None:
            rows.append(
                (
                    self.stray,
                    _line(
                        self.first_number + 9_000, self.base, self.address, {"note_method": None}
                    ),
                )
            )
        for row, line in rows:
            said = [
                f"{label} {line[name]}".strip()
                for name, label in _IN_NOTE.items()
                if line[name] is not None
            ]
            values = {**line, "note": ", ".join(said), "ordinal": self.sheet.grid[row][0]}
            self.sheet.grid[row] = [
                values.get(name) if name else None for name in self.layout.fields
            ]
        total = self.layout.fields.index("total_vnd")
        amounts = [line["total_vnd"] for line in self.lines]
        self.sheet.grid[self.subtotal_row] = [
            None,
            "Cộng tăng",
            *[None] * (len(self.layout.codes) - 2),
        ]
        self.sheet.grid[self.subtotal_row][total] = sum(a for a in amounts if isinstance(a, int))
        return self.sheet


def workbook(sheets: Mapping[str, printed.Sheet]) -> bytes:
    """As .xlsx; what is `UNCACHED` becomes a formula without a value."""
    content = printed.xlsx(dict(sheets))
    if not any(UNCACHED in cells for sheet in sheets.values() for cells in sheet.grid):
        return content
    book = openpyxl.load_workbook(io.BytesIO(content))
    for name, sheet in sheets.items():
        for row, cells in enumerate(sheet.grid, start=1):
            for column, value in enumerate(cells, start=1):
                cell = book[name].cell(row, column)
                # which shows nothing of its own
                if value == UNCACHED and not isinstance(cell, MergedCell):
                    cell.value = UNCACHED
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def without(
    sheet: printed.Sheet, column: int, extra: Sequence[tuple[int, str]] = ()
) -> list[list[Any]]:
    """The grid without a column, with texts of a new column at its right end: (0-based row,
    text)."""
    grid = [cells[:column] + cells[column + 1 :] for cells in sheet.grid]
    words = dict(extra)
    return [[*cells, words.get(row)] for row, cells in enumerate(grid)]
