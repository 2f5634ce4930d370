"""The figures of a month as a workbook: numbers as numbers, charts that Excel draws from them, and
a sheet for each officer.

What is not known is an empty, hatched cell, never 0 and never a text among numbers: a sum leaves it
out and a chart shows a gap.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import ceil
from typing import Any

import xlsxwriter

from core.settings import NIGHT_HOUR
from core.vietnamese import BASES, day, period
from publishing.dictionary import UNITS
from publishing.page.language import language
from publishing.report.month import Month, Row, units_of
from publishing.report.paper import Paper

_FONT = {"font_name": "Times New Roman", "font_size": 11}
_NUMBER_FORMATS = {
    "ratio": "0.0%",
    "people per month": "#,##0.0",
    "times": "#,##0.00",
    "days": "#,##0.0",
}
_FINER = {
    "coverage_rate": "0.00%",
    "new_rate": "0.00%",
    "new_rate_low": "0.00%",
    "new_rate_high": "0.00%",
}
_WHOLE, _DAY = "#,##0", "dd/mm/yyyy"
_LEFT_OUT = {
    "reporting_date",
    "known_on",
    "boundaries",
    "commune_key",
    "district_code",
    "officer_code",
    "overrides",
}
"""Columns that say the same in every row of a sheet, or are keys that people do not read."""
_OF_OFFICER = (
    "participants", "participants_prev_month", "participants_prev_year_end", "participants_same_day_last_year", "new_participants",
    "returned_participants", "lapsed_participants", "left_participants", "due_next_month", "overdue", "villages", "villages_without_participants",
    "coverage_rate", "target_period", "target_participants", "target_rate", "year_target", "year_target_rate", "pace_per_month", "needed_per_month",
    "agents_expected", "agents_reported", "contributions_vnd", "incomplete_reason",
)  # fmt: skip
"""Figures of an officer's sheet, a line each."""
_OF_AGENTS = (
    "agent_name", "agent_code", "report_status", "participants", "participants_prev_month", "new_participants", "due_next_month", "overdue",
    "renewal_rate", "contributions_vnd",
)  # fmt: skip
_WIDE = 24
"""Columns that still fit one page across."""
_SCALE = 60
"""Per cent, of wider ones: they go on to the right."""
_LINE = 15
"""Height of a line of text, in points."""
_COLOUR, _PLAN = "#1F4E79", "#7F7F7F"


def write_workbook(month: Month, paper: Paper) -> bytes:
    """The workbook of a month: what the report says, all figures by commune, month, holder and
    agent, what they mean, and the officers' sheets."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties(
            {
                "title": paper["title"],
                "author": paper["office_name"],
                "created": datetime.combine(month.known_on, time(NIGHT_HOUR)),
            }
        )
        sheets = _Sheets(book, units_of(month.definitions), paper["basis"])
        names = _officer_sheets(month)
        _summary(sheets, month, paper)
        communes = sheets.table(
            "Theo xã",
            "Số liệu từng xã, thị trấn",
            month.labels["kpi_by_commune"],
            month.communes,
            total=month.district,
        )
        months = sheets.table(
            "Theo tháng",
            "Số liệu cuối mỗi tháng",
            month.labels["kpi_by_district"],
            month.months,
            keep=("reporting_date",),
        )
        _charts(sheets, month, communes, months)
        sheets.table(
            "Cán bộ",
            "Kết quả theo cán bộ phụ trách",
            month.labels["kpi_by_officer"],
            month.officers,
            keep=("officer_code",),
            links=names,
        )
        sheets.table(
            "Hội, đoàn thể",
            "Kết quả theo hội, đoàn thể",
            month.labels["kpi_by_association"],
            month.associations,
        )
        sheets.table(
            "Đại lý", "Kết quả theo đại lý thu", month.labels["kpi_by_agent"], month.agents
        )
        sheets.table(
            "Hồ sơ cần sửa",
            "Quy tắc bị vi phạm, số đếm theo đại lý",
            month.labels["fct_rejections"],
            month.rejections,
        )
        _meanings(sheets, month)
        for officer in month.officers:
            _officer(sheets, month, officer, names[officer["officer_code"]])
    return out.getvalue()


@dataclass(frozen=True)
class _Block:
    """Where a table stands: its sheet, first and last row of figures, and each column's place."""

    sheet: str
    first: int
    last: int
    columns: dict[str, int]

    def cells(self, column: str) -> list[Any]:
        """A column for a chart."""
        return [self.sheet, self.first, self.columns[column], self.last, self.columns[column]]


