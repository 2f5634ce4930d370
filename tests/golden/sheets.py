"""The sheets of the cases: a clean one, and one maker for each defect that takes more than a
line."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from typing import Any

import xlsxwriter

from ingestion.vietnamese.old_encodings import encode
from tests.support import printed

PEOPLE = [
    replace(p, address="thôn Đông, xã Phù Ủng, huyện Ân Thi, tỉnh Hưng Yên")
    for p in printed.people(6, seed=11)
]


def sheet(
    layout: printed.Layout = printed.D05_595, people: list[printed.Person] | None = None, **how: Any
) -> printed.Sheet:
    return printed.written(layout, PEOPLE[:2] if people is None else people, **how)


def first(layout: printed.Layout = printed.D05_595, **said: Any) -> printed.Sheet:
    """A sheet of two people; of the first, some columns hold something else."""
    made = sheet(layout)
    for name, value in said.items():
        made.grid[made.first_row][layout.fields.index(name)] = value
    return made


def of_agent(code: str) -> printed.Sheet:
    made = sheet(people=PEOPLE[2:4])
    made.grid[1][0] = f"Số định danh: {code}"
    return made


def with_a_column() -> printed.Sheet:
    made = sheet()
    for index, cells in enumerate(made.grid):
        cells.append({made.code_row - 2: "Zalo", made.code_row: "99"}.get(index))
    return made


def swapped() -> printed.Sheet:
    made = sheet()
    titles = made.grid[made.code_row - 1]
    titles[7], titles[8] = titles[8], titles[7]
    return made


def subtotal() -> printed.Sheet:
    made = sheet()
    made.grid.insert(
        made.first_row + 1, [None, "Cộng tăng", None, None, None, None, 123_000, None, None, None]
    )
    return made


def below_foot() -> printed.Sheet:
    made = sheet(people=PEOPLE[:3])
    made.grid.append(made.grid.pop(made.first_row))
    return made


def blank_rows() -> printed.Sheet:
    made = sheet()
    made.grid[made.first_row + 1 : made.first_row + 1] = [[None] * 10, ["", "  "] + [None] * 8]
    return made


def in_font(kind: Any, font: str) -> tuple[str, bytes]:
    made = sheet()
    typed = [[encode(v, kind) if isinstance(v, str) else v for v in cells] for cells in made.grid]
    return "sheet.xlsx", printed.xlsx({"M": printed.Sheet(typed)}, font)


def capitals() -> tuple[str, bytes]:
    made = sheet()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, font = book.add_worksheet("M"), book.add_format({"font_name": ".VnTimeH"})
        for row, cells in enumerate(made.grid):
            for column, value in enumerate(cells):
                page.write(row, column, value)
        page.write_string(made.first_row, 1, encode("nguyễn văn bình", "tcvn3"), font)
    return "sheet.xlsx", out.getvalue()


def uncached() -> tuple[str, bytes]:
    """openpyxl, like many programs, writes a formula without its value."""
    from openpyxl import load_workbook

    made = sheet()
    book = load_workbook(io.BytesIO(printed.xlsx({"M": made})))
    book.active.cell(made.first_row + 1, 7).value = f"=H{made.first_row + 1}+I{made.first_row + 1}"
    out = io.BytesIO()
    book.save(out)
    return "sheet.xlsx", out.getvalue()


def thousands() -> printed.Sheet:
    made = sheet(word=lambda v, name: v // 100 / 10 if name.endswith("_vnd") else v)
    titles = made.grid[made.code_row - 2]
    made.grid[made.code_row - 2] = [
        f"{t} (nghìn đồng)" if t in ("Số tiền đóng", "Mức tiền làm căn cứ đóng") else t
        for t in titles
    ]
    return made


def address(text: str) -> printed.Sheet:
    return printed.written(printed.D05_505, [replace(PEOPLE[0], address=text)])


def cancelled() -> printed.Sheet:
    made = printed.written(printed.D05_595, PEOPLE[:1], PEOPLE[:1])
    row = next(
        i
        for i in range(made.first_row + 1, len(made.grid))
        if made.grid[i][2] == PEOPLE[0].bhxh_number
    )
    made.grid[row][9] = "Đã hủy biên lai"
    return made


def headings(first: str, sub: str, second: str, last: str) -> printed.Sheet:
    made = printed.written(printed.D05_595, PEOPLE[:1], PEOPLE[1:2])
    words = {"I": first, "I.1": sub, "II": second, "II.1": last}
    for cells in made.grid[made.code_row + 1 :]:
        if cells[0] in words:
            cells[:2] = (
                [None, words[cells[0]]]
                if words[cells[0]][0] not in "I"
                else words[cells[0]].split(" ", 1)
            )
    return made


def totals(*words: str | None) -> printed.Sheet:
    made = sheet()
    people = made.grid[made.first_row : made.first_row + 2]
    sums = [sum(cells[column] for cells in people) for column in (6, 7, 8)]
    made.grid[made.first_row + 2 : made.first_row + 2] = [
        [None, text, None, None, None, None, *sums, None] for text in words
    ]
    return made


def prepared() -> printed.Sheet:
    made = sheet()
    lines = [[number, "", "", 0, None, "", 0, "-", 0.0, ""] for number in range(3, 9)]
    made.grid[made.first_row + 2 : made.first_row + 2] = lines
    return made


def software_490() -> printed.Sheet:
    titles = {
        "NSĐP hỗ trợ": "NSĐP hỗ trợ thêm",
        "Tỷ lệ (%)": "Tỷ lệ %\nđược hỗ\ntrợ",
        "Số CCCD/CNTND/ĐDCN/hộ chiếu": "Số\nCCCD/CNTD/ĐD\nCN/hộ chiếu",
    }
    layout = replace(
        printed.D05_490,
        head=(
            "Tên đơn vị/Điểm thu: ĐIỂM THU HƯ CẤU",
            "Mã đơn vị/Điểm thu: DL001         MS thuế: 0900000001",
            "Kỳ kê khai: Đợt_20190615_01",
        ),
        titles=tuple((*span[:4], titles.get(span[4], span[4])) for span in printed.D05_490.titles),
        sections=("Người tham gia", "Số tiền"),
        foot="Tổng số sổ BHXH đề nghị cấp: 2 sổ.",
    )
    made = sheet(layout)
    foot = next(i for i, cells in enumerate(made.grid) if cells[0] == layout.foot)
    total = sum(p.total_vnd for p in PEOPLE[:2])
    made.grid.insert(foot - 1, ["TỔNG CỘNG (2 người tham gia)", *[None] * 9, total, *[None] * 9])
    made.grid.insert(
        foot + 2, ["- Ghi chú: Cột 16 chỉ áp dụng đối với tổ chức dịch vụ thu.", *[None] * 19]
    )
    return made


def head(words: str) -> printed.Sheet:
    made = sheet()
    row = next(i for i, cells in enumerate(made.grid) if str(cells[0]).startswith("Số: "))
    made.grid[row][0] = words
    return made


def looks() -> tuple[str, bytes]:
    made = sheet()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("M")
        number, month, struck = (
            book.add_format(how)
            for how in (
                {"num_format": "0" * 10},
                {"num_format": '00"/"0000'},
                {"font_strikeout": True},
            )
        )
        for row, cells in enumerate(made.grid):
            for column, value in enumerate(cells):
                page.write(row, column, value)
        page.write_number(made.first_row, 2, 399_900_000, number)
        page.write_number(made.first_row, 5, 62019, month)
        page.write_string(made.first_row + 1, 1, made.grid[made.first_row + 1][1], struck)
    return "sheet.xlsx", out.getvalue()


def merged() -> printed.Sheet:
    one = PEOPLE[0]
    later = replace(one, from_month=f"{6 + one.months:02d}/2019" if one.months < 7 else "06/2020")
    made = sheet(people=[one, later])
    for column in (0, 1, 2):
        made.grid[made.first_row + 1][column] = None
        made.merges.append(
            (made.first_row, column, made.first_row + 1, column, made.grid[made.first_row][column])
        )
    return made


def turned() -> tuple[str, bytes]:
    made = sheet()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, day = book.add_worksheet("M"), book.add_format({"num_format": "mmm-yy"})
        for row, cells in enumerate(made.grid):
            for column, value in enumerate(cells):
                page.write(row, column, value)
        page.write_datetime(made.first_row, 5, datetime(2019, 1, 6), day)  # noqa: DTZ001
        page.write_string(made.first_row + 1, 5, "Thg6-19")
    return "sheet.xlsx", out.getvalue()


class _Leaving(printed.Person):
    """A person whose note is another one's words."""

    @property
    def note(self) -> str:
        return self.address


def left() -> list[printed.Person]:
    notes = ("Anh Trần Quang Huy nộp hộ", "Hủy tham gia BHXH")
    return [
        _Leaving(**{**vars(p), "address": words})
        for p, words in zip(PEOPLE[1:3], notes, strict=True)
    ]
