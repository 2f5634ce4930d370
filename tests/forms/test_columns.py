"""A column is read once per different cell: each row must say what its own cell says when it is
read alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.forms.normalise import READERS
from ingestion.forms.parse import parse_form
from ingestion.model import Page, Workbook
from tests.support import printed

LAYOUT = printed.VOLUNTARY[0]
PEOPLE = printed.people()[:6]
FIELDS = {"income_vnd": "money", "months": "count", "from_month": "month", "full_name": "name"}
cells = st.one_of(
    st.sampled_from([1, 1.0, True, 0, 0.0, False, -0.0, "", None, "1", "TRUE", 12, 12.0, "12", float("nan"), float("inf"), 43647, 43647.0]),
    st.sampled_from(["Lê Minh An", "  Lê  Minh An", "Ðặng Thị Hoà", "06/2019", "6/7/2019", "154.000đ", "154 nghìn", datetime(2019, 7, 6), date(2019, 7, 6)]),  # noqa: DTZ001
    st.integers(-(10**16), 10**16), st.floats(), st.text(max_size=12),
)  # fmt: skip


def _shown(cell: Any) -> Any:
    return str(cell).upper() if isinstance(cell, bool) else cell


@settings(max_examples=200)
@given(st.sampled_from(sorted(FIELDS)), st.lists(cells, min_size=len(PEOPLE), max_size=len(PEOPLE)))
def test_every_row_says_what_its_own_cell_says(field: str, said: list[Any]) -> None:
    sheet = printed.written(LAYOUT, PEOPLE, [])
    (table,) = parse_form("0" * 64, Workbook("xlsx", (Page("M", sheet.grid),))).sheet_tables
    for row, cell in enumerate(said, start=sheet.first_row):
        sheet.grid[row][table.columns[field]] = cell
    parsed = parse_form("0" * 64, Workbook("xlsx", (Page("M", sheet.grid),)))
    rows = [row for row in parsed.rows if row.is_data]
    repairs = [(r.row, r.kind) for r in parsed.repairs if r.field == field]
    alone = [READERS[FIELDS[field]](_shown(cell)) for cell in said]
    assert [row.values[field] for row in rows] == [reading.value for reading in alone]
    assert [row.problems.get(field) for row in rows] == [reading.problem for reading in alone]
    assert [row.proposals.get(field) for row in rows] == [reading.proposal for reading in alone]
    assert repairs == [
        (row.number, reading.repair)
        for row, reading in zip(rows, alone, strict=True)
        if reading.repair
    ]
    assert parsed.rows_at_cells == len(parsed.rows)
