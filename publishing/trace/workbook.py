"""The rows behind a figure, as a workbook for who checks it. It holds names: readable by its owner
alone, and never in the published folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from core.data_folder import DataFolder
from core.settings import NIGHT_HOUR
from core.vietnamese import day, number
from core.whole_files import new_workbook
from core.words import FATES
from publishing.trace.figures import NamedRow
from publishing.trace.standing import Line, Trace, TraceRefused
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
_FONT = {"font_name": "Times New Roman", "font_size": 11}


def write_trace(found: Trace, named: Mapping[str, NamedRow], path: Path, data: Path) -> Path:
    """Write the lines to `path` (.xlsx, mode 0600), whole or not at all.

    `named`: as `named_rows` gives it. Raises TraceRefused where it lies in the published folder,
    OfficeFault where a file stands already or the path is not an .xlsx, MachineFault when the
    machine cannot write.
    """
    path = path.resolve()
    if path.is_relative_to(DataFolder(data.resolve()).published.parent):
        raise TraceRefused(f"{path} lies in the published folder, where no name may stand")
    with new_workbook(path) as out, xlsxwriter.Workbook(out) as book:
        # no clock: the same trace makes the same bytes
        created = datetime.combine(found.known_on, time(NIGHT_HOUR))
        book.set_properties({"created": created, "title": f"Căn cứ của số liệu: {found.name_vi}"})
        page = book.add_worksheet("Căn cứ")
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(_HEAD_ROW)
        page.set_footer("&LTài liệu nội bộ, có thông tin cá nhân&RTrang &P/&N")
        page.freeze_panes(_HEAD_ROW + 1, 3)
        text = book.add_format({**_FONT, "border": 1, "valign": "top"})
        money = book.add_format({**_FONT, "border": 1, "num_format": "#,##0", "valign": "top"})
        plain = book.add_format(_FONT)
        title = book.add_format({**_FONT, "bold": True, "font_size": 14})
        warning = book.add_format({**_FONT, "italic": True, "font_color": "#9C0006"})
        head = book.add_format(
            {
                **_FONT,
                "bold": True,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
                "border": 1,
                "bg_color": "#DCE6F1",
            }
        )
        above = (
            (f"Căn cứ của số liệu: {found.name_vi}", title),
            (
                f"{holder_words(found.holder, found.code)}, ngày {day(found.on)}, "
                f"theo hồ sơ nhận đến đêm {day(found.known_on)}",
                plain,
            ),
            (_sum_words(found), plain),
            ("Có thông tin cá nhân: chỉ người kiểm tra được xem, xóa khi xong việc.", warning),
        )
        for row, (words, style) in enumerate(above):
            page.write_string(row, 0, words, style)
        page.set_row(_HEAD_ROW, 32)
        for column, (name, width) in enumerate(_COLUMNS):
            page.set_column(column, column, width)
            page.write_string(_HEAD_ROW, column, name, head)
        for at, line in enumerate(found.lines, start=1):
            for column, value in enumerate(_cells(at, line, named)):
                if isinstance(value, int):
                    page.write_number(_HEAD_ROW + at, column, value, money)
                else:
                    page.write_string(_HEAD_ROW + at, column, value or "", text)
        page.autofilter(_HEAD_ROW, 0, _HEAD_ROW + max(len(found.lines), 1), len(_COLUMNS) - 1)
    return path


def _sum_words(found: Trace) -> str:
    value = found.value if isinstance(found.value, int) or found.value is None else None
    return f"Số liệu: {number(value)}; {number(len(found.lines))} dòng dưới đây cộng lại bằng số đó"


def _cells(at: int, line: Line, named: Mapping[str, NamedRow]) -> tuple[Any, ...]:
    row = named.get(line.row_id or "")
    month = row.from_month if row else None
    return (
        at,
        line.counts,
        row.full_name if row else None,
        row.bhxh_number if row else None,
        f"{(month - 1) % 12 + 1:02d}/{(month - 1) // 12}" if month else None,
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
