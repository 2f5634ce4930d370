"""The printed forms, typed from the decisions that issued them and apart from
`ingestion/forms/contracts`, and 200 invented people to write in them.

A layout is what an office prints: titles with the cells they span, the code row, and which word
stands in which column.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import xlsxwriter

Span = tuple[int, int, int, int, str]
"""First row, first column, last row, last column of a title, within the titles; 0-based."""


@dataclass(frozen=True)
class Person:
    """One row as it is meant: months as MM/YYYY, days as DD/MM/YYYY, money in đồng."""

    full_name: str
    bhxh_number: str
    citizen_number: str
    address: str
    paid_on: str
    receipt_number: str
    income_vnd: int
    months: int
    from_month: str
    total_vnd: int
    participant_vnd: int
    state_support_vnd: int
    birth_date: str
    telephone: str
    is_new: bool
    collector_code: str = "NV001"
    local_support_vnd: int = 0
    other_support_vnd: int = 0

    @property
    def note(self) -> str:
        """As agents' software joins it."""
        way = "Tăng_mới" if self.is_new else "Đóng_tiếp"
        return f"Đối tượng Khác, Dân tộc Kinh, P.Thức {way}, SĐT {self.telephone}, Ngày sinh {self.birth_date}"


@dataclass(frozen=True)
class Layout:
    """One form version as printed."""

    form: str
    head: tuple[str, ...]
    titles: tuple[Span, ...]
    codes: tuple[str, ...]
    fields: tuple[str, ...]
    """What stands in each column: a field of Person, `ordinal`, `note`, or `` for a rate, which is
    left blank."""
    sections: tuple[str, str] = ("Người lao động", "Tiền lương")
    foot: str = "Tổng số sổ BHXH đề nghị cấp: 0"

    @property
    def title_rows(self) -> int:
        """Height of the printed titles."""
        return max(last for _, _, last, _, _ in self.titles) + 1


_HEAD_595 = ("Tên Đại lý: Bưu điện Ân Thi", "Số định danh: DL001", "Địa chỉ: Ân Thi")
_HEAD_490 = (
    "Tên đại lý: Bưu điện Ân Thi",
    "Mã đại lý: DL001",
    "Mã số thuế: 0900000001",
    "Địa chỉ: Ân Thi",
    "Điện thoại: 02210000000",
)


def _column(rows: int, column: int, text: str) -> Span:
    return 0, column, rows - 1, column, text


D05_595 = Layout(
    "d05-ts/595",
    (*_HEAD_595, "Mẫu D05-TS", "Số: 01 tháng 6 năm 2019"),
    (
        *(_column(2, i, t) for i, t in enumerate(("STT", "Họ và tên", "Mã số BHXH", "Mức tiền làm căn cứ đóng"))),
        (0, 4, 0, 5, "Phương thức đóng"), (1, 4, 1, 4, "Số tháng đóng"), (1, 5, 1, 5, "Từ tháng/năm"),
        (0, 6, 0, 8, "Số tiền đóng"), (1, 6, 1, 6, "Tổng số"), (1, 7, 1, 7, "Người tham gia đóng"), (1, 8, 1, 8, "NSNN hỗ trợ"),
        _column(2, 9, "Ghi chú"),
    ),
    ("A", "B", "C", "1", "2", "3", "4=5+6", "5", "6", "7"),
    ("ordinal", "full_name", "bhxh_number", "income_vnd", "months", "from_month", "total_vnd", "participant_vnd", "state_support_vnd", "note"),
)  # fmt: skip

D05_505 = Layout(
    "d05-ts/505",
    (*_HEAD_595, "Mẫu D05-TS", "Số: 01 tháng 6 năm 2019"),
    (
        *(_column(3, i, t) for i, t in enumerate(("STT", "Họ và tên", "Mã số BHXH", "Địa chỉ", "Mức thu nhập làm căn cứ đóng"))),
        (0, 5, 0, 6, "Phương thức đóng"), (1, 5, 2, 5, "Số tháng đóng"), (1, 6, 2, 6, "Từ tháng/năm"),
        (0, 7, 0, 14, "Số tiền đóng"), (1, 7, 2, 7, "Tổng số"), (1, 8, 2, 8, "Người tham gia đóng"),
        (1, 9, 1, 10, "NSNN hỗ trợ"), (1, 11, 1, 12, "NSĐP hỗ trợ"), (1, 13, 1, 14, "Tổ chức, cá nhân khác hỗ trợ"),
        *((2, i, 2, i, "Tỷ lệ (%)" if i % 2 else "Số tiền") for i in range(9, 15)),
        _column(3, 15, "Ghi chú"),
    ),
    ("A", "B", "C", "1", "2", "3", "4", "5=6+8+10+12", "6", "7", "8", "9", "10", "11", "12", "13"),
    ("ordinal", "full_name", "bhxh_number", "address", "income_vnd", "months", "from_month", "total_vnd", "participant_vnd", "",
     "state_support_vnd", "", "local_support_vnd", "", "other_support_vnd", "note"),
)  # fmt: skip

