"""The month in words: every text of the report as it is printed, the same for PDF and Word, and the
numbers of its two pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Any

from core.foreign_text import visible
from core.settings import Settings
from core.vietnamese import BASES, NOT_KNOWN, day, decimal, number, percent, period
from publishing.report.month import Month, Row, units_of
from publishing.report.sentences import (
    change_of_the_month,
    coverage_and_money,
    end_of_the_year,
    signed,
    work_ahead,
)
from publishing.sentences import direction_of_the_year, truth_of_the_day

MONTHS_SHOWN = 25
"""Months of the trend: two years and the one before, for the same day of last year and its own last
year."""
_DECIMALS = {"coverage_rate": 2, "new_rate": 2, "new_rate_low": 2, "new_rate_high": 2}
_DEFINED = (
    "participants", "coverage_rate", "target_rate", "year_target_rate", "pace_per_month", "needed_per_month", "forecast_year_end",
    "new_participants", "returned_participants", "lapsed_participants", "left_participants", "net_change_unexplained", "due_next_month", "overdue",
    "contributions_vnd", "state_support_vnd", "agents_reported", "villages_without_participants",
)  # fmt: skip
"""Figures of the report whose meaning is printed with it, in this order."""

Paper = dict[str, Any]
"""What the templates print: texts, and rows of texts by the mart's own column names. JSON."""


@dataclass(frozen=True)
class Office:
    """Who reports, as the head and the foot of the report print it. `{district}` stands for the
    name of the district."""

    above: str
    name: str
    place: str
    number: str
    signer_title: str
    signer: str
    recipients: Sequence[str]

    @classmethod
    def from_settings(cls, settings: Settings) -> Office:
        """As the settings say."""
        return cls(
            above=visible(settings.office_above),
            name=visible(settings.office_name),
            place=visible(settings.office_place),
            number=visible(settings.report_number),
            signer_title=visible(settings.report_signer_title),
            signer=visible(settings.report_signer),
            recipients=[
                visible(part.strip())
                for part in settings.report_recipients.split(";")
                if part.strip()
            ],
        )


def write_paper(month: Month, office: Office, charts: dict[str, Any]) -> Paper:
    """The texts of the report of a month; `charts`: its `chart_numbers`. Row values are written by
    their unit; what is not known is `–`, with why among the notes."""
    own, last_day = month.district, month.last_day
    units = units_of(month.definitions)
    district = own["district_name"]
    # the night closes at 21:00: nobody signs before the next day
    signed_from = month.known_on + timedelta(days=1)
    subject = (
        f"Kết quả phát triển người tham gia BHXH tự nguyện tháng {last_day:%m} năm {last_day.year}"
    )
    names = {row["commune_code"]: row["commune_name"] for row in month.communes}
    places = {
        officer: ", ".join(names[code] for code in codes)
        for officer, codes in month.communes_of.items()
    }
    directions = direction_of_the_year(own) or end_of_the_year(own)
    return {
        "title": f"{subject}, huyện {district}",
        "known_on_parts": [month.known_on.year, month.known_on.month, month.known_on.day],
        "office_above": office.above.replace("{district}", district).upper(),
        "office_name": office.name.replace("{district}", district).upper(),
        "number": f"Số:          /{office.number}",
        "place_and_date": f"{office.place.replace('{district}', district)}, ngày       tháng       năm {signed_from.year}",
        "subject": subject,
        "basis": f"(Số liệu đến ngày {day(last_day)}, theo hồ sơ nhận đến hết đêm {day(month.known_on)})",
        "sentences": [
            truth_of_the_day(own),
            change_of_the_month(own),
            directions,
            coverage_and_money(own),
            work_ahead(own),
        ],
        "year_before": str(last_day.year - 1),
        "period_target": f"Chỉ tiêu {period(own['target_period'])}"
        if own["target_period"]
        else "Chỉ tiêu của kỳ",
        "year_target": f"Chỉ tiêu năm {last_day.year}",
        "communes": [
            {"at": str(at), **written(row, units)} for at, row in enumerate(month.communes, start=1)
        ],
        "district": written(own, units) | {"district_name": "Toàn huyện"},
        "officers": _holders(month.officers, "officer_name", units, places),
        "associations": _holders(month.associations, "association_name", units, places),
        "table_notes": [
            *_bases(month.communes, "commune_name", own),
            *_gaps(month.communes, "commune_name"),
        ],
        "holder_notes": [
            *_bases((*month.officers, *month.associations), "holder", own),
            "Chỉ tiêu của hội, đoàn thể là một phần chỉ tiêu của xã, không cộng thêm vào chỉ tiêu của huyện.",
            *_gaps(month.officers, "officer_name"),
            *_gaps(month.associations, "association_name"),
        ],
        "notes": _notes(month),
        "definitions": [
            [month.definitions[code]["name_vi"], _on_paper(month.definitions[code]["formula_vi"])]
            for code in _DEFINED
        ],
        "recipients": [*(f"{part};" for part in office.recipients), "Lưu: VT."],
        "signer_title": office.signer_title.upper(),
        "signer": office.signer,
        **_captions(own, charts),
    }


