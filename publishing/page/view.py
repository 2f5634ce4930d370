"""What the templates show in one language: rows of the published tables, each with its drawing and
its sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from core.vietnamese import alphabetical
from publishing.page import charts
from publishing.page.figures import Figures, Row
from publishing.page.language import Language
from publishing.sentences import basis, direction_of_the_year, headline, truth_of_the_day

_LEAD = charts.Shape(height=440, width=70, is_full=True)
_HISTORY = charts.Shape(height=320, width=73)
_OF_A_COMMUNE = charts.Shape(height=210, width=72)

SECTIONS: dict[str, tuple[str, ...]] = {
    "communes": (
        "participants",
        "year_target",
        "gap_to_year_target",
        "pace_per_month",
        "needed_per_month",
        "forecast_year_end",
        "forecast_low",
    ),
    "tiles": ("year_target_rate", "target_rate", "coverage_rate"),
    "trend": (
        "participants",
        "forecast_year_end",
        "forecast_low",
        "forecast_high",
        "official_participants",
    ),
    "moves": (
        "new_participants",
        "returned_participants",
        "continuing_participants",
        "lapsed_participants",
        "left_participants",
        "net_change",
    ),
    "staying": (
        "fct_cohorts.people",
        "covered_after_3_months",
        "covered_after_6_months",
        "covered_after_12_months",
        "renewal_rate",
    ),
    "due": ("due_next_month", "due_in_30_days", "due_in_60_days", "overdue"),
    "work": (
        "new_rate",
        "new_rate_low",
        "new_rate_high",
        "field_people",
        "renewal_rate",
        "agents_on_time",
        "working_age_population",
    ),
    "villages": ("villages", "villages_without_participants"),
    "associations": ("target_participants", "target_rate", "year_target_rate"),
    "quality": (
        "files_concerned",
        "rows_concerned",
        "rows_open",
        "agents_expected",
        "agents_reported",
    ),
    "changes": ("participants",),
    "each": (
        "participants",
        "contributions_vnd",
        "state_support_vnd",
        "due_next_month",
        "is_complete",
    ),
}
"""The sections after the lead, in their order, each with the figures whose definitions it points
to."""

_BANDS = (0.2, 0.4, 0.6, 0.8, 1.0)


def page_view(figures: Figures, lang: Language) -> dict[str, Any]:
    """The page in one language."""
    used = {code for codes in SECTIONS.values() for code in codes}
    return {
        "lang": lang,
        "figures": figures,
        "sections": SECTIONS,
        "leads": [_lead(figures, row, lang) for row in figures.districts],
        "communes": _communes(figures, lang),
        "officers": _with_bars(figures.officers),
        "systems": _with_intervals(figures.systems),
        "agents": _with_intervals(figures.agents),
        "associations": _with_bars(figures.associations),
        "due": _due(figures),
        "rules": {row["rule_code"]: row[f"message_{lang.code}"] or "" for row in figures.rules},
        "renewals": _renewals(figures, lang),
        "changes": {
            kind: [row for row in figures.changes if row["holder_type"] == kind]
            for kind in ("district", "commune")
        },
        "each": _each(figures, lang),
        "definitions": {
            code: figures.definitions[code] for code in sorted(used & figures.definitions.keys())
        },
    }


def anchor(lang: Language, code: str) -> str:
    """The name of a commune's section in one language, from its code."""
    return f"xa-{lang.code}-{re.sub(r'[^0-9A-Za-z]', '-', code)}"


def band(rate: float | None) -> str:
    """The shade of a tile: how many fifths of the goal are reached; 'unknown' where that is not
    known."""
    return "unknown" if rate is None else f"b{sum(rate >= edge for edge in _BANDS)}"


def _lead(figures: Figures, row: Row, lang: Language) -> dict[str, Any]:
    code = row["district_code"]
    days = [day for day in figures.district_days if day["district_code"] == code]
    plans = [
        target
        for target in figures.targets
        if (target["holder_type"], target["holder_code"]) == ("district", code)
    ]
    year_end_before, first = date(row["reporting_date"].year - 1, 12, 31), days[0]["reporting_date"]
    return {
        "row": row,
        "headline": headline(row, lang),
        "truth": truth_of_the_day(row, lang),
        "direction": direction_of_the_year(row, lang),
        "trend": charts.trend(days, row, plans, lang, year_end_before, _LEAD),
        "history": charts.trend(days, row, plans, lang, min(first, year_end_before), _HISTORY),
        "points": _points(days, lang),
        "basis": basis(row["target_basis"], lang),
        "moves": _moves(row),
        "ranges": charts.ranges(days, row["reporting_date"].year),
        "official": [said for said in figures.official if said["holder_code"] == code][:4],
        "cohorts": [cohort for cohort in figures.cohorts if cohort["district_code"] == code],
    }


