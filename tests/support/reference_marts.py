"""Every mart that counts people or their money, from the sets of tests/support/reference.py."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingestion.rules.frames import month_end
from tests.support.histories import OFFICERS, OPENING, TARGETS, Target
from tests.support.reference import (
    Live,
    People,
    before_half,
    by,
    difference,
    elapsed,
    entry_on,
    expected,
    is_end,
    missing,
    month_of,
    not_judged,
    officer_of,
    ratio,
    same_day_last_year,
    together,
    total,
    year_before,
)
from tests.support.reference_over_time import (
    DISTRICT,
    Row,
    cohorts_of,
    control_totals,
    counted,
    due_of,
    renewals_of,
    targets_of,
)

FLOWS = (
    *(
        "new_participants",
        "continuing_participants",
        "returned_participants",
        "lapsed_participants",
        "lapsed_within_term",
    ),
    *(
        "left_participants",
        "moved_in_participants",
        "moved_in_by_address",
        "moved_out_participants",
    ),
)
DUE = ("due_next_month", "due_in_30_days", "due_in_60_days", "overdue")
SUMMED = (
    *(
        "participants",
        "participants_due",
        *DUE,
        "participants_prev_month",
        "participants_prev_year_end",
        "participants_same_day_last_year",
    ),
    *(
        "before_half",
        *FLOWS,
        "villages",
        "villages_without_participants",
        "contributions_vnd",
        "state_support_vnd",
    ),
    *("agents_expected", "agents_reported", "agents_not_judged", "is_silent", "overrides"),
)
STATED = ("population", "working_age_population", "compulsory_participants")


@dataclass(frozen=True)
class Place:
    """What the office states of a commune."""

    population: int
    working_age_population: int
    compulsory_participants: int
    villages: tuple[str, ...]


@dataclass(frozen=True)
class Association:
    code: str
    commune: str


def a_commune(people: People, code: str, place: Place, day: date) -> Row:
    """A commune on a day, all but what is reckoned from these alike for every holder."""
    month = month_of(day)
    here = [agent for agent, entry in expected(day).items() if entry.commune == code]
    reported = [agent for agent in here if people.reported_on(agent, month)]
    failed = [agent for agent in here if people.failed_on(agent, month)]

    def stock(on: date) -> int | None:
        return (
            by(_commune, people.participants(on).values())[code]
            if people.known_in(code, on)
            else None
        )

    counts = {name: by(_commune, lives)[code] for name, lives in people.flows(day).items()}
    moves = people.moves(month)
    counts["moved_in_participants"] = sum(live.commune == code for _, live in moves)
    counts["moved_in_by_address"] = sum(
        live.commune == code and live.said.commune is not None for _, live in moves
    )
    counts["moved_out_participants"] = sum(before.commune == code for before, _ in moves)
    is_known = stock(day) is not None
    for name in counts:
        if not (
            is_known
            and reported
            and not failed
            and month
            > OPENING + (12 if name in ("new_participants", "returned_participants") else 1)
        ):
            counts[name] = None  # type: ignore[assignment]
    lived_in = {
        entry_on(live.said.agent, day).village for live in people.participants(day).values()
    }
    money = [row for row in people.paid(month) if row[0].commune == code]
    is_silent = not is_known and bool(here)
    none = f"Không có đại lý thu trong tháng {day:%m/%Y}"
    return {
        "participants": stock(day),
        "participants_due": by(_commune, people.due(day).values())[code] if is_known else None,
        **{
            name: by(_commune, lives)[code] if is_known else None
            for name, lives in people.to_renew(day).items()
        },
        "participants_prev_month": stock(month_end(month - 1)) if month > OPENING + 1 else None,
        "participants_prev_year_end": stock(month_end(year_before(day))),
        "participants_same_day_last_year": stock(same_day_last_year(day)),
        "before_half": stock(month_end(before_half(day))),
        **counts,
        **{name: getattr(place, name) for name in STATED},
        "villages": len(place.villages),
        "villages_without_participants": len(set(place.villages) - lived_in) if is_known else None,
        "contributions_vnd": sum(row[1] for row in money) if reported and not failed else None,
        "state_support_vnd": sum(row[2] for row in money) if reported and not failed else None,
        "agents_expected": len(here),
        "agents_reported": len(reported),
        "agents_not_judged": len(failed),
        "is_silent": int(is_silent),
        "overrides": sum(live.commune == code for live in people.overrides(month)),
        "incomplete_reason": together(
            missing(day, len(here) - len(reported), len(here)) if here else none,
            not_judged(day, len(failed), len(here)),
            "chưa rõ số người tham gia: ba tháng liền không có báo cáo" if is_silent else None,
        ),
        "half": _given("commune", code, _half(day), day),
        "year": _given("commune", code, str(day.year), day),
    }


def several(
    communes: dict[str, Row], day: date, own: tuple[Target | None, Target | None] = (None, None)
) -> Row:
    """A district, or an officer's communes: what is known, added; what the office states, where it
    is stated of all."""
    rows = list(communes.values())
    found: Row = {name: total(row[name] for row in rows) for name in SUMMED}
    found |= {name: sum(row[name] for row in rows) for name in STATED}
    for kind, given in zip(("half", "year"), own, strict=True):
        targets = [row[kind] for row in rows]
        bases = {target.basis for target in targets if target}
        people = (
            sum(target.people for target in targets) if all(targets) and len(bases) == 1 else None
        )
        found[kind] = given or (
            Target("", "", "", bases.pop(), people, day) if people is not None else None
        )
    silent = found["agents_expected"] - found["agents_reported"]
    empty = sum(row["agents_expected"] == 0 for row in rows)
    reasons = [
        missing(day, silent, found["agents_expected"]),
        f"{empty}/{len(rows)} xã không có đại lý thu trong tháng {day:%m/%Y}" if empty else None,
        not_judged(day, found["agents_not_judged"], found["agents_expected"]),
        f"{found['is_silent']}/{len(rows)} xã chưa rõ số người tham gia: ba tháng liền không có báo cáo"
        if found["is_silent"]
        else None,
    ]
    found["incomplete_reason"] = together(*reasons)
    return found


def reckoned(row: Row, day: date) -> Row:
    """What every holder's figures come to."""
    half, year = row["half"], row["year"]
    given = half or year
    participants, then = row["participants"], row["participants_prev_year_end"]
    return {
        **row,
        "net_change": (net_change := difference(participants, row["participants_prev_month"])),
        "net_change_unexplained": unexplained(net_change, row),
        "coverage_rate": ratio(participants, row["working_age_population"]),
        "potential_participants": difference(
            row["working_age_population"] - row["compulsory_participants"], participants
        ),
        "is_complete": row["incomplete_reason"] is None,
        **_aimed(
            row,
            day,
            given,
            _half(day) if half else str(day.year),
            row["before_half"] if half else then,
        ),
        "gap_to_year_target": difference(year.people, counted(year, participants, then))
        if year
        else None,
        **_heading(row, day),
    }


