"""The workbooks, as an office prints them. The same content makes the same bytes: no clock
enters."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from random import Random
from typing import Any

import xlsxwriter

from samples import plan
from samples.people import History, Person
from samples.places import ASSOCIATIONS, SYSTEMS, District
from samples.sheets import Row, Sheet

_MADE = datetime.fromisoformat("2017-05-31")
_LEAVES = (
    "STT",
    "Họ và tên",
    "Mã số BHXH",
    "Mức tiền làm căn cứ đóng",
    None,
    None,
    None,
    None,
    None,
    "Ghi chú",
)
_CODES = ("A", "B", "C", "1", "2", "3", "4=5+6", "5", "6", "7")
_WIDTHS = (6, 26, 14, 14, 9, 10, 13, 13, 12, 34)


def d05_workbook(sheet: Sheet, district: District, random: Random) -> bytes:
    """Mẫu D05-TS of QĐ 595: head, two header rows, code row, sections with subtotals, foot and
    signatures."""
    agent = sheet.agent
    year, of_year = divmod(sheet.head - 1, 12)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE, "author": agent.name})
        page = book.add_worksheet("D05-TS")
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for column, width in enumerate(_WIDTHS):
            page.set_column(column, column, width)
        bold = book.add_format({"bold": True, "font_name": "Times New Roman"})
        title = book.add_format(
            {"bold": True, "align": "center", "font_size": 14, "font_name": "Times New Roman"}
        )
        head = book.add_format(
            {
                "bold": True,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "border": 1,
                "font_name": "Times New Roman",
            }
        )
        plain = book.add_format({"border": 1, "font_name": "Times New Roman"})
        money = book.add_format(
            {"border": 1, "num_format": "#,##0", "font_name": "Times New Roman"}
        )
        of_month = book.add_format(
            {"border": 1, "num_format": "mm/yyyy", "font_name": "Times New Roman"}
        )
        strong = book.add_format(
            {"border": 1, "bold": True, "num_format": "#,##0", "font_name": "Times New Roman"}
        )
        centred = book.add_format({"align": "center", "font_name": "Times New Roman"})
        page.write(0, 0, f"Tên Đại lý: {agent.name}", bold)
        page.write(1, 0, f"Số định danh: {agent.code}", bold)
        page.write(2, 0, f"Địa chỉ: {agent.point}, huyện {plan.DISTRICT_NAME}", bold)
        page.merge_range(0, 7, 0, 9, "Mẫu D05-TS", centred)
        page.merge_range(
            1,
            7,
            1,
            9,
            "(Ban hành kèm theo QĐ số: 595/QĐ-BHXH ngày 14/04/2017 của BHXH Việt Nam)",
            centred,
        )
        page.merge_range(4, 0, 4, 9, "DANH SÁCH NGƯỜI THAM GIA BHXH TỰ NGUYỆN", title)
        page.merge_range(5, 0, 5, 9, f"Số: 01 tháng {of_year + 1} năm {year}", centred)
        for column, text in enumerate(_LEAVES):
            if text:
                page.merge_range(7, column, 8, column, text, head)
        page.merge_range(7, 4, 7, 5, "Phương thức đóng", head)
        page.merge_range(7, 6, 7, 8, "Số tiền đóng", head)
        for column, text in (
            (4, "Số tháng đóng"),
            (5, "Từ tháng/năm"),
            (6, "Tổng số"),
            (7, "Người tham gia đóng"),
            (8, "NSNN hỗ trợ"),
        ):
            page.write(8, column, text, head)
        for column, text in enumerate(_CODES):
            page.write_string(9, column, text, head)
        page.set_row(7, 20)
        page.set_row(8, 32)
        at = 10

        def line(cells: Sequence[Any], text_format: Any, number_format: Any) -> None:
            nonlocal at
            for column, value in enumerate(cells):
                if isinstance(value, date):
                    page.write_datetime(at, column, datetime.combine(value, time()), of_month)
                else:
                    page.write(
                        at, column, value, number_format if isinstance(value, int) else text_format
                    )
            at += 1

        def section(code: str, name: str) -> None:
            line([code, name, *[None] * 8], strong, strong)

        def subtotal(name: str, rows: list[Row]) -> None:
            sums = [
                sum(amount for amount in map(_amount, column) if amount is not None)
                for column in zip(*((r.total, r.participant, r.support) for r in rows), strict=True)
            ]
            line([None, name, None, None, None, None, *(sums or [0, 0, 0]), None], strong, strong)

        section("I", "Tăng")
        section("I.1", "Người lao động")
        for ordinal, row in enumerate(sheet.more, start=1):
            line([ordinal, *row.cells()], plain, money)
        section("I.2", "Tiền lương")
        subtotal("Cộng tăng", sheet.more)
        section("II", "Giảm")
        section("II.1", "Người lao động")
        for ordinal, row in enumerate(sheet.fewer, start=1):
            line([ordinal, *row.cells()], plain, money)
        section("II.2", "Tiền lương")
        subtotal("Cộng giảm", sheet.fewer)
        if random.random() < 0.1:
            at += 2  # rows left blank by the typist
        new = sum((row.note or "").startswith("P.Thức Tăng_mới") for row in sheet.more)
        page.write(at + 1, 0, f"Tổng số sổ BHXH đề nghị cấp: {new}")
        page.write(
            at + 2,
            7,
            f"{plan.DISTRICT_NAME}, ngày {sheet.received_at:%d} tháng {of_year + 1} năm {year}",
            centred,
        )
        for column, text in ((1, "Người lập biểu"), (4, "Cán bộ thu"), (8, "Giám đốc BHXH")):
            page.write(at + 3, column, text, bold)
    return out.getvalue()


def _amount(typed: int | str | None) -> int | None:
    """The đồng of a cell, typed as a number or as text with dots; None for what is neither."""
    digits = str(typed).replace(".", "")
    return int(digits) if digits.isdigit() else None


def roster_workbook(history: History, district: District) -> bytes:
    """`roster/1`: who was covered when the records begin, and up to when they had paid."""
    labels = (
        "Mã số BHXH",
        "Họ và tên",
        "Ngày sinh",
        "Mã xã",
        "Mã đại lý",
        "Đã đóng từ tháng",
        "Đã đóng đến tháng",
        "Phương thức (tháng)",
        "Nhóm hỗ trợ",
    )
    codes = (
        "bhxh_number",
        "full_name",
        "birth_date",
        "commune_code",
        "agent_code",
        "paid_from",
        "paid_until",
        "method",
        "support_group",
    )

    def cells(person: Person, first: int, until: int) -> list[Any]:
        commune = district.communes[person.agent.commune].code
        born = f"{person.birth_date:%d/%m/%Y}"
        return [
            person.number,
            person.name,
            born,
            commune,
            person.agent.code,
            plan.label(first),
            plan.label(until - 1),
            person.method,
            person.group,
        ]

    rows = [
        list(labels),
        list(codes),
        *(cells(*entry) for entry in sorted(history.roster, key=lambda e: e[0].number)),
    ]
    title = f"DANH SÁCH NGƯỜI ĐANG THAM GIA BHXH TỰ NGUYỆN ĐẾN NGÀY 31/05/2017 - HUYỆN {plan.DISTRICT_NAME.upper()}"
    return _table_workbook({"Danh sách đầu kỳ": [[title], [], *rows]})


def reference_workbook(district: District, known_on: date) -> bytes:
    """The office's lists as known on a day: agents registered up to half a year ahead, targets
    decided, populations."""
    with_2019 = known_on >= date(2018, 12, 31)
    agents = [a for a in district.agents if with_2019 or a.first_month <= plan.FIRST]
    since = date(2017, 1, 1)
    communes = district.communes
    associations = [
        (f"{kind}-{c.code}", f"{name} {c.name}", c.code)
        for c in communes
        for kind, name in ASSOCIATIONS.items()
    ]
    sheets: dict[str, list[list[Any]]] = {
        "dai_ly": [
            [
                a.code,
                a.name,
                a.system_code,
                a.point,
                communes[a.commune].code,
                a.village_code,
                a.association_code,
                a.valid_from,
                None,
            ]
            for a in agents
        ],
        "he_thong": [[code, name] for code, name in SYSTEMS.items()],
        "can_bo": [
            [f"CB{i:02d}", f"Cán bộ thu {c.name}", c.code, since, None]
            for i, c in enumerate(communes, start=1)
        ],
        "to_chuc": [[code, name, commune, since, None] for code, name, commune in associations],
        "chi_tieu": _targets(district, associations) if with_2019 else [],
        "dan_so": [
            [
                c.code,
                since,
                c.population,
                c.working_age,
                c.working_age // 9,
                "Số liệu mẫu, không có thật",
            ]
            for c in communes
        ],
        "thon": [[code, c.code, name, since, None] for c in communes for code, name in c.villages],
        "so_chinh_thuc": _official_counts() if with_2019 else [],
    }
    return _table_workbook(
        {
            name: [list(REFERENCE_LABELS[name]), list(REFERENCE_LABELS[name].values()), *rows]
            for name, rows in sheets.items()
        }
    )


REFERENCE_LABELS: dict[str, dict[str, str]] = {
    "dai_ly": {
        "Mã đại lý": "agent_code",
        "Tên đại lý": "agent_name",
        "Mã hệ thống": "system_code",
        "Điểm thu": "collection_point",
        "Mã xã": "commune_code",
        "Mã thôn": "village_code",
        "Mã tổ chức": "association_code",
        "Từ ngày": "valid_from",
        "Đến ngày": "valid_to",
    },
    "he_thong": {"Mã hệ thống": "system_code", "Tên hệ thống": "system_name"},
    "can_bo": {
        "Mã cán bộ": "officer_code",
        "Tên cán bộ": "officer_name",
        "Mã xã": "commune_code",
        "Từ ngày": "valid_from",
        "Đến ngày": "valid_to",
    },
    "to_chuc": {
        "Mã tổ chức": "association_code",
        "Tên tổ chức": "association_name",
        "Mã xã": "commune_code",
        "Từ ngày": "valid_from",
        "Đến ngày": "valid_to",
    },
    "chi_tieu": {
        "Kỳ": "period",
        "Loại đơn vị": "holder_type",
        "Mã đơn vị": "holder_code",
        "Cách tính": "basis",
        "Số người": "people",
        "Ngày giao": "decided_on",
        "Nguồn": "source",
    },
    "dan_so": {
        "Mã xã": "commune_code",
        "Tại ngày": "as_of",
        "Dân số": "population",
        "Trong độ tuổi lao động": "working_age_population",
        "Tham gia BHXH bắt buộc": "compulsory_participants",
        "Nguồn": "source",
    },
    "thon": {
        "Mã thôn": "village_code",
        "Mã xã": "commune_code",
        "Tên thôn": "village_name",
        "Từ ngày": "valid_from",
        "Đến ngày": "valid_to",
    },
    "so_chinh_thuc": {
        "Tháng": "month",
        "Mã xã": "commune_code",
        "Mã huyện": "district_code",
        "Số người": "participants",
        "Nguồn": "source",
    },
}


def _targets(district: District, associations: list[tuple[str, str, str]]) -> list[list[Any]]:
    decided, source = date(2018, 12, 28), "Quyết định giao chỉ tiêu năm 2019 (mẫu)"
    rows: list[list[Any]] = []
    for period, people in (("2019-H1", plan.HALF_YEAR_TARGET), ("2019", plan.YEAR_TARGET)):
        rows.append([period, "district", plan.DISTRICT_CODE, "stock", people, decided, source])
        by_commune = dict(
            zip((c.code for c in district.communes), district.targets(people), strict=True)
        )
        rows += [
            [period, "commune", code, "stock", part, decided, source]
            for code, part in by_commune.items()
        ]
        rows += [
            [period, "association", code, "stock", by_commune[commune] * 3 // 10, decided, source]
            for code, _, commune in associations
        ]
    return rows


def _official_counts() -> list[list[Any]]:
    return [
        [
            plan.label(index),
            None,
            plan.DISTRICT_CODE,
            plan.covered_people(index) + differs,
            "Số liệu mẫu của BHXH huyện",
        ]
        for index, differs in plan.OFFICIAL_COUNTS
    ]


def _table_workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        as_date = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            page.set_column(0, 9, 18)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, date):
                        page.write_datetime(i, j, datetime.combine(value, time()), as_date)
                    elif isinstance(value, str):
                        page.write_string(i, j, value)
                    elif value is not None:
                        page.write_number(i, j, value)
    return out.getvalue()
