"""The form of the day for one agent, to be filled in: head and people due to renew stand there,
cells check what is typed by the rule book."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from core.clock import year_and_month
from core.whole_files import new_workbook
from ingestion.forms.contracts import Column, Form, forms
from ingestion.model import cell_address
from ingestion.rules.law import law, methods
from ingestion.rules.rulebook import ROW_SUITES, suite_entries

_BLANK_ROWS = 40
_MONTHS_BEFORE, _MONTHS_AFTER = 12, 12
_SECTION_TITLES = {
    "tang": "Tăng",
    "giam": "Giảm",
    "nguoi lao dong": "Người lao động",
    "tien luong": "Tiền lương",
}
_WIDTHS = {
    "ordinal": 6,
    "full_name": 26,
    "bhxh_number": 14,
    "months": 9,
    "from_month": 11,
    "note": 38,
}
_GROUPS = {
    "poor": "Hộ nghèo",
    "near_poor": "Hộ cận nghèo",
    "ethnic_minority": "Dân tộc thiểu số",
    "other": "Khác",
}
"""Support groups as a note says them (note-fields.yaml)."""
_TOLD_BY = {"poor": "nghèo", "near_poor": "cận nghèo", "ethnic_minority": "thiểu số"}
_FONT = {"font_name": "Times New Roman", "font_size": 11}


@dataclass(frozen=True, repr=False)
class Renewal:
    """A person to be filled in. Months as `month_index`; None where it is not known. Says nothing
    of itself in a log."""

    full_name: str | None
    bhxh_number: str
    months: int | None
    from_month: int
    income_vnd: int | None = None
    support_group: str | None = None
    support_per_month_vnd: float | None = None
    """Of the last payment: it tells the group where no note does."""


@dataclass(frozen=True, repr=False)
class Head:
    """Who fills the form in, and for which month (`month_index`)."""

    agent_code: str
    agent_name: str
    place: str
    month: int


@dataclass(frozen=True)
class Check:
    """What a cell of a field may hold, as far as the rule book says it of the field alone;
    `says_vi`: what is wrong otherwise, and what to do."""

    least: int | None = None
    most: int | None = None
    digits: int | None = None
    says_vi: str = ""


@dataclass(frozen=True)
class Amounts:
    """The law of one month, as the formulas of the form need it. Support in đồng a month."""

    rate: float
    floor: int
    cap: int
    support: dict[str, int]
    """group -> support, of groups that get some."""

    @classmethod
    def of(cls, month: int) -> Amounts:
        """In a month (year*12 + month)."""
        said = law()
        cap = said.number("income_cap_base_salaries", month) * said.number("base_salary", month)
        support = {group: said.support_of_month(group, month) for group in said.groups}
        return cls(
            said.number("contribution_rate", month),
            int(said.number("income_floor", month)),
            int(cap),
            {
                group: int(vnd) for group, vnd in support.items() if vnd > 0
            },  # NaN: the group has no row then
        )

    def group_of(self, person: Renewal) -> str:
        """As the last payment says, or as the support in it tells."""
        by_support = (
            group for group, vnd in self.support.items() if person.support_per_month_vnd == vnd
        )
        return person.support_group or next(by_support, "other")

    def income_of(self, person: Renewal) -> int:
        """That of the last payment, within what the law allows now."""
        return min(max(person.income_vnd or 0, self.floor), self.cap)


def form_of(on: date) -> Form:
    """The D05-TS that is in force on a day: the newest whose `valid_from` is not later. Raises
    ValueError before the first."""
    return max(
        (form for form in forms() if form.kind == "d05-ts" and form.valid_from <= on),
        key=lambda form: form.valid_from,
    )


def checks_of(kind: str) -> dict[str, Check]:
    """field -> its check, for forms of this kind, read out of the rule book's own entries."""
    found: dict[str, dict[str, Any]] = {}
    for entry in suite_entries(ROW_SUITES[kind]):
        meta = entry["meta"]
        bounds = _bounds(meta["field"], entry["kwargs"]["condition"])
        if bounds and meta["severity"] != "warn":
            words = re.sub(r"^(?:Ô|Dòng) \{\w+\}:\s*", "", meta["message_vi"])
            of_field = found.setdefault(meta["field"], {"says_vi": ""})
            of_field["says_vi"] = (
                f"{of_field['says_vi']} {words[:1].upper()}{words[1:]} {meta['fix_vi']}".strip()
            )
            of_field.update(bounds)
    return {field: Check(**said) for field, said in found.items()}