def _points(days: list[Row], lang: Language) -> str:
    """The line of a district in words, for those who do not see it: the counts of year ends and the
    newest."""
    told = [day for day in days[:-1] if day is days[0] or day["reporting_date"].month == 12] + days[
        -1:
    ]
    return lang.text(
        "chart_trend",
        points=", ".join(
            f"{lang.day(day['reporting_date'])} {lang.number(day['participants'])}" for day in told
        ),
    )


_MOVES = {
    "new": True,
    "returned": True,
    "moved_in": True,
    "lapsed": False,
    "left": False,
    "moved_out": False,
}
"""The flows of a month, and whether each adds."""


def _moves(row: Row) -> list[dict[str, Any]]:
    """The flows of the month of one district; those between communes of it cancel out and are shown
    where there are any."""
    shown = [name for name in _MOVES if not name.startswith("moved") or row[f"{name}_participants"]]
    people = {name: row[f"{name}_participants"] for name in shown}
    widths = charts.shares(people.values())
    return [
        {"name": name, "people": people[name], "width": width, "is_plus": _MOVES[name]}
        for name, width in zip(people, widths, strict=True)
    ]


def _with_bars(of: list[Row]) -> list[dict[str, Any]]:
    return [{"row": row, "bar": bar} for row, bar in zip(of, charts.bars(of), strict=True)]


def _with_intervals(of: list[Row]) -> list[dict[str, Any]]:
    drawn = charts.intervals(of, "new_rate", "field_people")
    return [{"row": row, "at": at} for row, at in zip(of, drawn, strict=True)]


def _communes(figures: Figures, lang: Language) -> list[dict[str, Any]]:
    return [
        each
        | {
            "id": anchor(lang, each["row"]["commune_code"]),
            "band": band(each["row"]["year_target_rate"]),
        }
        for each in _with_bars(figures.communes)
    ]


def _due(figures: Figures) -> list[dict[str, Any]]:
    most_first = sorted(
        figures.communes,
        key=lambda row: (
            row["due_next_month"] is None,
            -(row["due_next_month"] or 0),
            row["commune_code"],
        ),
    )
    widths = charts.shares(row["due_next_month"] for row in most_first)
    return [{"row": row, "width": width} for row, width in zip(most_first, widths, strict=True)]


def _renewals(figures: Figures, lang: Language) -> list[dict[str, Any]]:
    """Per district: the months, and per method the row of each of them."""
    found = []
    for district in figures.districts:
        of = [row for row in figures.renewals if row["district_code"] == district["district_code"]]
        months = sorted({row["month"] for row in of})
        methods: dict[str, dict[date, Row]] = defaultdict(dict)
        for row in of:
            methods[row["method"]][row["month"]] = row
        found.append(
            {
                "district": district,
                "months": months,
                "methods": {
                    name: methods[name]
                    for name in sorted(methods, key=_place_in(lang.texts["methods"]))
                },
            }
        )
    return found


def _place_in(order: Iterable[str]) -> Callable[[str], tuple[int, str]]:
    """A key that sorts as the words stand in the texts; what has no word comes last."""
    places = {name: place for place, name in enumerate(order)}
    return lambda name: (places.get(name, len(places)), name)


def _each(figures: Figures, lang: Language) -> list[dict[str, Any]]:
    """A section for each commune, by the alphabet."""
    by_commune: dict[str, dict[str, list[Row]]] = {
        name: defaultdict(list)
        for name in ("agents", "associations", "officers_of_communes", "days", "targets")
    }
    for name in ("agents", "associations", "officers_of_communes"):
        for row in getattr(figures, name):
            by_commune[name][row["commune_code"]].append(row)
    for row in figures.commune_days:
        by_commune["days"][row["commune_key"]].append(row)
    for row in figures.targets:
        if row["holder_type"] == "commune":
            by_commune["targets"][row["holder_code"]].append(row)
    found = []
    for row in sorted(
        figures.communes, key=lambda one: (alphabetical(one["commune_name"]), one["commune_code"])
    ):
        code, days = row["commune_code"], by_commune["days"][row["commune_key"]]
        place = lang.text(
            "commune_of", kind=lang.word("unit_types", row["unit_type"]), name=row["commune_name"]
        )
        since = min(days[0]["reporting_date"], date(row["reporting_date"].year - 1, 12, 31))
        found.append(
            {
                "row": row,
                "id": anchor(lang, code),
                "place": place,
                "officers": by_commune["officers_of_communes"][code],
                "truth": truth_of_the_day(row, lang, place),
                "direction": direction_of_the_year(row, lang),
                "points": _points(days, lang),
                "trend": charts.trend(
                    days, row, by_commune["targets"][code], lang, since, _OF_A_COMMUNE
                ),
                "agents": by_commune["agents"][code],
                "associations": by_commune["associations"][code],
            }
        )
    return found
