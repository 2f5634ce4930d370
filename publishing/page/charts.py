"""Figures drawn to scale: where things lie in percent of a drawing's width and height. No figure is
worked out here."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from publishing.page.language import Language
from publishing.sentences import year_is_over

Row = dict[str, Any]

_LABEL_LINE = 17
"""Pixels between two labels beside a drawing."""
_LOWEST = 320
"""Pixels of height that a telephone gives to the drawing that opens the page."""
_ROOM_FOR_FIRST = 30
"""Percent of the width that the first count needs to be told beside the next."""


@dataclass(frozen=True)
class Bar:
    """A row's count of people beside its targets and its forecast, each in percent of the width;
    None: not known."""

    now: float | None
    plan: float | None
    goal: float | None
    low: float | None
    high: float | None
    forecast: float | None


def bars(of: Sequence[Row]) -> list[Bar]:
    """The rows of a table with targets on one scale."""
    parts = [
        (
            row["participants"],
            plan_people(row),
            goal_people(row),
            row["forecast_low"],
            row["forecast_high"],
            row["forecast_year_end"],
        )
        for row in of
    ]
    most = max((value for part in parts for value in part if value is not None), default=0) or 1
    return [Bar(*(_share(value, most) for value in part)) for part in parts]


def goal_people(row: Row) -> int | None:
    """How many participants the goal of the year means, whatever its target counts: those of today
    and those that are missing."""
    missing, people = row.get("gap_to_year_target"), row["participants"]
    if missing is not None and people is not None:
        return int(people + missing)
    return row["year_target"] if row["year_target_basis"] == "stock" else None


def plan_people(row: Row) -> int | None:
    """The same of the period's target; only a target of participants has a place beside a count of
    participants."""
    is_part = row["target_period"] is not None and not row["target_period"].isdigit()
    return row["target_participants"] if is_part and row["target_basis"] == "stock" else None


@dataclass(frozen=True)
class Interval:
    """A rate, its interval, and the size of the field, in percent of the width."""

    rate: float | None
    low: float | None
    high: float | None
    field: float | None


def intervals(of: Sequence[Row], rate: str, field_column: str) -> list[Interval]:
    """The rates of all rows on one scale, their fields on another."""
    highest = (
        max((row[f"{rate}_high"] for row in of if row[f"{rate}_high"] is not None), default=0) or 1
    )
    largest = (
        max((row[field_column] for row in of if row[field_column] is not None), default=0) or 1
    )
    return [
        Interval(
            _share(row[rate], highest),
            _share(row[f"{rate}_low"], highest),
            _share(row[f"{rate}_high"], highest),
            _share(row[field_column], largest),
        )
        for row in of
    ]


def shares(values: Iterable[float | None]) -> list[float | None]:
    """Values in percent of the greatest of them."""
    of = list(values)
    most = max((value for value in of if value is not None), default=0) or 1
    return [_share(value, most) for value in of]


@dataclass(frozen=True)
class Label:
    """A text at a point. `kind` says how it is drawn; `strong` comes before `text`, and `more`
    after it."""

    x: float
    y: float
    strong: str
    text: str = ""
    more: str = ""
    kind: str = ""


@dataclass
class Trend:
    """Counts of people over time. Points are percent of the drawing; `width` is that of the plot,
    labels stand beside it."""

    height: int
    width: float
    is_within_a_year: bool = False
    lines: list[str] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    """From where, how wide: nothing is known there."""
    dots: list[Label] = field(default_factory=list)
    plans: list[Label] = field(default_factory=list)
    beside: list[Label] = field(default_factory=list)
    fan: str = ""
    pace: Label | None = None
    pace_line: str = ""
    needed: Label | None = None
    needed_line: str = ""
    goal: tuple[float, float] | None = None
    months: list[tuple[float, str]] = field(default_factory=list)
    levels: list[tuple[float, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Shape:
    """Of a drawing over time: its `height` in pixels, the `width` of its plot in percent, and
    whether words stand beside its lines."""

    height: int
    width: float
    is_full: bool = False


def trend(
    days: Sequence[Row], row: Row, plans: Sequence[Row], lang: Language, since: date, shape: Shape
) -> Trend:
    """The count of people from `since` to the end of the year, its plans, its goal and where it is
    heading.

    `days`: `reporting_date` and `participants`, in order; `row`: the newest, with target and
    forecast; `plans`: rows of `fct_targets`.
    """
    height, is_full = shape.height, shape.is_full
    until = date(row["reporting_date"].year, 12, 31)
    shown = [day for day in days if since <= day["reporting_date"] <= row["reporting_date"]]
    goal = goal_people(row)
    is_over = year_is_over(row["reporting_date"])
    forecast = None if is_over else row["forecast_year_end"]
    marks = [
        plan
        for plan in plans
        if plan["target_basis"] == "stock"
        and plan["period_end"] < until
        and plan["period_end"] >= since
    ]
    values = [day["participants"] for day in shown] + [plan["people"] for plan in marks]
    values += [goal, forecast, None if is_over else row["forecast_high"]]
    step = _step(max((value for value in values if value is not None), default=0))
    most = max((value for value in values if value is not None), default=1) * 1.12 or 1

    def x(day: date) -> float:
        return round(100 * (day - since).days / (until - since).days, 2)

    def y(people: float) -> float:
        return round(100 - 100 * people / most, 2)

    drawn = Trend(height, shape.width, (until - since).days <= 400)
    drawn.levels = [(y(level), lang.number(level)) for level in range(0, int(most) + 1, step)]
    drawn.months = _months(since, until, lang)
    _draw_line(drawn, shown, x, y)
    for plan in marks:
        text = lang.text("chart_plan", period=lang.period(plan["target_period"])) if is_full else ""
        drawn.plans.append(
            Label(x(plan["period_end"]), y(plan["people"]), lang.number(plan["people"]), text)
        )
    now = row["participants"]
    if now is not None and forecast is not None:
        here, there = (x(row["reporting_date"]), y(now)), (100.0, y(forecast))
        drawn.pace_line = _points([here, there])
        drawn.beside.append(
            Label(
                100,
                there[1],
                lang.whole(forecast),
                lang.text("chart_forecast"),
                _range(row, lang),
                "forecast",
            )
        )
        if row["forecast_low"] is not None:
            drawn.fan = _points(
                [here, (100, y(row["forecast_high"])), (100, y(row["forecast_low"]))]
            )
        if is_full and row["pace_per_month"] is not None:
            middle = ((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)
            drawn.pace = Label(
                *middle, "", lang.text("chart_pace", pace=lang.decimal(row["pace_per_month"]))
            )
    if goal is not None:
        drawn.goal = (100, y(goal))
        share = (
            lang.text("chart_goal_share", share=lang.percent(row["year_target_rate"]))
            if is_full
            else ""
        )
        drawn.beside.append(
            Label(100, y(goal), lang.number(goal), lang.text("chart_goal"), share, "goal")
        )
        if now is not None and not is_over and row["needed_per_month"]:
            drawn.needed_line = _points([(x(row["reporting_date"]), y(now)), (100, y(goal))])
            if is_full:
                middle = ((x(row["reporting_date"]) + 100) / 2, (y(now) + y(goal)) / 2)
                drawn.needed = Label(
                    *middle,
                    "",
                    lang.text("chart_needed", needed=lang.decimal(row["needed_per_month"])),
                )
    drawn.dots = _dots(shown, x, y, lang, is_dated=is_full)
    drawn.beside = _apart(drawn.beside, height)
    return drawn


def ranges(days: Sequence[Row], year: int) -> list[Row]:
    """The forecasts made in a year, in percent of a height that holds its goal too: reporting_date,
    low, high, forecast, goal."""
    of_year = [
        day
        for day in days
        if day["reporting_date"].year == year and day["forecast_year_end"] is not None
    ]
    most = (
        max(
            (
                v
                for d in of_year
                for v in (d["forecast_high"], d["forecast_year_end"], goal_people(d))
                if v is not None
            ),
            default=1,
        )
        or 1
    )
    return [
        day
        | {
            "goal": goal_people(day),
            "at": {
                "low": _share(day["forecast_low"], most),
                "high": _share(day["forecast_high"], most),
                "forecast": _share(day["forecast_year_end"], most),
                "goal": _share(goal_people(day), most),
            },
        }
        for day in of_year
    ]


def _share(value: float | None, most: float) -> float | None:
    return None if value is None else round(100 * max(0.0, min(value, most)) / most, 2)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _draw_line(drawn: Trend, shown: Sequence[Row], x: Any, y: Any) -> None:
    """One line per stretch of known counts; a stretch without is a gap, from the last known day to
    the next."""
    stretch: list[tuple[float, float]] = []
    for day in shown:
        if day["participants"] is None:
            if len(stretch) > 1:
                drawn.lines.append(_points(stretch))
            stretch = []
        else:
            stretch.append((x(day["reporting_date"]), y(day["participants"])))
    if len(stretch) > 1:
        drawn.lines.append(_points(stretch))
    for before, after in pairwise(shown):
        if after["participants"] is None or before["participants"] is None:
            start = x(before["reporting_date"])
            drawn.gaps.append((start, round(x(after["reporting_date"]) - start, 2)))


def _dots(shown: Sequence[Row], x: Any, y: Any, lang: Language, *, is_dated: bool) -> list[Label]:
    """The counts of year ends and the newest, which is told apart; the first too, where it has
    room. The scale dates those that are not dated."""
    known = [day for day in shown if day["participants"] is not None]
    told = [day for day in known[:-1] if year_is_over(day["reporting_date"])] + known[-1:]
    if (
        known
        and told[0] is not known[0]
        and x(told[0]["reporting_date"]) - x(known[0]["reporting_date"]) > _ROOM_FOR_FIRST
    ):
        told.insert(0, known[0])
    dots = []
    for day in told:
        at_x, at_y = x(day["reporting_date"]), y(day["participants"])
        is_first = at_x <= _ROOM_FOR_FIRST / 2
        when = lang.day(day["reporting_date"]) if is_dated and not is_first else ""
        kind = "now" if day is known[-1] else "first" if is_first else ""
        dots.append(Label(at_x, at_y, lang.number(day["participants"]), when, kind=kind))
    return dots


def _range(row: Row, lang: Language) -> str:
    if row["forecast_low"] is None:
        return ""
    return lang.text(
        "chart_range", low=lang.floor(row["forecast_low"]), high=lang.ceiling(row["forecast_high"])
    )


def _months(since: date, until: date, lang: Language) -> list[tuple[float, str]]:
    """Half-years within a year; years over several."""
    whole = (until - since).days
    if whole <= 400:
        ends = [date(until.year, month, monthrange(until.year, month)[1]) for month in (6, 12)]
        return [
            (round(100 * (end - since).days / whole, 2), lang.month(end)) for end in (since, *ends)
        ]
    years = range(since.year, until.year + 1)
    return [
        (round(100 * max(0, (date(year, 1, 1) - since).days) / whole, 2), str(year))
        for year in years
    ]


def _step(most: float) -> int:
    """A round step that gives three to six levels."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most / (size * factor) <= 5:
                return size * factor
        size *= 10


def _apart(labels: list[Label], height: int) -> list[Label]:
    """Labels of three lines, moved so that none covers another, the highest first."""
    least = 100 * 3.1 * _LABEL_LINE / (0.9 * min(height, _LOWEST))
    placed: list[Label] = []
    for label in sorted(labels, key=lambda one: one.y):
        y = max(label.y, placed[-1].y + least) if placed else label.y
        placed.append(Label(label.x, round(y, 2), label.strong, label.text, label.more, label.kind))
    return placed
