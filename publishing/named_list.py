"""A list with names, as a workbook that is printed or filtered: A4 across, a head that stays in
sight, and a line on each page that says what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from core.settings import NIGHT_HOUR

FONT = {"font_name": "Times New Roman", "font_size": 11}


@dataclass(frozen=True)
class Looks:
    """Formats of xlsxwriter for what stands above a list."""

    title: Any
    bold: Any
    text: Any
    warning: Any


def add_list(
    book: Any, name: str, columns: Sequence[tuple[str, float]], head_row: int, frozen: int
) -> tuple[Any, Looks]:
    """(A sheet with the head of a list in `head_row`, the looks of the lines above it).

    `columns`: title and width. `frozen`: how many of them stay in sight.
    """
    page = book.add_worksheet(name)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.6)
    page.repeat_rows(head_row)
    page.set_footer("&LTài liệu nội bộ, có thông tin cá nhân&RTrang &P/&N")
    page.freeze_panes(head_row + 1, frozen)
    looks = Looks(
        text=book.add_format(FONT),
        bold=book.add_format({**FONT, "bold": True}),
        title=book.add_format({**FONT, "bold": True, "font_size": 14}),
        warning=book.add_format({**FONT, "italic": True, "font_color": "#9C0006"}),
    )
    head = book.add_format(
        {
            **FONT,
            "bold": True,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
            "border": 1,
            "bg_color": "#DCE6F1",
        }
    )
    page.set_row(head_row, 32)
    for column, (title, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(head_row, column, title, head)
    return page, looks


def say_what_it_is(book: Any, title: str, known_on: date) -> None:
    """Title and day of a workbook. No clock: the same list makes the same bytes."""
    created = datetime.combine(known_on, time(NIGHT_HOUR))
    book.set_properties({"created": created, "title": title})
