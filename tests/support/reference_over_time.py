"""What rests on the people over time and on the holders' figures: cohorts, renewals, who is due,
control totals and targets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core.clock import year_and_month
from ingestion.rules.frames import month_end
from tests.support.histories import OFFICIAL, OPENING, TARGETS, Target
from tests.support.reference import METHODS, Live, People, difference, officer_of, ratio

Row = dict[str, Any]
DISTRICT = "329"


def cohorts_of(people: People, full: int) -> list[Row]:
    cohorts: dict[tuple[int, str], list[int]] = {}
    for person in {p for p, _ in people.cover}:
        first = people.first_month(person)
        if OPENING + 12 < first <= full:
            method = METHODS.get(people.cover[person, first].said.months, ("other", 0))[0]
            cohorts.setdefault((first, method), []).append(person)
    return [
        {
            "district_code": DISTRICT,
            "first_month": _first_day(first),
            "method": method,
            "people": len(persons),
        }
        | {
            f"covered_after_{n}_months": sum(
                (person, first + n) in people.cover for person in persons
            )
            if first + n <= full
            else None
            for n in (3, 6, 12, 24)
        }
        for (first, method), persons in cohorts.items()
    ]


def renewals_of(people: People, full: int) -> list[Row]:
    found: dict[tuple[int, str], Row] = {}

    def at(month: int, live: Live) -> Row:
        key = (month, METHODS.get(live.said.months, ("other", 0))[0])
        return found.setdefault(
            key, {"renewals_due": 0, "renewals_made": 0, "payments_begun": 0, "days": []}
        )

    for month in range(OPENING + 2, full + 1):
        for live, is_made in people.renewals(month):
            row = at(month, live)
            row["renewals_due"] += 1
            row["renewals_made"] += is_made
    for live in people.payments:
        if OPENING + 2 <= live.said.first <= full and live.said.form != "roster/1":
            row = at(live.said.first, live)
            row["payments_begun"] += 1
            if live.said.months in METHODS:
                term = month_end(live.said.first + METHODS[live.said.months][1] - 1)
                row["days"].append(max(0, (live.said.received_on - term).days))
    for (month, method), row in found.items():
        late = [days for days in row.pop("days") if days]
        row |= {
            "district_code": DISTRICT,
            "month": _first_day(month),
            "method": method,
            "payments_late": len(late),
        }
        row |= {
            "renewal_rate": ratio(row["renewals_made"], row["renewals_due"]),
            "mean_days_late": ratio(sum(late), len(late)),
        }
    return list(found.values())


def due_of(people: People, day: date) -> list[Row]:
    """Whose last cover ends within 60 days, or has ended while the method's term still runs;
    without those who left."""
    found = []
    for person in {p for p, _ in people.cover}:
        until = max(m for p, m in people.cover if p == person) + 1
        last = people.cover[person, until - 1].said
        method, within = METHODS.get(last.months, (None, 1))
        due_on, payable_until = _first_day(until), month_end(until + within - 1)
        if (
            due_on <= day + timedelta(days=60)
            and payable_until >= day
            and not any(p == person and m >= until for p, m in people.ends)
        ):
            row: Row = {
                "reporting_date": day,
                "bhxh_number": f"90000000{person:02d}",
                "agent_code": last.agent,
                "months_paid": last.months,
            }
            found.append(
                row
                | {"due_on": due_on, "payable_until": payable_until, "has_term": method is not None}
            )
    return found


def control_totals(kpis: dict[str, list[Row]], dates: list[date]) -> list[Row]:
    holders, found = _holders(kpis), []
    for month, commune, district, official in OFFICIAL:
        if month_end(month) in dates:
            holder = ("commune", commune) if commune else ("district", district)
            ours = holders[(*holder, month_end(month))]
            row = {
                "month": _first_day(month),
                "holder_type": holder[0],
                "holder_code": holder[1],
                "official_participants": official,
            }
            found.append(row | {"participants": ours, "difference": difference(ours, official)})
    return found


def targets_of(kpis: dict[str, list[Row]], dates: list[date], known_on: date) -> list[Row]:
    holders, last, found = _holders(kpis), max(dates), []
    newest = {
        (t.period, t.holder_type, t.holder, t.basis): t
        for t in sorted(TARGETS, key=lambda t: t.decided_on)
        if t.decided_on <= known_on
    }
    for key, target in newest.items():
        first, end = _bounds(target.period)
        on = (
            month_end(end)
            if month_end(end) <= last
            else last
            if _first_day(first) <= last
            else None
        )
        below = [
            t.people
            for (period, kind, code, basis), t in newest.items()
            if (period, kind, basis) == (target.period, "commune", target.basis)
            and (
                target.holder_type == "district"
                or (
                    target.holder_type == "officer"
                    and officer_of(code, on or last) == target.holder
                )
            )
        ]
        history = [
            t
            for t in TARGETS
            if (t.period, t.holder_type, t.holder, t.basis) == key and t.decided_on <= known_on
        ]
        ours = holders.get((target.holder_type, target.holder, on)) if on else None
        before = holders.get((target.holder_type, target.holder, month_end(first - 1)))
        row: Row = dict(
            zip(("target_period", "holder_type", "holder_code", "target_basis"), key, strict=True)
        )
        row |= {
            "people": target.people,
            "decided_on": target.decided_on,
            "amendments": len(history) - 1,
            "measured_on": on,
        }
        row |= {
            "first_decided_people": min(history, key=lambda t: t.decided_on).people,
            "participants": ours,
            "participants_before_period": before,
        }
        row |= {"children": len(below) or None, "children_people": sum(below) if below else None}
        row |= {
            "gap_to_children": target.people - sum(below) if below else None,
            "target_rate": ratio(counted(target, ours, before), target.people),
        }
        row |= {"period_start": _first_day(first), "period_end": month_end(end)}
        found.append(row)
    return found


def counted(target: Target, participants: int | None, before: int | None) -> int | None:
    return participants if target.basis == "stock" else difference(participants, before)


def _holders(kpis: dict[str, list[Row]]) -> dict[tuple[str, str, date], int | None]:
    return {
        (name, row[f"{name}_code"], row["reporting_date"]): row["participants"]
        for name in ("commune", "district", "officer", "association")
        for row in kpis[name]
    }


def _bounds(period: str) -> tuple[int, int]:
    """First and last month of '2019', '2019-H1', '2019-Q3' or '2019-07'."""
    year, _, part = period.partition("-")
    months = {"": 12, "H": 6, "Q": 3}.get(part[:1], 1)
    at = int(part.lstrip("HQ") or 1)
    first = int(year) * 12 + (at - 1) * months + 1
    return first, first + months - 1


def _first_day(month: int) -> date:
    year, of_year = year_and_month(month)
    return date(year, of_year, 1)