def written(row: Row, units: dict[str, str]) -> dict[str, str]:
    """A row of a mart as texts, and `reports` besides: agents that reported of those expected."""
    texts = {column: _text(column, value, units.get(column)) for column, value in row.items()}
    if "agents_expected" in row:
        texts["reports"] = (
            f"{number(row['agents_reported'])}/{number(row['agents_expected'])}"
            if row["agents_expected"]
            else NOT_KNOWN
        )
    return texts


def _text(column: str, value: Any, unit: str | None) -> str:
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        if unit == "ratio":
            return percent(value, _DECIMALS.get(column, 1))
        if unit == "people":  # a forecast and its range, as the sentence says them
            return number(
                floor(value)
                if column.endswith("_low")
                else ceil(value)
                if column.endswith("_high")
                else round(value)
            )
        return decimal(value, 2 if unit == "times" else 1)
    return str(value)


def _holders(
    rows: Iterable[Row], name: str, units: dict[str, str], places: dict[str, str]
) -> list[dict[str, str]]:
    return [
        {
            "at": str(at),
            **written(row, units),
            "holder": row[name],
            "places": row.get("commune_name") or places.get(row["officer_code"], NOT_KNOWN),
        }
        for at, row in enumerate(rows, start=1)
    ]


def _bases(rows: Iterable[Row], name: str, own: Row) -> list[str]:
    """How targets count; by name, whose target is of another period or counts otherwise than the
    district's."""
    counts = own["target_basis"] or own["year_target_basis"]
    said = (
        [f"Chỉ tiêu tính theo {BASES.get(counts, counts)}."]
        if counts
        else ["Huyện chưa có chỉ tiêu."]
    )
    others: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        asked = (row["target_period"], row["target_basis"])
        if None not in asked and asked != (own["target_period"], own["target_basis"]):
            others.setdefault(asked, []).append(
                row.get(name) or row.get("officer_name") or row["association_name"]
            )
    return said + [
        f"Chỉ tiêu {period(of)}, tính theo {BASES.get(basis, basis)}: {', '.join(who)}."
        for (of, basis), who in sorted(others.items())
    ]


def _gaps(rows: Iterable[Row], name: str) -> list[str]:
    """Why figures are not complete: each reason once, with those whom it is about."""
    whom: dict[str, list[str]] = {}
    for row in rows:
        if not row["is_complete"]:
            whom.setdefault(row["incomplete_reason"], []).append(row[name])
    return [f"{reason}: {', '.join(names)}." for reason, names in whom.items()]


def _notes(month: Month) -> list[str]:
    notes = [
        f"Dấu “{NOT_KNOWN}”, “chưa có số liệu” và ô gạch chéo nghĩa là chưa biết, không phải là 0.",
        "Số tiền là số đại lý khai, chưa đối chiếu với ngân hàng.",
        "Tỷ lệ bao phủ so với dân số trong độ tuổi lao động, không phải lực lượng lao động.",
    ]
    for said in month.decisions:
        notes.append(
            f"Chỉ tiêu {period(said['target_period'])}: {said['target_source'] or 'chưa ghi văn bản'}, ngày {day(said['decided_on'])}."
        )
    if (official := month.official) is not None:
        difference = (
            "chưa so được" if official["difference"] is None else signed(official["difference"])
        )
        source = official["count_source"] or "chưa ghi nguồn"
        notes.append(
            f"Số chính thức của cơ quan: {number(official['official_participants'])} người ({source}); chênh lệch của báo cáo này: {difference}."
        )
    if month.district["overrides"]:
        notes.append(
            f"{number(month.district['overrides'])} dòng được người có thẩm quyền cho ghi nhận."
        )
    return notes


def _on_paper(formula: str) -> str:
    """A definition without its sentences about published tables, which nobody meets on paper."""
    return ". ".join(sentence for sentence in formula.split(". ") if "fct_" not in sentence) + "."