def unexplained(net_change: int | None, row: Row) -> int | None:
    """The net change less the flows that are known."""
    gains = ("new_participants", "returned_participants", "moved_in_participants")
    losses = ("lapsed_participants", "left_participants", "moved_out_participants")
    known = sum(row.get(name) or 0 for name in gains) - sum(row.get(name) or 0 for name in losses)
    return None if net_change is None else net_change - known


def _aimed(row: Row, day: date, given: Target | None, period: str, before: int | None) -> Row:
    year, participants = row["year"], row["participants"]
    return {
        "target_period": period if given else None,
        "target_basis": given.basis if given else None,
        "target_participants": given.people if given else None,
        "target_rate": ratio(counted(given, participants, before), given.people) if given else None,
        "year_target_basis": year.basis if year else None,
        "year_target": year.people if year else None,
        "year_target_rate": ratio(
            counted(year, participants, row["participants_prev_year_end"]), year.people
        )
        if year
        else None,
    }


def _heading(row: Row, day: date) -> Row:
    participants, then, year = row["participants"], row["participants_prev_year_end"], row["year"]
    behind, left = elapsed(day), 12 - elapsed(day)
    pace = ratio(difference(participants, then), behind)
    goal = (
        None
        if year is None
        else year.people
        if year.basis == "stock"
        else None
        if then is None
        else then + year.people
    )
    need = (
        ratio(max(0, goal - participants), left)
        if goal is not None and participants is not None
        else None
    )
    return {
        "pace_per_month": pace,
        "needed_per_month": need,
        "needed_to_pace": need / pace
        if need is not None and pace is not None and pace > 0
        else None,
        "forecast_year_end": participants + pace * left if pace is not None else None,
    }