D05_490 = Layout(
    "d05-ts/490",
    (*_HEAD_490, "Mẫu D05-TS", "Đợt nộp: 01 / Kỳ kê khai: 06/2019"),
    (
        *(
            _column(4, i, t)
            for i, t in enumerate(
                ("STT", "Họ và tên", "Mã số BHXH", "Số CCCD/CNTND/ĐDCN/hộ chiếu", "Địa chỉ", "Ngày biên lai", "Số biên lai", "Mức thu nhập tháng đóng BHXH")
            )
        ),
        (0, 8, 0, 9, "Phương thức đóng"), (1, 8, 3, 8, "Số tháng đóng"), (1, 9, 3, 9, "Từ tháng/năm"),
        (0, 10, 0, 17, "Số tiền đóng"), (1, 10, 3, 10, "Số tiền phải đóng theo quy định"), (1, 11, 3, 11, "Người tham gia đóng"),
        (1, 12, 1, 17, "Trong đó"), (2, 12, 2, 13, "NSNN hỗ trợ theo quy định"), (2, 14, 2, 15, "NSĐP hỗ trợ"), (2, 16, 2, 17, "Hỗ trợ khác"),
        *((3, i, 3, i, "Số tiền" if i % 2 else "Tỷ lệ (%)") for i in range(12, 18)),
        _column(4, 18, "Mã số nhân viên thu"), _column(4, 19, "Ghi chú"),
    ),
    ("A", "B", "C", *map(str, range(1, 18))),
    ("ordinal", "full_name", "bhxh_number", "citizen_number", "address", "paid_on", "receipt_number", "income_vnd", "months", "from_month", "total_vnd",
     "participant_vnd", "", "state_support_vnd", "", "local_support_vnd", "", "other_support_vnd", "collector_code", "note"),
)  # fmt: skip

D03_490 = Layout(
    "d03-ts/490",
    (*_HEAD_490, "Mẫu D03-TS", "Đợt nộp: 01 / Kỳ kê khai: 06/2019"),
    (
        *(
            _column(2, i, t)
            for i, t in enumerate(
                ("STT", "Họ và tên", "Mã số BHXH", "Số CCCD/CNTND/ĐDCN/hộ chiếu", "Địa chỉ", "Ngày biên lai", "Số biên lai", "Mức tiền làm căn cứ đóng", "Từ ngày", "Số tháng đóng")
            )
        ),
        (0, 10, 0, 14, "Số tiền đóng"),
        *((1, 10 + i, 1, 10 + i, t) for i, t in enumerate(("Số tiền phải đóng theo quy định", "Người tham gia đóng", "NSNN hỗ trợ", "NSĐP hỗ trợ", "Hỗ trợ khác"))),
        _column(2, 15, "Mã số nhân viên thu"), _column(2, 16, "Ghi chú"),
    ),
    ("A", "B", "C", *map(str, range(1, 15))),
    ("ordinal", "full_name", "bhxh_number", "citizen_number", "address", "paid_on", "receipt_number", "income_vnd", "from_day", "months", "total_vnd",
     "participant_vnd", "state_support_vnd", "local_support_vnd", "other_support_vnd", "collector_code", "note"),
    sections=("Người tham gia", "Số tiền"),
    foot="Tổng số thẻ BHYT đề nghị cấp: 0",
)  # fmt: skip

VOLUNTARY = (D05_595, D05_505, D05_490)

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đỗ", "Vũ", "Đặng", "Bùi", "Ngô")
_MIDDLES = ("Văn", "Thị", "Đình", "Thuý", "Ngọc", "Hữu", "Mỹ")
_GIVEN = ("An", "Bình", "Hoà", "Yến", "Khuê", "Lượng", "Phượng", "Quỳnh", "Thuỷ", "Đức")
_COMMUNES = (
    "xã Phù Ủng",
    "xã Bãi Sậy",
    "thị trấn Ân Thi",
    "xã Đa Lộc",
    "xã Hồng Quang",
    "xã Hạ Lễ",
)


def people(count: int = 200, seed: int = 7) -> list[Person]:
    """Invented people who pay for voluntary insurance from 06/2019 on, by the rules of that month;
    numbers begin with 33999."""
    random = Random(seed)
    made = []
    for index in range(count):
        income = 700_000 + 50_000 * random.randrange(20)
        months = random.choice((1, 3, 6, 12))
        total, support = income * 22 // 100 * months, 15_400 * months
        day = random.randint(13, 27)  # nobody can take it for a month
        born = random.randint(1965, 1999)
        made.append(
            Person(
                full_name=f"{random.choice(_FAMILIES)} {random.choice(_MIDDLES)} {random.choice(_GIVEN)}",
                bhxh_number=f"33999{index:05d}" if index % 9 else f"03999{index:05d}",
                citizen_number=f"0330{born % 100}9{index:05d}",
                address=f"thôn {random.randint(1, 9)}, {random.choice(_COMMUNES)}, huyện Ân Thi, tỉnh Hưng Yên",
                paid_on=f"{day}/06/2019",
                receipt_number=f"BL{index:06d}",
                income_vnd=income,
                months=months,
                from_month="06/2019",
                total_vnd=total,
                participant_vnd=total - support,
                state_support_vnd=support,
                birth_date=f"{random.randint(1, 28):02d}/{random.randint(1, 12):02d}/{born}",
                telephone=f"09000{index:05d}",
                is_new=random.random() < 0.4,
            )
        )
    return made