def write_template(form: Form, head: Head, people: Sequence[Renewal], path: Path) -> Path:
    """Write the form to `path` (.xlsx, mode 0600), whole or not at all; the same head and people
    make the same bytes.

    Raises OfficeFault where a file stands already or the path is not an .xlsx; MachineFault when
    the machine cannot write.
    """
    path = path.resolve()
    with new_workbook(path) as out, xlsxwriter.Workbook(out) as book:
        created = datetime(*year_and_month(head.month), 1)  # noqa: DTZ001 - no clock
        book.set_properties({"created": created, "title": form.name})
        _Sheet(book, form, head).write(people)
    return path


class _Sheet:
    """One form on one sheet, written from the top."""

    def __init__(self, book: Any, form: Form, head: Head) -> None:
        self._form, self._head = form, head
        self._amounts = Amounts.of(head.month)
        self._methods = methods(date(*year_and_month(head.month), 1))
        self._at = {column.field: at for at, column in enumerate(form.columns)}
        self._page = book.add_worksheet(form.kind.upper())
        self._months = book.add_worksheet("Danh mục tháng")
        self._months.hide()
        self._paths = [tuple(c.label.split(" / ")) for c in form.columns]
        self._checks = checks_of(form.kind)
        centre = {"align": "center", "valign": "vcenter"}
        self._looks = {
            "bold": book.add_format({**_FONT, "bold": True}),
            "plain": book.add_format(_FONT),
            "title": book.add_format({**_FONT, **centre, "bold": True, "font_size": 14}),
            "hint": book.add_format({**_FONT, "italic": True, "font_color": "#7F6000"}),
            "centre": book.add_format({**_FONT, **centre}),
            "head": book.add_format(
                {
                    **_FONT,
                    **centre,
                    "bold": True,
                    "border": 1,
                    "text_wrap": True,
                    "bg_color": "#DCE6F1",
                }
            ),
            "section": book.add_format(
                {**_FONT, "bold": True, "border": 1, "num_format": "#,##0", "bg_color": "#F2F2F2"}
            ),
            "text": book.add_format({**_FONT, "border": 1, "num_format": "@", "locked": False}),
            "money": book.add_format(
                {**_FONT, "border": 1, "num_format": "#,##0", "locked": False}
            ),
            "count": book.add_format({**_FONT, **centre, "border": 1, "locked": False}),
        }
        self._row = 0
        self._has_subtotal = False
        self._sums: dict[str, int] = {}
        """field -> what its formulas say, since the last subtotal"""

    def write(self, people: Sequence[Renewal]) -> None:
        """The whole sheet."""
        page, last = self._page, len(self._form.columns) - 1
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for at, column in enumerate(self._form.columns):
            page.set_column(at, at, _WIDTHS.get(column.field, 14))
        self._write_months()
        self._write_head(last)
        if people:
            words = "Đã điền sẵn người đến hạn đóng tiếp. Người không đóng: xóa trắng dòng của người đó. Người mới: ghi vào dòng trống."
            page.write_string(6, 0, words, self._looks["hint"])
        first_title = self._row
        self._write_titles()
        page.freeze_panes(self._row, 3)
        page.repeat_rows(first_title, self._row - 1)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer(
            f"&L&9{self._head.agent_code.replace('&', '&&')} – {_month(self._head.month)}&R&9Trang &P/&N"
        )
        sums: list[tuple[int, int]] = []
        for code, key in self._form.sections.items():
            is_group = "." not in code
            if is_group:
                self._close_group(sums)
            self._line(
                {"ordinal": code, "full_name": _SECTION_TITLES.get(key, key.capitalize())},
                "section",
            )
            if not is_group:
                sums.append(
                    self._inputs(
                        people if code == "I.1" else (),
                        _BLANK_ROWS if code == "I.1" else 5,
                        computes=code == "I.1",
                    )
                )
        self._close_group(sums)
        page.write_string(self._row + 1, 0, "Tổng số sổ BHXH đề nghị cấp: ", self._looks["plain"])
        page.write_string(
            self._row + 2,
            last - 2,
            f"……………, ngày …… tháng …… năm {year_and_month(self._head.month)[0]}",
            self._looks["plain"],
        )
        for at, words in (
            (1, "Người lập biểu"),
            (last // 2, "Cán bộ thu"),
            (last - 1, "Giám đốc BHXH"),
        ):
            page.write_string(self._row + 3, at, words, self._looks["bold"])
            page.write_string(self._row + 4, at, "(Ký, ghi rõ họ tên)", self._looks["plain"])
        page.protect(
            "",
            {
                "insert_rows": True,
                "delete_rows": True,
                "format_cells": True,
                "format_columns": True,
                "format_rows": True,
            },
        )

    def _write_months(self) -> None:
        first = self._head.month - _MONTHS_BEFORE
        for at in range(_MONTHS_BEFORE + _MONTHS_AFTER + 1):
            self._months.write_string(at, 0, _month(first + at))

    def _write_head(self, last: int) -> None:
        page, head, printed = self._page, self._head, self._form.printed
        year, month = year_and_month(head.month)
        for row, words in enumerate(
            (
                f"Tên Đại lý: {head.agent_name}",
                printed["agent"].format(agent=head.agent_code),
                f"Địa chỉ: {head.place}",
            )
        ):
            page.write_string(row, 0, words, self._looks["bold"])
        page.merge_range(0, last - 2, 0, last, "Mẫu D05-TS", self._looks["centre"])
        number = self._form.name.partition("/")[2]
        page.merge_range(
            1,
            last - 2,
            1,
            last,
            f"(Quyết định số {number}/QĐ-BHXH của BHXH Việt Nam)",
            self._looks["centre"],
        )
        page.merge_range(
            4, 0, 4, last, "DANH SÁCH NGƯỜI THAM GIA BHXH TỰ NGUYỆN", self._looks["title"]
        )
        page.merge_range(
            5,
            0,
            5,
            last,
            printed["batch"].format(batch="01", month=month, year=year),
            self._looks["centre"],
        )
        self._row = 7

    def _write_titles(self) -> None:
        """The header rows, merged where neighbours share a title, and the code row."""
        depth = max(map(len, self._paths))
        for level in range(depth):
            at = 0
            while at < len(self._paths):
                path = self._paths[at]
                end = at
                while (
                    level < len(path) - 1
                    and end + 1 < len(self._paths)
                    and self._paths[end + 1][: level + 1] == path[: level + 1]
                ):
                    end += 1
                bottom = depth - 1 if level == len(path) - 1 else level
                if level < len(path):
                    self._title(self._row + level, at, self._row + bottom, end, path[level])
                at = end + 1
        self._row += depth
        for at, column in enumerate(self._form.columns):
            self._page.write_string(self._row, at, column.code, self._looks["head"])
        self._row += 1

    def _title(self, top: int, left: int, bottom: int, right: int, words: str) -> None:
        self._page.set_row(bottom, 32)
        if (top, left) == (bottom, right):
            self._page.write_string(top, left, words, self._looks["head"])
        else:
            self._page.merge_range(top, left, bottom, right, words, self._looks["head"])

    def _inputs(self, people: Sequence[Renewal], blank: int, *, computes: bool) -> tuple[int, int]:
        """Rows to be filled in; first and last of them. `computes`: their amounts are formulas."""
        first = self._row
        for at, person in enumerate(people, start=1):
            said = {
                "ordinal": str(at),
                "full_name": person.full_name,
                "bhxh_number": person.bhxh_number,
                "months": person.months,
                "from_month": _month(person.from_month),
                "income_vnd": self._amounts.income_of(person),
                "note": f"Đối tượng {_GROUPS.get(self._amounts.group_of(person), 'Khác')}, P.Thức Đóng_tiếp",
            }
            self._line(said, None)
            self._compute(said)
        for _ in range(blank):
            self._line({}, None)
            if computes:
                self._compute({})
        for at, column in enumerate(self._form.columns):
            if check := self._validation(column, first, at):
                self._page.data_validation(first, at, self._row - 1, at, check)
        return first, self._row - 1

    def _compute(self, said: dict[str, Any]) -> None:
        """The formulas of the line just written, each with the value that it has now: amounts by
        the law of the month; for a person who is written in, also the lowest income and this month,
        as what stands there until something else is typed."""
        row, amounts = self._row - 1, self._amounts
        at = {field: cell_address(row + 1, column) for field, column in self._at.items()}
        absent = f'{at["full_name"]}=""'
        if not said:
            self._formula(row, "income_vnd", f'=IF({absent},"",{amounts.floor})', "")
            self._formula(row, "from_month", f'=IF({absent},"","{_month(self._head.month)}")', "")
        unknown = f'OR({absent},{at["income_vnd"]}="",{at["months"]}="",N({at["months"]})>12)'
        months, total, support = said.get("months"), "", ""
        if months is not None and months <= 12:
            total = str(round(amounts.rate * said["income_vnd"] * months))
            group = next(
                (
                    group
                    for group, words in _GROUPS.items()
                    if f"Đối tượng {words}," in said["note"]
                ),
                "other",
            )
            support = str(amounts.support.get(group, 0) * months)
        paid = str(int(total) - int(support)) if total else ""
        self._formula(
            row,
            "total_vnd",
            f'=IF({unknown},"",ROUND({amounts.rate}*{at["income_vnd"]}*{at["months"]},0))',
            total,
        )
        per_month = str(amounts.support.get("other", 0))
        # the innermost is asked last: "nghèo" stands in "cận nghèo" too
        for group in (
            "ethnic_minority",
            "poor",
            "near_poor",
        ):
            if group in amounts.support:
                per_month = f'IF(ISNUMBER(SEARCH("{_TOLD_BY[group]}",{at["note"]})),{amounts.support[group]},{per_month})'
        self._formula(
            row,
            "state_support_vnd",
            f'=IF({at["total_vnd"]}="","",{per_month}*{at["months"]})',
            support,
        )
        less = "".join(
            f"-N({at[field]})"
            for field in ("state_support_vnd", "local_support_vnd", "other_support_vnd")
            if field in at
        )
        self._formula(
            row, "participant_vnd", f'=IF({at["total_vnd"]}="","",{at["total_vnd"]}{less})', paid
        )

    def _formula(self, row: int, field: str, formula: str, value: str) -> None:
        if field in self._at:
            look = self._looks["text" if field == "from_month" else "money"]
            self._page.write_formula(
                row, self._at[field], formula, look, int(value) if value else ""
            )
            self._sums[field] = self._sums.get(field, 0) + int(value or 0)

    def _close_group(self, sums: list[tuple[int, int]]) -> None:
        """The subtotal of the sections since the last one."""
        if not sums:
            return
        self._line({"full_name": "Cộng giảm" if self._has_subtotal else "Cộng tăng"}, "section")
        for at, column in enumerate(self._form.columns):
            if column.type == "money" and column.field != "income_vnd":
                ranges = ",".join(
                    f"{cell_address(first + 1, at)}:{cell_address(last + 1, at)}"
                    for first, last in sums
                )
                self._page.write_formula(
                    self._row - 1,
                    at,
                    f"=SUM({ranges})",
                    self._looks["section"],
                    self._sums.get(column.field, 0),
                )
        self._has_subtotal = True
        self._sums.clear()
        sums.clear()

    def _line(self, said: dict[str, Any], look: str | None) -> None:
        for at, column in enumerate(self._form.columns):
            value = said.get(column.field)
            of_cell = self._looks[
                look or {"money": "money", "count": "count"}.get(column.type, "text")
            ]
            if value is None:
                self._page.write_blank(self._row, at, None, of_cell)
            elif isinstance(value, int):
                self._page.write_number(self._row, at, value, of_cell)
            else:
                # never as a formula, whatever a name begins with
                self._page.write_string(self._row, at, value, of_cell)
        self._row += 1

    def _validation(self, column: Column, row: int, at: int) -> dict[str, Any] | None:
        check = self._checks.get(column.field, Check())
        said = {"error_title": "Ô này chưa đúng", "error_message": check.says_vi[:255]}
        if column.field == "months":
            usual = ", ".join(map(str, self._methods))
            words = f"Số tháng đóng thường là {usual}. Chỉ giữ số khác nếu đúng là đóng trước nhiều năm hoặc đóng bù."
            return said | {
                "validate": "list",
                "source": list(self._methods),
                "error_type": "warning",
                "error_message": words,
            }
        if column.field == "from_month":
            source = f"='Danh mục tháng'!$A$1:$A${_MONTHS_BEFORE + _MONTHS_AFTER + 1}"
            return said | {
                "validate": "list",
                "source": source,
                "error_type": "warning",
                "error_message": "Đây chưa phải một tháng của danh mục. Nhập tháng/năm, ví dụ 06/2019.",
            }
        if check.digits:
            cell = cell_address(row + 1, at)
            return said | {
                "validate": "custom",
                "value": f"=AND(LEN({cell})={check.digits},ISNUMBER(VALUE({cell})))",
            }
        if column.type in ("money", "count"):
            least = check.least if check.least is not None else 0
            error = (
                said
                if check.says_vi
                else said
                | {"error_message": "Đây chưa phải một số tiền. Nhập bằng chữ số, ví dụ 1848000."}
            )
            if check.most is not None:
                return error | {
                    "validate": "integer",
                    "criteria": "between",
                    "minimum": least,
                    "maximum": check.most,
                }
            return error | {"validate": "integer", "criteria": ">=", "value": least}
        return None


def _month(index: int) -> str:
    year, month = year_and_month(index)
    return f"{month:02d}/{year}"


def _bounds(field: str | None, condition: str) -> dict[str, int]:
    """What one entry of the rule book says of the field by itself: its least and most, or its
    number of digits."""
    if field is None:
        return {}
    found = {
        name: re.search(rf"(?<![\w.]){field} {sign} (\d+)\b", condition)
        for name, sign in (("least", ">="), ("most", "<="))
    }
    found["digits"] = re.fullmatch(rf"{field}\.str\.fullmatch\('\[0-9\]\{{(\d+)\}}'\)", condition)
    return {name: int(match[1]) for name, match in found.items() if match}
