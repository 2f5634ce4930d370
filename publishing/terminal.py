"""The KPI table for a terminal, in Vietnamese, and the one line that says how the day stands."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table

from publishing.kpi import KpiTable
from publishing.vietnamese import BASES, NOT_KNOWN, day, number, percent, period


def kpi_table(kpi: KpiTable, districts: KpiTable | None = None) -> Table:
    """Communes (or districts) by gap to the year's target, the largest first; below them the districts, where given."""
    table = Table(
        title=f"Tham gia BHXH tự nguyện đến {day(kpi.reporting_date)} (theo hồ sơ nhận đến hết đêm {day(kpi.known_on)})",
        box=box.SIMPLE_HEAVY,
        show_footer=False,
        caption="Tiền theo đại lý khai. Tỷ lệ bao phủ = số người tham gia / dân số trong độ tuổi lao động. – : chưa biết.",
        padding=(0, 0),
        collapse_padding=True,
    )
    table.add_column("Xã, thị trấn" if kpi.by == "commune" else "Huyện", no_wrap=True)
    titles = (
        "Tham\ngia",
        "Tháng\ntrước",
        "31/12\nnăm trước",
        "Bao\nphủ",
        "KH\nkỳ",
        "%\nKH kỳ",
        "KH\nnăm",
        "Còn\nthiếu",
        "Đại lý\nbáo cáo",
        "Thu\n(đ)",
    )
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    name = "commune_name" if kpi.by == "commune" else "district_name"
    for row in sorted(kpi.rows, key=_gap_first):
        table.add_row(*_cells(row, name))
    for row in districts.rows if districts else ():
        table.add_section()
        table.add_row(*_cells(row, "district_name", before="Huyện "), style="bold")
    return table


def truth_of_the_day(district: dict[str, Any]) -> str:
    """One sentence with the count, both targets and on how many reports it rests, from a row of `kpi_by_district`."""
    parts = [f"{number(district['participants'])} người tham gia"]
    if district["target_participants"] is not None and district["target_period"] is not None and not district["target_period"].isdigit():
        share = percent(district["target_rate"], 0)
        counted = BASES.get(district["target_basis"], district["target_basis"])
        parts.append(
            f"đạt {share} kế hoạch {period(district['target_period'])} ({number(district['target_participants'])}, tính theo {counted})"
        )
    if district["year_target"] is not None:
        parts.append(f"{percent(district['year_target_rate'])} mục tiêu năm ({number(district['year_target'])})")
    reports = f"theo báo cáo của {number(district['agents_reported'])}/{number(district['agents_expected'])} đại lý"
    return f"Đến {day(district['reporting_date'])}, huyện {district['district_name']}: {', '.join([*parts, reports])}."


def _gap_first(row: dict[str, Any]) -> tuple[bool, int, str]:
    gap = row["gap_to_year_target"]
    return (gap is None, -(gap or 0), row.get("commune_code") or row["district_code"])


def _cells(row: dict[str, Any], name: str, before: str = "") -> list[str]:
    return [
        before + str(row[name]),
        number(row["participants"]),
        number(row["participants_prev_month"]),
        number(row["participants_prev_year_end"]),
        percent(row["coverage_rate"], 2),
        number(row["target_participants"]),
        percent(row["target_rate"], 0),
        number(row["year_target"]),
        number(row["gap_to_year_target"]),
        f"{row['agents_reported']}/{row['agents_expected']}" if row["agents_expected"] else NOT_KNOWN,
        number(row["contributions_vnd"]),
    ]
