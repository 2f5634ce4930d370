"""A sheet of QĐ 595 as an office prints it, from any rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

HEADS = ("STT", "Họ và tên", "Mã số BHXH", "Mức tiền làm căn cứ đóng", None, None, None, None, None, "Ghi chú")


CODES = ("A", "B", "C", "1", "2", "3", "4=5+6", "5", "6", "7")


def write_sheet(path: Path, parts: list[tuple[str, list[tuple[Any, ...]], bool]]) -> int:
    """A sheet as an office prints it; returns how many rows it wrote between the code row and the foot."""
    written = 0
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("D05-TS")
        page.write(1, 0, "Số định danh: DL001")
        page.write(5, 0, "Số: 01 tháng 6 năm 2019")
        for column, text in enumerate(HEADS):
            if text:
                page.merge_range(7, column, 8, column, text)
        page.merge_range(7, 4, 7, 5, "Phương thức đóng")
        page.merge_range(7, 6, 7, 8, "Số tiền đóng")
        for column, text in enumerate(("Số tháng đóng", "Từ tháng/năm", "Tổng số", "Người tham gia đóng", "NSNN hỗ trợ"), start=4):
            page.write(8, column, text)
        for column, text in enumerate(CODES):
            page.write_string(9, column, text)
        at = 10
        for section, people, has_subtotal in parts:
            page.write(at, 0, section)
            page.write(at, 1, "Người lao động" if section.endswith("1") else "Tiền lương")
            at, written = at + 1, written + 1
            for ordinal, person in enumerate(people, start=1):
                page.write(at, 0, ordinal)
                for column, value in enumerate(person, start=1):
                    if isinstance(value, str):
                        page.write_string(at, column, value)
                    elif value is not None:
                        page.write_number(at, column, value)
                at, written = at + 1, written + 1
            if has_subtotal:
                page.write(at, 1, "Cộng tăng")
                page.write(at, 6, 123_000)
                at, written = at + 2, written + 1  # and a blank row, which does not count
        page.write(at + 1, 0, "Tổng số sổ BHXH đề nghị cấp: 0")
    return written
