"""One set of people written in every form, wherever the table stands, reads to the same rows; what
does not fit is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.clock import month_index
from ingestion.forms.parse import parse_form
from ingestion.model import Page, ParsedFile, Workbook
from tests.support import printed

LAYOUTS = (*printed.VOLUNTARY, printed.D03_490)
PEOPLE = printed.people()
IN_EVERY_FORM = (
    "full_name",
    "bhxh_number",
    "income_vnd",
    "months",
    "total_vnd",
    "participant_vnd",
    "state_support_vnd",
)
IN_SOME = (
    "citizen_number",
    "address",
    "receipt_number",
    "collector_code",
    "local_support_vnd",
    "other_support_vnd",
)


def parsed(*pages: Page) -> ParsedFile:
    return parse_form("0" * 64, Workbook("xlsx", pages))


def page(sheet: printed.Sheet, name: str = "Mẫu") -> Page:
    return Page(name, sheet.grid)


def meant(person: printed.Person, layout: printed.Layout) -> dict[str, Any]:
    """What a row of this form has to say of a person, in our own fields."""
    day, month, year = map(int, person.birth_date.split("/"))
    said: dict[str, Any] = {name: getattr(person, name) for name in IN_EVERY_FORM}
    said |= {name: getattr(person, name) for name in IN_SOME if name in layout.fields}
    if "paid_on" in layout.fields:
        said["paid_on"] = date(2019, 6, int(person.paid_on[:2]))
    return said | {
        "from_month": month_index(2019, 6),
        "birth_date": date(year, month, day),
        "support_group": "other",
        "ethnicity": "Kinh",
        "note_method": "new" if person.is_new else "renewal",
        "telephone": person.telephone,
        "note": None,
    }


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.form)
@pytest.mark.parametrize(
    "where",
    [{}, {"above": 4, "left": 3}, {"break_every": 30}, {"is_merged": False}],
    ids=["plain", "pushed", "new pages", "unmerged"],
)
def test_two_hundred_people_read_alike(layout: printed.Layout, where: dict[str, Any]) -> None:
    sheet = printed.written(layout, PEOPLE[:190], PEOPLE[190:], **where)
    found = parsed(Page("Bìa", [["Kính gửi: BHXH huyện"]]), page(sheet))
    assert (found.form, found.missing_columns, found.unknown_columns) == (layout.form, [], [])
    assert (found.head["agent_code"], found.head["head_month"]) == ("DL001", month_index(2019, 6))
    rows = [row for row in found.rows if row.is_data]
    assert [
        {k: r.values[k] for k in meant(p, layout)} for r, p in zip(rows, PEOPLE, strict=True)
    ] == [meant(p, layout) for p in PEOPLE]
    assert [row.section for row in rows] == ["I.1"] * 190 + ["II.1"] * 10
    assert found.rows_at_cells == len(found.rows)
    assert found.amount_at_cells_vnd == sum(row.amount_vnd for row in found.rows)
    assert sum(row.amount_vnd for row in rows) == sum(p.total_vnd for p in PEOPLE[:190]) - sum(
        p.total_vnd for p in PEOPLE[190:]
    )
    first = sheet.grid[sheet.first_row]
    column = found.column_of(rows[0], "bhxh_number")
    assert column is not None
    assert (rows[0].number, first[column]) == (sheet.first_row + 1, PEOPLE[0].bhxh_number)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.form)
def test_a_column_that_is_gone_or_new_is_named(layout: printed.Layout) -> None:
    number = layout.fields.index("bhxh_number")
    whole = printed.written(layout, PEOPLE[:3])
    without = parsed(Page("Mẫu", [cells[:number] + cells[number + 1 :] for cells in whole.grid]))
    assert "Mã số BHXH" in without.missing_columns
    assert without.rows == []
    extra = printed.written(layout, PEOPLE[:3])
    for index, cells in enumerate(extra.grid):
        cells.append({extra.code_row - layout.title_rows: "Zalo", extra.code_row: "99"}.get(index))
    found = parsed(page(extra))
    assert (found.missing_columns, len(found.unknown_columns)) == ([], 1)
    assert found.rows == []


def test_position_alone_is_never_enough() -> None:
    sheet = printed.written(printed.D05_595, PEOPLE[:3])
    top = sheet.code_row - 1
    # two titles changed places, their codes did not
    sheet.grid[top][7], sheet.grid[top][8] = (
        sheet.grid[top][8],
        sheet.grid[top][7],
    )
    found = parsed(page(sheet))
    assert {"Số tiền đóng / Người tham gia đóng", "Số tiền đóng / NSNN hỗ trợ"} == set(
        found.missing_columns
    )
    assert len(found.unknown_columns) == 2


def test_titles_may_be_typed_otherwise() -> None:
    def typed(text: object) -> object:
        if isinstance(text, str) and text in {t[4] for t in printed.D05_490.titles}:
            return {"Ngày biên lai": "NGÀY, THÁNG, NĂM\nBIÊN LAI"}.get(
                text, text.upper().replace(" ", "\n ", 1)
            )
        return text

    sheet = printed.written(printed.D05_490, PEOPLE[:3])
    found = parsed(Page("Mẫu", [[typed(value) for value in cells] for cells in sheet.grid]))
    assert (found.form, found.missing_columns, found.unknown_columns) == ("d05-ts/490", [], [])


def test_several_sheets_of_one_agent_are_all_read_each_under_its_own_month() -> None:
    june, july = (
        printed.written(printed.D05_595, PEOPLE[:3]),
        printed.written(printed.D05_595, PEOPLE[3:5]),
    )
    july.grid[4][0] = "Số: 02 tháng 7 năm 2019"
    found = parsed(page(june, "T6"), page(july, "T7"))
    assert [
        (r.sheet, r.table and r.table.head["head_month"] % 12) for r in found.rows if r.is_data
    ] == [("T6", 6)] * 3 + [("T7", 7)] * 2
    assert found.head["agent_code"] == "DL001"
    july.grid[1][0] = "Số định danh: DL002"
    two = parsed(page(june, "T6"), page(july, "T7"))
    assert two.agents_differ
    assert "agent_code" not in two.head


def test_thousands_are_told_by_the_title() -> None:
    sheet = printed.written(
        printed.D05_595,
        PEOPLE[:3],
        word=lambda v, name: v // 100 / 10 if name.endswith("_vnd") else v,
    )
    top = sheet.code_row - 2
    sheet.grid[top] = [
        f"{v} (nghìn đồng)" if v in ("Số tiền đóng", "Mức tiền làm căn cứ đóng") else v
        for v in sheet.grid[top]
    ]
    found = parsed(page(sheet))
    assert found.unknown_columns == []
    assert [row.values["total_vnd"] for row in found.rows if row.is_data] == [
        p.total_vnd for p in PEOPLE[:3]
    ]
    assert {repair.kind for repair in found.repairs} == {"thousands"}


def test_what_a_note_says_is_read_and_the_rest_stays() -> None:
    person = replace(PEOPLE[0])
    words = "Đối tượng Cận nghèo, P.Thức Đóng_tiếp, gmail abc@example.com, chồng đóng thay, Ngày sinh 1980"
    sheet = printed.written(
        printed.D05_595, [person], word=lambda v, name: words if name == "note" else v
    )
    (row,) = (row for row in parsed(page(sheet)).rows if row.is_data)
    assert {
        k: row.values[k] for k in ("support_group", "note_method", "email", "birth_date", "note")
    } == {
        "support_group": "near_poor",
        "note_method": "renewal",
        "email": "abc@example.com",
        "birth_date": date(1980, 1, 1),
        "note": "chồng đóng thay",
    }


def test_subtotals_are_checks_and_never_people() -> None:
    found = parsed(page(printed.written(printed.D05_595, PEOPLE[:4])))
    (subtotal,) = (row for row in found.rows if row.role == "subtotal" and row.values["total_vnd"])
    assert subtotal.values["total_vnd"] == sum(p.total_vnd for p in PEOPLE[:4])
    assert not subtotal.is_data