def work(
    people: People,
    day: date,
    credited: Any,
    agents: dict[str, Row],
    field: int | None,
    needs_agents: bool,
) -> Row:
    """An agent, system or association: `credited(agent, month)` says whether the agent's work of a
    month is theirs; `agents`: theirs on the day."""
    month, year = month_of(day), year_before(day)

    def count(lives: Any, of_month: int) -> int:
        return sum(credited(live.said.agent, of_month) for live in lives)

    def stock(on: date) -> int:
        return count(people.participants(on).values(), month_of(on))

    flows = people.flows(day)
    agents_expected = sum(row["agents_expected"] for row in agents.values())
    agents_reported = sum(row["agents_reported"] for row in agents.values())
    failed = sum(row["agents_not_judged"] for row in agents.values())
    knows_money = agents_reported > failed
    knows_flows, knows_new = (
        knows_money and month > OPENING + 1,
        knows_money and month > OPENING + 12,
    )
    ended = [
        pair
        for m in range(year + 1, month + is_end(day))
        for pair in people.renewals(m)
        if credited(pair[0].said.agent, m)
    ]
    new = sum(
        count([live for p, live in people.covered(m).items() if people.first_month(p) == m], m)
        for m in range(year + 1, month + 1)
    )
    new_this_year = new if year >= OPENING + 12 else None
    due, made = (
        (len(ended), sum(is_made for _, is_made in ended)) if year >= OPENING + 1 else (None, None)
    )
    reason = missing(day, agents_expected - agents_reported, agents_expected)
    if needs_agents and not agents_expected:
        reason = f"Không có đại lý thu trong tháng {day:%m/%Y}"
    reason = together(reason, not_judged(day, failed, agents_expected))
    interval = field is not None and new_this_year is not None and field >= new_this_year
    net_change = stock(day) - stock(month_end(month - 1)) if month > OPENING + 1 else None
    work_flows = {
        "new_participants": count(flows["new_participants"], month) if knows_new else None,
        "returned_participants": count(flows["returned_participants"], month)
        if knows_new
        else None,
        "lapsed_participants": count(flows["lapsed_participants"], month) if knows_flows else None,
        "left_participants": count(flows["left_participants"], month) if knows_flows else None,
    }
    return {
        "agents_expected": agents_expected,
        "agents_reported": agents_reported,
        "agents_on_time": sum(row["agents_on_time"] for row in agents.values()),
        "participants": stock(day),
        "participants_due": count(people.due(day).values(), month),
        **{name: count(lives, month) for name, lives in people.to_renew(day).items()},
        "participants_prev_month": stock(month_end(month - 1)) if month > OPENING + 1 else None,
        "net_change": net_change,
        "net_change_unexplained": unexplained(net_change, work_flows),
        **work_flows,
        "new_this_year": new_this_year,
        "field_people": field,
        "new_rate": ratio(new_this_year if interval else None, field),
        **_wilson("new_rate", new_this_year if interval else None, field),
        "renewals_due_this_year": due,
        "renewals_made_this_year": made,
        "renewal_rate": ratio(made, due),
        **_wilson("renewal_rate", made, due),
        "contributions_vnd": sum(
            row[1] for row in people.paid(month) if credited(row[0].said.agent, month)
        )
        if knows_money
        else None,
        "is_complete": reason is None,
        "incomplete_reason": reason,
        # of associations
        "participants_prev_year_end": stock(month_end(year)) if year >= OPENING else None,
        "before_half": stock(month_end(before_half(day))) if before_half(day) >= OPENING else None,
    }


def all_marts(
    said: list[Any],
    dates: list[date],
    known_on: date,
    places: dict[str, Place],
    associations: list[Association],
) -> dict[str, list[Row]]:
    """mart -> its rows. The last of `dates` is the reporting date; the others are month ends before
    it."""
    last = max(dates)
    people = People(said, known_on, last)
    names = ("commune", "district", "officer", "agent", "system", "association")
    kpis: dict[str, list[Row]] = {name: [] for name in names}
    for day in dates:
        communes = {code: a_commune(people, code, place, day) for code, place in places.items()}
        kpis["commune"] += [
            {"reporting_date": day, "commune_code": code} | reckoned(row, day)
            for code, row in communes.items()
        ]
        own = (
            _given("district", DISTRICT, _half(day), day),
            _given("district", DISTRICT, str(day.year), day),
        )
        kpis["district"].append(
            {"reporting_date": day, "district_code": DISTRICT}
            | reckoned(several(communes, day, own), day)
        )
        for officer in {code for code, *_ in OFFICERS}:
            theirs = {
                code: row for code, row in communes.items() if officer_of(code, day) == officer
            }
            row = reckoned(several(theirs, day), day)
            kpis["officer"].append(
                {"reporting_date": day, "officer_code": officer, "communes": len(theirs)} | row
            )
        _add_work(kpis, people, day, communes, associations)
    full = month_of(last) if is_end(last) else month_of(last) - 1
    return {
        **{f"kpi_by_{name}": rows for name, rows in kpis.items()},
        "fct_participation_by_commune_month": [
            row | {"month": row["reporting_date"].replace(day=1)}
            for row in kpis["commune"]
            if is_end(row["reporting_date"])
        ],
        "fct_cohorts": cohorts_of(people, full),
        "fct_renewals": renewals_of(people, full),
        "fct_control_totals": control_totals(kpis, dates),
        "fct_targets": targets_of(kpis, dates, known_on),
        "int_rows__resolved": people.cases(known_on),
        "int_renewals__awaited": [row for day in dates for row in due_of(people, day)],
    }


