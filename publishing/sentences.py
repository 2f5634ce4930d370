"""The sentences that say how a district stands, from a row of `kpi_by_district`: one wording for the terminal and for what is published."""

from __future__ import annotations

from datetime import date
from math import ceil, floor
from typing import Any

from core.vietnamese import BASES, day, decimal, number, percent, period

Row = dict[str, Any]


def truth_of_the_day(district: Row) -> str:
    """One sentence with the count, both targets and on how many reports it rests, from a row of `kpi_by_district`."""
    count = district["participants"]
    parts = ["chưa có số liệu về số người tham gia" if count is None else f"{number(count)} người tham gia"]
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


def direction_of_the_year(district: Row) -> str | None:
    """One sentence on where the year is heading, from a row of `kpi_by_district`; None where the pace is not known or the year is over."""
    forecast = district["forecast_year_end"]
    reporting_date: date = district["reporting_date"]
    if forecast is None or (reporting_date.month, reporting_date.day) == (12, 31):
        return None
    pace = district["pace_per_month"]
    said = f"Từ đầu năm bình quân mỗi tháng {'giảm' if pace < 0 else 'tăng'} {decimal(abs(pace))} người"
    needed, goal = district["needed_per_month"], district["year_target"]
    if needed is not None and goal is not None:
        said += f"; để đạt mục tiêu năm cần tăng {decimal(needed)} người mỗi tháng"
        if district["needed_to_pace"] is not None and needed > 0:
            said += f", gấp {decimal(district['needed_to_pace'], 2)} lần"
    said += f". Giữ tốc độ này, cuối năm có khoảng {number(round(forecast))} người"
    if district["forecast_low"] is not None:
        said += f" (khoảng dự báo 80%: từ {number(floor(district['forecast_low']))} đến {number(ceil(district['forecast_high']))})"
    if goal and district["year_target_basis"] == "stock":
        said += f", bằng {percent(forecast / goal, 0)} mục tiêu"
    return f"{said}."
