"""The KPI tables for a terminal, in Vietnamese."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich import box
from rich.table import Table

from core.vietnamese import NOT_KNOWN, day, decimal, number, percent
from publishing.kpi import KpiTable
from publishing.page.language import language

Row = dict[str, Any]
_VI = language("vi")
Columns = tuple[tuple[str, Callable[[Row], str]], ...]
"""Title and text of each column."""

_NAMES = {
    "commune": ("Xã, thị trấn", "commune_name"),
    "district": ("Huyện", "district_name"),
    "officer": ("Cán bộ", "officer_name"),
    "agent": ("Đại lý thu", "agent_name"),
    "system": ("Hệ thống đại lý", "system_name"),
    "association": ("Tổ chức hội", "association_name"),
}

_STANDING: Columns = (
    ("Tham\ngia", lambda r: number(r["participants"])),
    ("Tháng\ntrước", lambda r: number(r["participants_prev_month"])),
    ("Mới", lambda r: number(r["new_participants"])),
    ("Thôi", lambda r: number(_stopped(r))),
    ("Bao\nphủ", lambda r: percent(r["coverage_rate"], 2)),
    ("%\nKH kỳ", lambda r: percent(r["target_rate"], 0)),
    ("KH\nnăm", lambda r: number(r["year_target"])),
    ("Còn\nthiếu", lambda r: number(r["gap_to_year_target"])),
    ("Tăng/\ntháng", lambda r: decimal(r["pace_per_month"])),
    ("Cần/\ntháng", lambda r: decimal(r["needed_per_month"])),
    ("Dự báo\n31/12", lambda r: _VI.whole(r["forecast_year_end"])),
    ("Đại lý\nbáo cáo", lambda r: _reports(r)),
    ("Thu\n(đ)", lambda r: number(r["contributions_vnd"])),
)
_WORK: Columns = (
    ("Đại lý\nbáo cáo", lambda r: _reports(r)),
    ("Đúng\nhạn", lambda r: number(r["agents_on_time"])),
    ("Tham\ngia", lambda r: number(r["participants"])),
    ("Tháng\ntrước", lambda r: number(r["participants_prev_month"])),
    ("Mới", lambda r: number(r["new_participants"])),
    ("Mới từ\nđầu năm", lambda r: number(r["new_this_year"])),
    ("Trên 1.000 dân\nđịa bàn (95%)", lambda r: _VI.interval(r, "new_rate", 1000, 1)),
    ("Đến hạn từ\nđầu năm", lambda r: number(r["renewals_due_this_year"])),
    ("Đóng tiếp, %\n(95%)", lambda r: _VI.interval(r, "renewal_rate", 100, 0)),
    ("Thu\n(đ)", lambda r: number(r["contributions_vnd"])),
)
_TARGETS: Columns = (
    ("%\nKH kỳ", lambda r: percent(r["target_rate"], 0)),
    ("KH\nnăm", lambda r: number(r["year_target"])),
    ("%\nKH năm", lambda r: percent(r["year_target_rate"], 0)),
)
"""Of associations, who have targets beside their work."""
_OF_ASSOCIATIONS: Columns = (
    *(
        column
        for column in _WORK
        if column[0] not in ("Tháng\ntrước", "Trên 1.000 dân\nđịa bàn (95%)")
    ),
    *_TARGETS,
)
"""What fits 120 columns; the rest is in `kpi_by_association`."""
_STANDING_CAPTION = "Tiền theo đại lý khai. Tỷ lệ bao phủ = số người tham gia / dân số trong độ tuổi lao động. Thôi = không đóng tiếp và báo giảm. – : chưa biết."
_WORK_CAPTION = "Trong ngoặc là khoảng tin cậy 95%: hai khoảng còn chồng lên nhau thì hơn kém có thể chỉ là ngẫu nhiên, không dùng để xếp hạng. – : chưa biết."


def kpi_table(kpi: KpiTable, districts: KpiTable | None = None) -> Table:
    """Who stands where, by the gap to the year's target, or what was done, by code; below them the
    districts, where given."""
    is_standing = kpi.by in ("commune", "district", "officer")
    columns = _STANDING if is_standing else _OF_ASSOCIATIONS if kpi.by == "association" else _WORK
    title, name = _NAMES[kpi.by]
    table = Table(
        title=f"Tham gia BHXH tự nguyện đến {day(kpi.reporting_date)} (theo hồ sơ nhận đến hết đêm {day(kpi.known_on)})",
        box=box.SIMPLE_HEAVY,
        show_footer=False,
        caption=_STANDING_CAPTION if is_standing else _WORK_CAPTION,
        padding=(0, 0),
        collapse_padding=True,
    )
    table.add_column(title, no_wrap=True)
    for head, _ in columns:
        table.add_column(head, justify="right", no_wrap=True)
    for row in sorted(kpi.rows, key=_gap_first) if is_standing else kpi.rows:
        table.add_row(str(row[name]), *(text(row) for _, text in columns))
    for row in districts.rows if districts else ():
        table.add_section()
        table.add_row(
            f"Huyện {row['district_name']}", *(text(row) for _, text in columns), style="bold"
        )
    return table


def _gap_first(row: Row) -> tuple[bool, int, str]:
    gap = row["gap_to_year_target"]
    code = row.get("commune_code") or row.get("officer_code") or row.get("district_code")
    return (gap is None, -(gap or 0), str(code))


def _reports(row: Row) -> str:
    return (
        f"{row['agents_reported']}/{row['agents_expected']}"
        if row["agents_expected"]
        else NOT_KNOWN
    )


def _stopped(row: Row) -> int | None:
    lapsed, left = row["lapsed_participants"], row["left_participants"]
    return None if lapsed is None or left is None else lapsed + left
