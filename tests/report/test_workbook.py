"""The workbook of figures: each cell read back is the mart's, a number as a number; what is not
known is empty and hatched."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.report.conftest import OF_THE_DAY, Row

Rows = Callable[[str], list[Row]]
SHEETS = {
    "Theo xã": (f"from kpi_by_commune {OF_THE_DAY} and boundaries = 'then'", "commune_code", 21),
    "Theo tháng": ("from kpi_by_district", "reporting_date", 26),
    "Cán bộ": (f"from kpi_by_officer {OF_THE_DAY}", "officer_code", 21),
    "Hội, đoàn thể": (f"from kpi_by_association {OF_THE_DAY}", "association_name", 42),
    "Đại lý": (f"from kpi_by_agent {OF_THE_DAY}", "agent_code", 76),
}
WORDS: dict[str, Any] = {
    "6 tháng đầu năm": "2019-H1",
    "tổng số người đang tham gia": "stock",
    "đúng hạn": "on_time",
    "muộn": "late",
    "chưa báo cáo": "missing",
}
WORDS |= {"không phát sinh": "empty", "có": True, "không": False}


@pytest.fixture(scope="module")
def book(version: Path) -> Workbook:
    return openpyxl.load_workbook(version / "bang-so-lieu-2019-06.xlsx")


@pytest.fixture(scope="module")
def labels(marts: Rows) -> dict[str, dict[str, str]]:
    """Table -> heading of a sheet -> column."""
    found: dict[str, dict[str, str]] = {}
    for row in marts(
        "select table_name, column_name, comment from duckdb_columns() where not internal and comment is not null"
    ):
        words = str(row["comment"]).partition(" · ")[0]
        for heading in (words, re.split(r" \(|[:;]", words)[0]):
            found.setdefault(row["table_name"], {}).setdefault(heading, row["column_name"])
    return found


def test_every_cell_of_the_tables_is_the_mart_s(
    book: Workbook, marts: Rows, labels: dict[str, dict[str, str]]
) -> None:
    for name, (query, key, count) in SHEETS.items():
        page = book[name]
        columns = [labels[query.split()[1]][cell.value] for cell in page[4]]
        assert len(set(columns)) == len(columns) > 15, name
        by_key = {row[key]: row for row in marts(query)}
        assert len(by_key) == count
        seen = set()
        for cells in page.iter_rows(min_row=5, max_row=4 + count):
            found = dict(zip(columns, cells, strict=True))
            row = by_key[value_of(found[key])]
            seen.add(row[key])
            for column, cell in found.items():
                assert value_of(cell) == kept(row[column]), (name, row[key], column)
                if isinstance(row[column], (int, float)) and not isinstance(row[column], bool):
                    assert cell.data_type == "n"
        assert len(seen) == count


def kept(value: Any) -> Any:
    """As a workbook keeps it: a fraction to 16 digits, all else exactly."""
    return float(f"{value:.16G}") if isinstance(value, float) else value


def value_of(cell: Any) -> Any:
    if cell.is_date:
        assert isinstance(cell.value, datetime)
        return cell.value.date()
    return WORDS.get(cell.value, cell.value) if isinstance(cell.value, str) else cell.value


def test_the_total_is_the_district_s_own_and_no_sum_of_ours(
    book: Workbook, marts: Rows, labels: dict[str, dict[str, str]]
) -> None:
    (own,) = marts(f"from kpi_by_district {OF_THE_DAY}")
    page = book["Theo xã"]
    total = {
        labels["kpi_by_commune"][head.value]: cell
        for head, cell in zip(page[4], page[26], strict=True)
    }
    assert total.pop("commune_name").value == "Toàn huyện"
    assert total.pop("commune_code").value in (None, "")
    assert {column: value_of(cell) for column, cell in total.items()} == {
        column: kept(own[column]) for column in total
    }


def test_what_is_not_known_is_empty_and_hatched(book: Workbook) -> None:
    page = book["Theo tháng"]
    heads = {cell.value: at for at, cell in enumerate(page[4], start=1)}
    first, last = (
        page.cell(row, heads["Số người tham gia vào ngày cuối tháng trước"]) for row in (5, 30)
    )
    assert (first.value, first.fill.patternType) == (None, "lightUp")
    assert (last.value, last.fill.patternType) == (684, None)


def test_each_officer_has_a_sheet_with_communes_agents_and_months(
    book: Workbook, marts: Rows
) -> None:
    officers = marts(f"from kpi_by_officer {OF_THE_DAY} order by officer_code")
    assert [name for name in book.sheetnames if name.startswith("CB")] == [
        row["officer_code"] for row in officers
    ]
    for row in officers:
        page = book[row["officer_code"]]
        lines = {cells[0].value: cells[1].value for cells in page.iter_rows(min_row=5, max_row=28)}
        assert lines["Số người tham gia BHXH tự nguyện"] == row["participants"]
        assert lines["Cần tăng mỗi tháng đến hết năm"] == kept(row["needed_per_month"])
        assert lines["Vì sao chưa đủ"] == row["incomplete_reason"]
        assert row["officer_name"] in page["A1"].value
        assert len(page._charts) == 1
    (officer,) = [row for row in officers if row["officer_code"] == "CB01"]
    agents = marts(f"from kpi_by_agent {OF_THE_DAY} and commune_code = '12142' order by agent_code")
    text = [cell.value for cells in book["CB01"].iter_rows() for cell in cells]
    assert [name for name in text if str(name).startswith("Đại lý thu Ân")] == [
        row["agent_name"] for row in agents
    ]
    months = [value.date() for value in text if isinstance(value, datetime)]
    assert (months[0], months[-1], len(months)) == (date(2018, 6, 30), date(2019, 6, 30), 13)
    assert book["Cán bộ"]["A5"].hyperlink.location == "'CB01'!A1"
    assert officer["participants"] in text


def test_sheets_are_set_up_to_be_read_and_printed(book: Workbook) -> None:
    assert book.sheetnames[:9] == [
        "Tổng hợp",
        "Theo xã",
        "Theo tháng",
        "Biểu đồ",
        "Cán bộ",
        "Hội, đoàn thể",
        "Đại lý",
        "Hồ sơ cần sửa",
        "Cách tính",
    ]
    for name in (*SHEETS, "Hồ sơ cần sửa"):
        page = book[name]
        assert page.freeze_panes == "C5", name
        assert page.print_title_rows == "$4:$4"
        assert page.auto_filter.ref.startswith("A4:")
        assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    assert [type(chart).__name__ for chart in book["Biểu đồ"]._charts] == ["LineChart", "BarChart"]
    bars = book["Biểu đồ"]._charts[1]
    assert [series.val.numRef.f for series in bars.series] == [
        "'Theo xã'!$C$5:$C$25",
        "'Theo xã'!$AE$5:$AE$25",
    ]
    assert book["Theo xã"]["AE4"].value == "Chỉ tiêu của kỳ"
    assert book["Theo xã"]["C4"].value == "Số người tham gia BHXH tự nguyện"


def test_no_cell_is_a_formula(book: Workbook) -> None:
    assert [
        cell.coordinate
        for page in book
        for cells in page.iter_rows()
        for cell in cells
        if cell.data_type == "f"
    ] == []


def test_the_summary_says_each_figure_with_unit_and_meaning(book: Workbook, marts: Rows) -> None:
    page = book["Tổng hợp"]
    lines = {
        cells[0].value: cells for cells in page.iter_rows(min_row=10, max_col=4, values_only=False)
    }
    (own,) = marts(f"from kpi_by_district {OF_THE_DAY}")
    figures = marts(
        "from kpi_definition where contains(tables, 'kpi_by_district') and unit <> 'yes or no'"
    )
    assert len(figures) > 35
    for row in figures:
        cells = lines[row["name_vi"]]
        assert cells[1].value == kept(own[row["code"].rpartition(".")[2]]), row["code"]
        assert cells[3].value == row["formula_vi"]