def _captions(own: Row, charts: dict[str, Any]) -> Paper:
    """What the pictures show, of that which is drawn; and their words for a screen reader."""
    trend, bars = ["Người tham gia cuối mỗi tháng"], ["Người tham gia từng xã"]
    if charts["trend"]["forecast"] is not None:
        trend += ["nét đứt: nếu giữ tốc độ từ đầu năm", "dải nhạt: khoảng dự báo 80%"]
    rows = charts["bars"]["rows"]
    bars += ["vạch đậm: chỉ tiêu của kỳ"] if any(row["target"] is not None for row in rows) else []
    bars += (
        ["vạch mảnh: chỉ tiêu năm"] if any(row["year_target"] is not None for row in rows) else []
    )
    bars += ["ô gạch chéo: chưa có số liệu"] if any(row["value"] is None for row in rows) else []
    return {
        "trend_caption": f"{'; '.join(trend)}.",
        "trend_in_words": f"Biểu đồ người tham gia cuối mỗi tháng. {truth_of_the_day(own)} {direction_of_the_year(own) or end_of_the_year(own)}",
        "bars_caption": f"{'; '.join(bars)}.",
        "bars_in_words": "Biểu đồ người tham gia từng xã bên chỉ tiêu của kỳ và chỉ tiêu năm; số liệu như bảng trên.",
    }


def chart_numbers(month: Month) -> dict[str, Any]:
    """The numbers of the two pictures. Targets are marked where they count the people covered
    (basis `stock`), as the bars do."""
    own = month.district
    shown = month.months[-MONTHS_SHOWN:]
    last = len(shown) - 1
    months = [
        _point(row["reporting_date"], row["participants"], at == last)
        for at, row in enumerate(shown)
    ]
    of = month.last_day
    months += [
        _point(date(of.year, to_come, 1), None, False, is_past=False)
        for to_come in range(of.month + 1, 13)
    ]
    ends = {row["target_period"]: row["period_end"] for row in month.decisions}
    marks: list[dict[str, Any]] = []
    for which, value, basis in (
        (own["target_period"], own["target_participants"], own["target_basis"]),
        (str(of.year), own["year_target"], own["year_target_basis"]),
    ):
        end = ends.get(which, date(of.year, 12, 31) if which == str(of.year) else None)
        if (
            value is not None
            and basis == "stock"
            and end is not None
            and not any(mark["period"] == which for mark in marks)
        ):
            at = last + 12 * (end.year - of.year) + end.month - of.month
            is_below = (
                own["participants"] is not None and value < own["participants"] and at == last
            )
            marks.append(
                {
                    "period": which,
                    "at": at,
                    "value": value,
                    "words": f"chỉ tiêu {period(which)}: {number(value)}",
                    "is_below": is_below,
                }
            )
    forecast = None
    if own["forecast_year_end"] is not None and own["participants"] is not None and of.month < 12:
        words = f"dự báo: {number(round(own['forecast_year_end']))}"
        if own["forecast_low"] is not None:
            words += f" ({number(floor(own['forecast_low']))}–{number(ceil(own['forecast_high']))})"
        forecast = {
            "start": own["participants"],
            "value": own["forecast_year_end"],
            "low": own["forecast_low"],
            "high": own["forecast_high"],
            "words": words,
        }
    most = (
        [row["participants"] for row in shown]
        + [mark["value"] for mark in marks]
        + [own["forecast_high"], own["forecast_year_end"]]
    )
    top, ticks = _scale(most)
    rows = [_bar(row) for row in month.communes]
    bars_top = max(
        (
            v
            for row in rows
            for v in (row["value"], row["target"], row["year_target"])
            if v is not None
        ),
        default=1,
    )
    return {
        "trend": {
            "months": months,
            "last": last,
            "marks": marks,
            "forecast": forecast,
            "top": top,
            "ticks": ticks,
        },
        "bars": {"top": max(bars_top, 1), "rows": rows},
    }


def _point(of: date, count: int | None, is_last: bool, *, is_past: bool = True) -> dict[str, Any]:
    return {
        "words": f"{of:%m/%Y}",
        "is_named": of.month % 3 == 0,
        "is_past": is_past,
        "value": count,
        "count": number(count),
        "is_shown": count is not None and (is_last or of.month == 12),
    }


def _bar(row: Row) -> dict[str, Any]:
    is_stock = {
        "target": row["target_basis"] == "stock",
        "year_target": row["year_target_basis"] == "stock",
    }
    return {
        "name": row["commune_name"],
        "value": row["participants"],
        "target": row["target_participants"] if is_stock["target"] else None,
        "year_target": row["year_target"] if is_stock["year_target"] else None,
        "words": number(row["participants"]),
    }


def _scale(values: Iterable[float | None]) -> tuple[float, list[dict[str, Any]]]:
    """The top of an axis from 0 that holds all values, and its marks: four or five, at round
    numbers."""
    most = max((value for value in values if value is not None), default=0) or 1
    power = 10 ** floor(log10(most / 4)) if most > 4 else 1
    step = next(
        size * power
        for size in (1, 2, 2.5, 5, 10)
        if size * power * 5 >= most and float(size * power).is_integer()
    )
    top = ceil(most / step) * step
    return top, [
        {"value": at * step, "words": number(int(at * step))} for at in range(round(top / step) + 1)
    ]