def _add_work(
    kpis: dict[str, list[Row]],
    people: People,
    day: date,
    communes: dict[str, Row],
    associations: list[Association],
) -> None:
    month, there = month_of(day), expected(day)
    seen = {
        live.said.agent
        for on in (day, month_end(month - 1))
        for live in people.participants(on).values()
    }
    agents: dict[str, Row] = {}
    for agent in sorted({*there, *seen}):
        entry, night = entry_on(agent, day), people.reported_on(agent, month)
        commune = communes[entry.commune]
        is_expected = agent in there
        field = (
            (commune["working_age_population"] - commune["compulsory_participants"])
            // commune["agents_expected"]
            if is_expected
            else None
        )
        row = {
            "agents_expected": int(is_expected),
            "agents_reported": int(is_expected and night is not None),
            "agents_not_judged": int(is_expected and bool(people.failed_on(agent, month))),
            "agents_on_time": int(is_expected and night is not None and night <= month_end(month)),
        }
        agents[agent] = row | {
            "field": field,
            "system": entry.system,
            "association": entry.association,
        }
        mine = work(
            people,
            day,
            lambda a, m, agent=agent: a == agent,
            {agent: row},
            field,
            needs_agents=False,
        )
        status = "missing" if night is None else "on_time" if night <= month_end(month) else "late"
        if night and not people.judged_on(agent, month):
            status = "not_judged"
        elif night and not people.has_rows(agent, month):
            status = "empty"
        mine |= {
            "report_status": status if is_expected else None,
            "first_reported_on": night if is_expected else None,
        }
        kpis["agent"].append(
            {"reporting_date": day, "agent_code": agent, "commune_code": entry.commune} | mine
        )
    for system in {row["system"] for row in agents.values()}:
        theirs = {agent: row for agent, row in agents.items() if row["system"] == system}
        field = total(row["field"] for row in theirs.values())
        found = work(
            people,
            day,
            lambda a, m, s=system: people.entry(a, m).system == s,
            theirs,
            field,
            needs_agents=True,
        )
        kpis["system"].append({"reporting_date": day, "system_code": system} | found)
    for association in associations:
        theirs = {
            agent: row for agent, row in agents.items() if row["association"] == association.code
        }
        place = communes[association.commune]
        field = place["working_age_population"] - place["compulsory_participants"]
        found = work(
            people,
            day,
            lambda a, m, s=association.code: people.entry(a, m).association == s,
            theirs,
            field,
            needs_agents=True,
        )
        half, year = (
            _given("association", association.code, period, day)
            for period in (_half(day), str(day.year))
        )
        found |= {"half": half, "year": year}
        found |= _aimed(
            found,
            day,
            half or year,
            _half(day) if half else str(day.year),
            found["before_half" if half else "participants_prev_year_end"],
        )
        kpis["association"].append(
            {"reporting_date": day, "association_code": association.code}
            | found
            | _heading(found, day)
        )


def _given(holder_type: str, holder: str, period: str, day: date) -> Target | None:
    """The newest decision up to the day, whatever its basis; of two on one day the stock."""
    theirs = [
        t
        for t in TARGETS
        if (t.holder_type, t.holder, t.period) == (holder_type, holder, period)
        and t.decided_on <= day
    ]
    return max(theirs, key=lambda t: (t.decided_on, t.basis), default=None)


def _wilson(name: str, successes: int | None, trials: int | None) -> Row:
    if successes is None or not trials:
        return {f"{name}_low": None, f"{name}_high": None}
    z, share = 1.959964, successes / trials
    middle, spread = (
        share + z * z / (2 * trials),
        z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)),
    )
    ends = ((middle + side * spread) / (1 + z * z / trials) for side in (-1, 1))
    return dict(
        zip((f"{name}_low", f"{name}_high"), (min(max(end, 0.0), 1.0) for end in ends), strict=True)
    )


def _half(day: date) -> str:
    return f"{day.year}-H{1 if day.month <= 6 else 2}"


def _commune(live: Live) -> str:
    return live.commune
