"""The list of who must renew, as a workbook that an officer prints or filters. It holds names: it
is made for one reader, readable by its owner alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from core.data_folder import DataFolder
from core.private import refuse_published
from core.vietnamese import day, number
from core.whole_files import new_workbook
from publishing.due import LATER, SOON, DueList, DuePerson
from publishing.named_list import FONT, Looks, add_list, say_what_it_is

_COLUMNS = (
    ("STT", 5),
    ("Họ và tên", 22),
    ("Mã số BHXH", 12),
    ("Ngày sinh", 11),
    ("Điện thoại", 12),
    ("Xã, điểm thu", 26),
    ("Đại lý thu", 18),
    ("Phương thức, lưu ý", 18),
    ("Ngày đến hạn", 11),
    ("Còn (ngày)", 6),
    ("Đóng chậm nhất", 11),
    ("Lần trước đóng (đ)", 11),
    ("Kết quả gọi, gặp", 26),
)
"""Title and width: in all, what is readable on A4 across."""
_ROOM = 30
"""Height of a line: room to write by hand."""
_READER = {"officer": "Cán bộ", "agent": "Đại lý thu"}
_HEAD_ROW = 6


def write_due(found: DueList, path: Path, data: Path) -> Path:
    """Write the list to `path` (.xlsx, mode 0600), whole or not at all.

    Raises OfficeFault where it lies in the published folder, a file stands already or the path is
    not an .xlsx, MachineFault when the machine cannot write.
    """
    path = path.resolve()
    refuse_published(DataFolder(data), path)
    with new_workbook(path) as out:
        _write(found, out)
    return path


def _write(found: DueList, out: IO[bytes]) -> None:
    with xlsxwriter.Workbook(out) as book:
        say_what_it_is(book, "Danh sách đến hạn đóng BHXH tự nguyện", found.known_on)
        page, looks = add_list(book, "Đến hạn", _COLUMNS, _HEAD_ROW, frozen=2)
        for row, (line, style) in enumerate(_above(found, looks)):
            page.write_string(row, 0, line, style)
        kinds: dict[str, dict[str, Any]] = {
            "text": {},
            "date": {"num_format": "dd/mm/yyyy", "align": "center"},
            "number": {"num_format": "#,##0"},
        }
        styles = {
            (kind, colour): book.add_format(
                {
                    **FONT,
                    "border": 1,
                    "text_wrap": kind == "text",
                    "valign": "top",
                    **look,
                    **_fill(colour),
                }
            )
            for kind, look in kinds.items()
            for colour in ("#F8CBAD", "#FFF2CC", None)
        }
        for at, person in enumerate(found.people, start=1):
            colour = _colour(found.days_left(person))
            page.set_row(_HEAD_ROW + at, _ROOM)
            for column, value in enumerate(_cells(found, at, person)):
                if isinstance(value, date):
                    page.write_datetime(
                        _HEAD_ROW + at,
                        column,
                        datetime.combine(value, time()),
                        styles["date", colour],
                    )
                elif isinstance(value, int):
                    page.write_number(_HEAD_ROW + at, column, value, styles["number", colour])
                else:
                    # never as a formula, whatever a sheet said
                    page.write_string(_HEAD_ROW + at, column, value or "", styles["text", colour])
        if found.people:
            page.autofilter(_HEAD_ROW, 0, _HEAD_ROW + len(found.people), len(_COLUMNS) - 1)
        else:
            page.write_string(
                _HEAD_ROW + 1, 1, f"Không có ai đến hạn trong {LATER} ngày tới.", looks.text
            )


def _above(found: DueList, looks: Looks) -> Sequence[tuple[str, Any]]:
    silent = sorted({person.agent for person in found.people if not person.agent_has_reported})
    return (
        (
            f"DANH SÁCH NGƯỜI ĐẾN HẠN ĐÓNG BHXH TỰ NGUYỆN TRONG {LATER} NGÀY, TỪ NGÀY {day(found.on)}",
            looks.title,
        ),
        (
            f"{_READER[found.reader]}: {found.code} {found.name}. Địa bàn: {found.communes}",
            looks.bold,
        ),
        (
            f"Theo hồ sơ nhận đến hết đêm {day(found.known_on)}. Người đã báo giảm (II.1) không có trong danh sách.",
            looks.text,
        ),
        (
            f"Đã đến hạn, còn được đóng: {number(found.within(None, 0))} người. Trong {SOON} ngày tới: {number(found.within(1, SOON))} người. "
            f"Từ {SOON + 1} đến {LATER} ngày: {number(found.within(SOON + 1, LATER))} người. Tổng: {number(len(found.people))} người.",
            looks.bold,
        ),
        (
            "Mọi đại lý trong danh sách đã báo cáo tháng này."
            if not silent
            else f"Chưa có báo cáo tháng này, có thể đã thu mà chưa nộp bảng kê: {', '.join(silent)}.",
            looks.text,
        ),
        (
            "Danh sách có thông tin cá nhân, chỉ giao cho người nêu trên; không chuyển tiếp, không công bố.",
            looks.warning,
        ),
    )


def _cells(found: DueList, at: int, person: DuePerson) -> tuple[str | int | date | None, ...]:
    method = [person.method]
    if not person.has_term:
        method.append("không có thời hạn riêng, tính trong tháng")
    if not person.agent_has_reported:
        method.append("đại lý chưa báo cáo tháng này")
    return (
        at,
        person.full_name,
        person.bhxh_number,
        person.birth_date,
        person.telephone,
        ", ".join(part for part in (person.commune_name, person.collection_point) if part),
        person.agent,
        "; ".join(method),
        person.due_on,
        found.days_left(person),
        person.payable_until,
        person.last_paid_vnd,
        None,
    )


def _colour(days_left: int) -> str | None:
    return "#F8CBAD" if days_left <= 0 else "#FFF2CC" if days_left <= SOON else None


def _fill(colour: str | None) -> dict[str, str]:
    return {"bg_color": colour} if colour else {}