@dataclass
class Sheet:
    """A sheet as a grid; A1 is grid[0][0]. `merges` as the printed titles span."""

    grid: list[list[Any]]
    merges: list[Span] = field(default_factory=list)
    code_row: int = 0
    first_row: int = 0
    """Row of the first person."""


def written(
    layout: Layout,
    more: Sequence[Person],
    fewer: Sequence[Person] = (),
    *,
    above: int = 0,
    left: int = 0,
    word: Callable[[Any, str], Any] = lambda value, _: value,
    break_every: int = 0,
    is_merged: bool = True,
) -> Sheet:
    """People in a form. `above` and `left` push the table away from A1; `word` spells a value
    (value, field); a new page's titles stand again after every `break_every` people; without
    `is_merged` each title stands in every cell that it spans."""
    sheet = headed(layout, above=above, left=left, is_merged=is_merged)
    grid = sheet.grid

    def line(values: Sequence[Any]) -> None:
        _line(sheet, layout, left, values)

    def persons(group: Sequence[Person]) -> None:
        for ordinal, person in enumerate(group, start=1):
            sheet.first_row = sheet.first_row or len(grid)
            line(
                [
                    word(_value(person, name, ordinal), name) if name else None
                    for name in layout.fields
                ]
            )
            if break_every and ordinal % break_every == 0:
                _titles(sheet, layout, left, is_merged)

    work, pay = layout.sections
    line(["I", "Tăng"])
    line(["I.1", work])
    persons(more)
    line(["I.2", pay])
    sums = [_sum(more, name) for name in layout.fields[2:]]
    line(
        [
            None,
            "Cộng tăng",
            *[
                v if v is None else word(v, name)
                for v, name in zip(sums, layout.fields[2:], strict=True)
            ],
        ]
    )
    line(["II", "Giảm"])
    line(["II.1", work])
    persons(fewer)
    line(["II.2", pay])
    line([None, "Cộng giảm"])
    line([])
    line([layout.foot])
    line([None, "Người lập biểu", None, "Giám đốc BHXH"])
    return sheet


def headed(layout: Layout, *, above: int = 0, left: int = 0, is_merged: bool = True) -> Sheet:
    """Head, titles and code row of a form, and nothing below."""
    sheet = Sheet([[None] * (left + len(layout.codes)) for _ in range(above)])
    for text in layout.head:
        _line(sheet, layout, left, [text])
    _line(sheet, layout, left, [])
    _titles(sheet, layout, left, is_merged)
    sheet.code_row = len(sheet.grid) - 1
    return sheet


def _line(sheet: Sheet, layout: Layout, left: int, values: Sequence[Any]) -> None:
    sheet.grid.append([None] * left + list(values) + [None] * (len(layout.codes) - len(values)))


def _titles(sheet: Sheet, layout: Layout, left: int, is_merged: bool) -> None:
    top = len(sheet.grid)
    rows: list[list[Any]] = [[None] * len(layout.codes) for _ in range(layout.title_rows)]
    for first, start, last, end, text in layout.titles:
        sheet.merges.append((top + first, left + start, top + last, left + end, text))
        for at in range(first, last + 1):
            for column in range(start, end + 1):
                if not is_merged or (at, column) == (first, start):
                    rows[at][column] = text
    for row in [*rows, layout.codes]:
        _line(sheet, layout, left, row)


def _value(person: Person, name: str, ordinal: int) -> Any:
    if name == "ordinal":
        return ordinal
    if name == "from_day":
        return f"01/{person.from_month}"
    return getattr(person, name)


def _sum(group: Sequence[Person], name: str) -> int | None:
    return (
        sum(getattr(p, name) for p in group)
        if name.endswith("_vnd") and name != "income_vnd"
        else None
    )


def xlsx(sheets: dict[str, Sheet], font: str | None = None, *, is_merged: bool = True) -> bytes:
    """The sheets as an .xlsx file, titles merged as printed; every text cell in `font` where one is
    said."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        style = book.add_format({"font_name": font}) if font else None
        for name, sheet in sheets.items():
            page = book.add_worksheet(name)
            for row, cells in enumerate(sheet.grid):
                for column, value in enumerate(cells):
                    if isinstance(value, str):
                        page.write_string(row, column, value, style)
                    elif value is not None:
                        page.write_number(row, column, value)
            for first, start, last, end, text in sheet.merges if is_merged else ():
                if (first, start) != (last, end):
                    page.merge_range(
                        first, start, last, end, sheet.grid[first][start] or text, style
                    )
    return out.getvalue()