class _Sheets:
    """The workbook with its formats, made once each."""

    def __init__(self, book: Any, units: dict[str, str], basis: str) -> None:
        self.book, self.units, self.basis = book, units, basis
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, **look: Any) -> Any:
        """A format of the house font."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({**_FONT, **look})
        return self._formats[key]

    def add(self, name: str, title: str, *, across: int) -> Any:
        """A sheet with its title, set up for A4 across."""
        page = self.book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        if across <= _WIDE:
            page.fit_to_pages(1, 0)
        else:
            page.set_print_scale(_SCALE)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer("&L&A&RTrang &P/&N")
        page.write_string(0, 0, title, self.style(bold=True, font_size=14))
        page.write_string(
            1,
            0,
            f"{self.basis} Ô gạch chéo: chưa có số liệu, không phải là 0.",
            self.style(italic=True),
        )
        return page

    def table(
        self,
        name: str,
        title: str,
        labels: dict[str, str],
        rows: Sequence[Row],
        *,
        keep: tuple[str, ...] = (),
        total: Row | None = None,
        links: dict[str, str] | None = None,
    ) -> _Block:
        """A sheet with one table: its head frozen, repeated on every page, with filters. `keep`:
        columns of `_LEFT_OUT` that say something here."""
        columns = [column for column in labels if column in keep or column not in _LEFT_OUT]
        page = self.add(name, title, across=len(columns))
        block = self.block(page, name, 3, columns, labels, rows, total)
        page.freeze_panes(4, 2)
        page.repeat_rows(3)
        page.repeat_columns(0, 1)
        if rows:
            page.autofilter(3, 0, block.last, len(columns) - 1)
        for column, place in block.columns.items():
            page.set_column(place, place, _width(column))
        for at, row in enumerate(rows):
            if links is not None:
                code = row["officer_code"]
                page.write_url(
                    block.first + at,
                    block.columns["officer_code"],
                    f"internal:'{links[code]}'!A1",
                    self.style(border=1, font_color="#0563C1"),
                    code,
                )
        return block

    def block(
        self,
        page: Any,
        name: str,
        top: int,
        columns: Sequence[str],
        labels: dict[str, str],
        rows: Sequence[Row],
        total: Row | None = None,
    ) -> _Block:
        """A head and rows, from row `top` (from 0) on."""
        head = self.style(
            bold=True,
            text_wrap=True,
            align="center",
            valign="vcenter",
            border=1,
            bg_color="#DCE6F1",
        )
        page.set_row(top, _height("x" * max(len(labels[column]) for column in columns), 11) + 3)
        for place, column in enumerate(columns):
            page.write_string(top, place, labels[column], head)
        for at, row in enumerate(rows, start=top + 1):
            for place, column in enumerate(columns):
                self.cell(page, at, place, column, row[column])
        if not rows:
            page.write_string(top + 1, 0, "Không có dòng nào.", self.style(italic=True))
        if total is not None:
            for place, column in enumerate(columns):
                if column in total:
                    self.cell(page, top + 1 + len(rows), place, column, total[column], bold=True)
                else:
                    words = "Toàn huyện" if column == "commune_name" else ""
                    page.write_string(
                        top + 1 + len(rows), place, words, self.style(border=1, bold=True)
                    )
        return _Block(
            name,
            top + 1,
            top + max(1, len(rows)),
            {column: place for place, column in enumerate(columns)},
        )

    def cell(self, page: Any, row: int, place: int, column: str, value: Any, **look: Any) -> None:
        """One value: a number as a number, a text as a text whatever it begins with, what is not
        known hatched."""
        unit = self.units.get(column)
        if value is None:
            # a text that is missing (no reason, no period) is no figure that is missing
            page.write_blank(
                row,
                place,
                None,
                self.style(
                    border=1, **look, **({"pattern": 14, "fg_color": "#A6A6A6"} if unit else {})
                ),
            )
        elif isinstance(value, bool):
            page.write_string(
                row, place, "có" if value else "không", self.style(border=1, align="center", **look)
            )
        elif isinstance(value, datetime | date):
            page.write_datetime(
                row,
                place,
                datetime.combine(value, time()),
                self.style(border=1, num_format=_DAY, align="center", **look),
            )
        elif isinstance(value, int | float):
            number_format = _FINER.get(column) or (_NUMBER_FORMATS.get(unit or "", _WHOLE))
            page.write_number(
                row, place, value, self.style(border=1, num_format=number_format, **look)
            )
        else:
            page.write_string(row, place, _said(column, str(value)), self.style(border=1, **look))


def _said(column: str, value: str) -> str:
    if column == "target_period":
        return period(value)
    if column.endswith("target_basis"):
        return BASES.get(value, value)
    return language("vi").word("report_statuses", value) if column == "report_status" else value


def _width(column: str) -> float:
    if column.endswith("_reason"):
        return 48
    if column.endswith("_name"):
        return 24
    if column.endswith("_basis"):
        return 26
    return 18 if column == "target_period" else 14 if column.endswith("_vnd") else 11.5


def _summary(sheets: _Sheets, month: Month, paper: Paper) -> None:
    """What the report says, then every figure of the district with its unit and how it is worked
    out."""
    page = sheets.add("Tổng hợp", paper["title"], across=4)
    page.set_column(0, 0, 44)
    page.set_column(1, 1, 18)
    page.set_column(2, 2, 16)
    page.set_column(3, 3, 90)
    wrapped = sheets.style(text_wrap=True, valign="top")
    for at, sentence in enumerate(paper["sentences"], start=3):
        page.set_row(at, _height(sentence, 165))
        page.merge_range(at, 0, at, 3, "", wrapped)
        page.write_string(at, 0, sentence, wrapped)
    top = 4 + len(paper["sentences"])
    head = sheets.style(bold=True, border=1, align="center", bg_color="#DCE6F1")
    for place, words in enumerate(("Chỉ số", "Số liệu", "Đơn vị", "Cách tính")):
        page.write_string(top, place, words, head)
    labels = month.labels["kpi_by_district"]
    figures = [
        column
        for column in labels
        if column in sheets.units and not isinstance(month.district[column], bool)
    ]
    for at, column in enumerate(figures, start=top + 1):
        meaning = _meaning(month, column)
        page.set_row(at, _height(meaning["formula_vi"], 105))
        page.write_string(
            at, 0, labels[column], sheets.style(border=1, text_wrap=True, valign="top")
        )
        sheets.cell(page, at, 1, column, month.district[column], bold=True, valign="top")
        page.write_string(
            at, 2, UNITS.get(meaning["unit"], meaning["unit"]), sheets.style(border=1, valign="top")
        )
        page.write_string(
            at, 3, meaning["formula_vi"], sheets.style(border=1, text_wrap=True, valign="top")
        )
    at = top + 1 + len(figures)
    for said in [*paper["table_notes"], *paper["notes"]]:
        at += 1
        page.write_string(at, 0, said, sheets.style())
    page.freeze_panes(3, 0)


def _height(text: str, width: int) -> int:
    """Of a row with a text that is wrapped: Excel leaves rows of a new file as they are."""
    return _LINE * ceil(max(1, len(text)) / width)


def _meaning(month: Month, column: str) -> Row:
    return month.definitions.get(column) or next(
        row for code, row in month.definitions.items() if code.endswith(f".{column}")
    )


def _charts(sheets: _Sheets, month: Month, communes: _Block, months: _Block) -> None:
    """Charts that Excel draws from the sheets before: change a figure there, and they follow."""
    page = sheets.add("Biểu đồ", f"Biểu đồ tháng {month.last_day:%m/%Y}", across=1)
    trend = sheets.book.add_chart({"type": "line"})
    _series(trend, months, "participants", "reporting_date", "Người tham gia", _COLOUR)
    if month.district["year_target_basis"] == "stock":
        _series(trend, months, "year_target", "reporting_date", "Chỉ tiêu năm", _PLAN)
    trend.set_title({"name": "Người tham gia cuối mỗi tháng", "name_font": {"size": 12}})
    trend.set_y_axis({"min": 0, "num_format": _WHOLE})
    trend.set_x_axis(
        {"date_axis": True, "num_format": "mm/yyyy", "major_unit": 3, "major_unit_type": "months"}
    )
    _finish(
        page,
        3,
        trend,
        380,
        "Biểu đồ đường: người tham gia cuối mỗi tháng và chỉ tiêu năm; số liệu ở trang Theo tháng.",
    )
    bars = sheets.book.add_chart({"type": "bar"})
    _series(bars, communes, "participants", "commune_name", "Người tham gia", _COLOUR)
    if month.district["target_basis"] == "stock":
        _series(bars, communes, "target_participants", "commune_name", "Chỉ tiêu của kỳ", "#BFBFBF")
    bars.set_title(
        {"name": "Người tham gia và chỉ tiêu của kỳ, từng xã", "name_font": {"size": 12}}
    )
    bars.set_y_axis({"reverse": True})
    _finish(
        page,
        23,
        bars,
        160 + 24 * len(month.communes),
        "Biểu đồ thanh: người tham gia và chỉ tiêu của kỳ từng xã; số liệu ở trang Theo xã.",
    )
    page.set_portrait()
    page.fit_to_pages(1, 1)


def _series(chart: Any, block: _Block, column: str, names: str, label: str, colour: str) -> None:
    drawn = {"name": label, "categories": block.cells(names), "values": block.cells(column)}
    chart.add_series(
        {**drawn, "line": {"color": colour, "width": 2}, "fill": {"color": colour}, "gap": 60}
    )


def _finish(page: Any, row: int, chart: Any, height: int, words: str) -> None:
    chart.show_blanks_as("gap")
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 860, "height": height})
    page.insert_chart(row, 0, chart, {"description": words, "object_position": 1})


def _meanings(sheets: _Sheets, month: Month) -> None:
    page = sheets.add("Cách tính", "Từng chỉ số nghĩa là gì", across=4)
    titles = {
        "name_vi": ("Tên", 40),
        "formula_vi": ("Cách tính", 95),
        "unit": ("Đơn vị", 14),
        "code": ("Mã", 30),
    }
    head = sheets.style(bold=True, border=1, align="center", bg_color="#DCE6F1")
    for place, (words, width) in enumerate(titles.values()):
        page.set_column(place, place, width)
        page.write_string(3, place, words, head)
    for at, row in enumerate(month.definitions.values(), start=4):
        page.set_row(at, max(_height(row["formula_vi"], 110), _height(row["name_vi"], 40)))
        for place, column in enumerate(titles):
            value = UNITS.get(row["unit"], row["unit"]) if column == "unit" else row[column]
            page.write_string(
                at, place, value, sheets.style(border=1, text_wrap=True, valign="top")
            )
    page.freeze_panes(4, 1)
    page.repeat_rows(3)


def _officer_sheets(month: Month) -> dict[str, str]:
    """Officer's code -> the name of the officer's sheet: at most 31 signs, none that Excel refuses,
    each name once."""
    names: dict[str, str] = {}
    taken = {
        "tổng hợp",
        "theo xã",
        "theo tháng",
        "biểu đồ",
        "cán bộ",
        "hội, đoàn thể",
        "đại lý",
        "hồ sơ cần sửa",
        "cách tính",
        "history",
    }
    for row in month.officers:
        plain = re.sub(r"[\[\]:*?/\\']", "_", row["officer_code"]).strip()[:26] or "Cán bộ"
        name, again = plain, 1
        while name.lower() in taken:
            again += 1
            name = f"{plain} ({again})"
        taken.add(name.lower())
        names[row["officer_code"]] = name
    return names


def _officer(sheets: _Sheets, month: Month, officer: Row, name: str) -> None:
    """One officer: the figures of all the officer's communes and of each, their agents, and the
    months so far with a chart."""
    own = month.communes_of[officer["officer_code"]]
    communes = sorted(
        (row for row in month.communes if row["commune_code"] in own),
        key=lambda row: own.index(row["commune_code"]),
    )
    places = ", ".join(row["commune_name"] for row in communes)
    page = sheets.add(
        name,
        f"{officer['officer_code']} {officer['officer_name']}: {places}, đến {day(month.last_day)}",
        across=len(_OF_AGENTS),
    )
    page.set_column(0, 0, 44)
    page.set_column(1, max(len(communes) + 1, len(_OF_AGENTS) - 1), 15)
    head = sheets.style(
        bold=True, text_wrap=True, align="center", valign="vcenter", border=1, bg_color="#DCE6F1"
    )
    for place, words in enumerate(
        ("Chỉ số", "Tất cả các xã", *(row["commune_name"] for row in communes))
    ):
        page.write_string(3, place, words, head)
    for at, column in enumerate(_OF_OFFICER, start=4):
        page.write_string(at, 0, month.labels["kpi_by_officer"][column], sheets.style(border=1))
        for place, row in enumerate((officer, *communes), start=1):
            sheets.cell(
                page, at, place, column, row[column], text_wrap=True, valign="top", bold=place == 1
            )
    reasons = [len(row["incomplete_reason"] or "") for row in (officer, *communes)]
    page.set_row(3 + len(_OF_OFFICER), _height("x" * max(reasons), 14))
    page.freeze_panes(4, 1)
    top = 5 + len(_OF_OFFICER)
    page.write_string(top, 0, "Đại lý thu trên địa bàn", sheets.style(bold=True))
    agents = [row for row in month.agents if row["commune_code"] in own]
    block = sheets.block(page, name, top + 1, _OF_AGENTS, month.labels["kpi_by_agent"], agents)
    top = block.last + 2
    page.write_string(top, 0, "Các tháng đã qua", sheets.style(bold=True))
    columns = (
        "reporting_date",
        "participants",
        "new_participants",
        "lapsed_participants",
        "contributions_vnd",
    )
    block = sheets.block(
        page,
        name,
        top + 1,
        columns,
        month.labels["kpi_by_officer"],
        month.officer_months[officer["officer_code"]][-13:],
    )
    chart = sheets.book.add_chart({"type": "line"})
    _series(chart, block, "participants", "reporting_date", "Người tham gia", _COLOUR)
    chart.set_x_axis({"date_axis": True, "num_format": "mm/yyyy"})
    chart.set_y_axis({"min": 0, "num_format": _WHOLE})
    chart.set_legend({"none": True})
    chart.show_blanks_as("gap")
    chart.set_title({"name": "Người tham gia cuối mỗi tháng", "name_font": {"size": 11}})
    chart.set_size({"width": 520, "height": 330})
    page.insert_chart(
        top + 1,
        5,
        chart,
        {
            "description": f"Biểu đồ đường: người tham gia cuối mỗi tháng của {places}.",
            "object_position": 1,
        },
    )
