"""The sentences that say how a district or a commune stands, from a row of its KPI table: one
wording for the terminal and for what is published.

Their words stand in `publishing/page/texts.<language>.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.vietnamese import BASES
from publishing.page.language import Language, language

Row = dict[str, Any]


def truth_of_the_day(row: Row, said_in: Language | None = None, place: str | None = None) -> str:
    """One sentence with the count, both targets and on how many reports it rests. `row`: of
    `kpi_by_district`, or of `kpi_by_commune` with its `place`."""
    lang = said_in or language("vi")
    parts = [_count(row, lang)]
    if _has_plan(row):
        parts.append(
            lang.text(
                "truth_plan",
                share=lang.percent(row["target_rate"], 0),
                period=lang.period(row["target_period"]),
                target=lang.number(row["target_participants"]),
                basis=basis(row["target_basis"], lang),
            )
        )
    if row["year_target"] is not None:
        parts.append(
            lang.text(
                "truth_goal",
                share=lang.percent(row["year_target_rate"]),
                target=lang.number(row["year_target"]),
            )
        )
    parts.append(
        lang.text(
            "truth_reports",
            reported=lang.number(row["agents_reported"]),
            expected=lang.number(row["agents_expected"]),
        )
    )
    place = place or lang.text("district", name=row["district_name"])
    return lang.text(
        "truth", day=lang.day(row["reporting_date"]), place=place, parts=", ".join(parts)
    )


def direction_of_the_year(row: Row, said_in: Language | None = None) -> str | None:
    """Where the year is heading, from the same row; None where the pace is not known or the year is
    over."""
    lang = said_in or language("vi")
    forecast = row["forecast_year_end"]
    if forecast is None or year_is_over(row["reporting_date"]):
        return None
    pace = row["pace_per_month"]
    said = lang.text(
        "direction_pace_down" if pace < 0 else "direction_pace", pace=lang.decimal(abs(pace))
    )
    needed, goal = row["needed_per_month"], row["year_target"]
    if needed is not None and goal is not None:
        said += lang.text("direction_needed", needed=lang.decimal(needed))
        if row["needed_to_pace"] is not None and needed > 0:
            said += lang.text("direction_times", times=lang.decimal(row["needed_to_pace"], 2))
    said += lang.text("direction_forecast", forecast=lang.whole(forecast))
    if row["forecast_low"] is not None:
        said += lang.text(
            "direction_range",
            low=lang.floor(row["forecast_low"]),
            high=lang.ceiling(row["forecast_high"]),
        )
    if goal and row["year_target_basis"] == "stock":
        said += lang.text("direction_share", share=lang.percent(forecast / goal, 0))
    return f"{said}."


def headline(row: Row, lang: Language) -> str:
    """The count, then whether the plan is reached, then whether the year's goal is within reach at
    this pace."""
    if row["participants"] is None:
        return lang.text("headline_unknown", day=lang.day(row["reporting_date"]))
    parts: list[tuple[bool, str]] = []
    if _has_plan(row) and row["target_rate"] is not None:
        rate = row["target_rate"]
        key = (
            "headline_plan_passed"
            if rate > 1
            else "headline_plan_reached"
            if rate == 1
            else "headline_plan_missed"
        )
        parts.append((rate >= 1, lang.text(key, period=lang.period(row["target_period"]))))
    if row["year_target_rate"] is not None:
        if row["year_target_rate"] >= 1:
            parts.append((True, lang.text("headline_goal_reached")))
        elif year_is_over(row["reporting_date"]):
            parts.append((False, lang.text("headline_goal_missed")))
        elif row["needed_per_month"] is not None and row["pace_per_month"] is not None:
            is_fast = row["pace_per_month"] >= row["needed_per_month"]
            parts.append((is_fast, lang.text("headline_fast" if is_fast else "headline_slow")))
    if not parts:
        return lang.text("headline_count", count=_count(row, lang))
    agree = len({is_good for is_good, _ in parts}) == 1
    return lang.text(
        "headline",
        count=_count(row, lang),
        said=lang.text("and" if agree else "but").join(text for _, text in parts),
    )


def year_is_over(day: date) -> bool:
    """Whether it is the last day of its year: nothing is left to forecast."""
    return (day.month, day.day) == (12, 31)


def _count(row: Row, lang: Language) -> str:
    people = row["participants"]
    return (
        lang.text("count_unknown")
        if people is None
        else lang.text("count", people=lang.number(people))
    )


def basis(code: str | None, lang: Language) -> str:
    """What a target counts, in words."""
    return BASES.get(str(code), str(code)) if lang.code == "vi" else lang.word("bases", code)


def _has_plan(row: Row) -> bool:
    """A target of a part of the year: that of the whole year is said as the goal."""
    return (
        row["target_participants"] is not None
        and row["target_period"] is not None
        and not row["target_period"].isdigit()
    )
