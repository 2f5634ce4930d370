"""The rows behind a figure, as a workbook for who checks it. It holds names: readable by its owner
alone, and never in the published folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from core.clock import year_and_month
from core.data_folder import DataFolder
from core.private import refuse_published
from core.vietnamese import day, number
from core.whole_files import new_workbook
from core.words import FATES
from publishing.named_list import FONT, add_list, say_what_it_is
from publishing.trace.figures import NamedRow
from publishing.trace.standing import Line, Trace
from publishing.trace.words import DECISIONS, holder_words

_COLUMNS = (
    ("STT", 5),
    ("Tính vào số liệu", 11),
    ("Họ và tên", 24),
    ("Mã số BHXH", 12),
    ("Từ tháng", 9),
    ("Số tháng", 7),
    ("Người tham gia đóng (đ)", 13),
    ("Mục", 6),
    ("Đại lý", 9),
    ("Xã", 8),
    ("Đêm nhận", 11),
    ("Trạng thái", 12),
    ("Quyết định", 12),
    ("Tệp", 14),
    ("Trang tính", 16),
    ("Dòng", 7),
    ("Dòng danh mục", 24),
)
"""Title and width."""
_HEAD_ROW = 5


def write_trace(found: Trace, named: Mapping[str, NamedRow], path: Path, data: Path) -> Path:
    """Write the lines to `path` (.xlsx, mode 0600), whole or not at all.

    `named`: as `named_rows` gives it. Raises OfficeFault where it lies in the published folder, a
    file stands already or the path is not an .xlsx, MachineFault when the machine cannot write.
    """
    path = path.resolve()
    refuse_published(DataFolder(data), path)
    with new_workbook(path) as out, xlsxwriter.Workbook(out) as book:
        say_what_it_is(book, f"Căn cứ của số liệu: {found.name_vi}", found.known_on)
        page, looks = add_list(book, "Căn cứ", _COLUMNS, _HEAD_ROW, frozen=3)
        text = book.add_format({**FONT, "border": 1, "valign": "top"})
        money = book.add_format({**FONT, "border": 1, "num_format": "#,##0", "valign": "top"})
        above = (
            (f"Căn cứ của số liệu: {found.name_vi}", looks.title),
            (
                f"{holder_words(found.holder, found.code)}, ngày {day(found.on)}, "
                f"theo hồ sơ nhận đến đêm {day(found.known_on)}",
                looks.text,
            ),
            (_sum_words(found), looks.text),
            (
                "Có thông tin cá nhân: chỉ người kiểm tra được xem, xóa khi xong việc.",
                looks.warning,
            ),
        )
        for row, (words, style) in enumerate(above):
            page.write_string(row, 0, words, style)
        for at, line in enumerate(found.lines, start=1):
            for column, value in enumerate(_cells(at, line, named)):
                if isinstance(value, int):
                    page.write_number(_HEAD_ROW + at, column, value, money)
                else:
                    page.write_string(_HEAD_ROW + at, column, value or "", text)
        page.autofilter(_HEAD_ROW, 0, _HEAD_ROW + max(len(found.lines), 1), len(_COLUMNS) - 1)
    return path


def _sum_words(found: Trace) -> str:
    value = found.value if isinstance(found.value, int) else None
    return f"Số liệu: {number(value)}; {number(len(found.lines))} dòng dưới đây cộng lại bằng số đó"


def _cells(at: int, line: Line, named: Mapping[str, NamedRow]) -> tuple[Any, ...]:
    row = named.get(line.row_id or "")
    month = row.from_month if row else None
    return (
        at,
        line.counts,
        row.full_name if row else None,
        row.bhxh_number if row else None,
        "{1:02d}/{0}".format(*year_and_month(month)) if month else None,
        row.months if row else None,
        row.participant_vnd if row else None,
        line.section,
        line.agent_code,
        line.commune_code,
        day(line.night) if line.night else None,
        FATES[line.fate].vi if line.fate else None,
        DECISIONS.get(line.decision or ""),
        line.file,
        line.sheet,
        line.row,
        line.key,
    )
