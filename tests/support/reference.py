"""docs/definitions.md in plain Python over sets of (person, month), written for the tests alone:
slow, and meant to be read beside the definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from ingestion.rules.frames import month_end
from tests.support.histories import (
    EMPTY_REPORTS,
    NOT_JUDGED,
    OFFICERS,
    OPENING,
    REGISTER,
    Entry,
    Said,
    extra_night,
)

METHODS = {1: ("monthly", 1), 3: ("three_monthly", 3), 6: ("six_monthly", 4), 12: ("yearly", 7)}
"""Months paid -> (method, months within which it is in term): Nghị định 134/2015, Điều 12."""


def month_of(day: date) -> int:
    return day.year * 12 + day.month


def is_end(day: date) -> bool:
    return day == month_end(month_of(day))


def elapsed(day: date) -> int:
    return day.month if is_end(day) else day.month - 1


def year_before(day: date) -> int:
    return (day.year - 1) * 12 + 12


def before_half(day: date) -> int:
    return day.year * 12 + (0 if day.month <= 6 else 6)


def same_day_last_year(day: date) -> date:
    return (
        month_end(month_of(day) - 12)
        if is_end(day)
        else day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)
    )


def entry_on(agent: str, day: date) -> Entry:
    """Which line of the register speaks for a day: the latest that had begun, else the first."""
    lines = sorted((e for e in REGISTER if e.agent == agent), key=lambda e: e.begins)
    return [e for e in lines if e.begins <= day][-1] if lines[0].begins <= day else lines[0]


def expected(day: date) -> dict[str, Entry]:
    """agent -> the line that speaks for the day, of those with a line at any time of the month up
    to the day."""
    first = day.replace(day=1)
    agents = {e.agent for e in REGISTER if e.begins <= day and (e.ends is None or e.ends >= first)}
    return {agent: entry_on(agent, day) for agent in agents}


def officer_of(commune: str, day: date) -> str | None:
    return next(
        (
            code
            for code, c, begins, ends in OFFICERS
            if c == commune and begins <= day and (ends is None or ends >= day)
        ),
        None,
    )


@dataclass(frozen=True)
class Live:
    """A row in force: what was said, its number, and the first month that it no longer gives."""

    number: int
    said: Said
    until: int
    entry: Entry
    """The agent's line of the register that speaks for the sheet's month."""

    @property
    def commune(self) -> str:
        """That of the address, else of the agent's collection point."""
        return self.said.commune or self.entry.commune


class People:
    """Who was covered when, as known on a day."""

    def __init__(self, said: list[Said], known_on: date, last: date) -> None:
        """`last`: the last reporting date."""
        self.last, self.known_on = last, known_on
        self.known = [
            (number, replace(s, fate=s.fate_on(known_on)))
            for number, s in enumerate(said)
            if s.night <= known_on
        ]
        self.released = {
            number
            for number, s in self.known
            if s.fate == "accepted" and said[number].fate == "held"
        }
        self.restated: dict[int, str] = {}
        """Rows of a batch sent again that wait or were refused for their other months: number ->
        fate."""
        newest: dict[tuple[Any, ...], tuple[int, Said]] = {}
        first_of: dict[tuple[Any, ...], tuple[int, Said]] = {}
        for number, s in sorted(
            (pair for pair in self.known if pair[1].fate == "accepted"),
            key=lambda pair: (pair[1].received_at, pair[0]),
        ):
            key = s.key
            # a batch sent again: other months of a person wait, until the row itself is released in
            # place of the first; without a number in its head a sheet restates no batch
            _, first = first_of.setdefault(s.key[:-1], (number, s))
            if (
                s.batch is not None
                and (first.first, first.months) != (s.first, s.months)
                and not s.is_cancellation
            ):
                if s.last_decision(known_on) != ("release", True):
                    self.restated[number] = (
                        "rejected"
                        if (s.last_decision(known_on) or ("",))[0] == "reject"
                        else "held"
                    )
                    continue
                self.released.add(number)
                key = first.key
            if key not in newest or newest[key][1].content != s.content:
                newest[key] = (number, s)
        self.standing = list(newest.values())
        self.ends = {
            (s.person, s.first)
            for _, s in self.standing
            if s.section == "II.1" and not s.is_cancellation
        }
        cancelled = self._cancelled()
        self.payments = [
            self._live(
                number,
                s,
                min(
                    [month for person, month in self.ends if person == s.person and month > s.first]
                    + [s.first + s.months]
                ),
            )
            for number, s in self.standing
            if s.section == "I.1" and number not in cancelled
        ]

    def _cancelled(self) -> set[int]:
        """Payments that a cancellation took: each the latest of its own kind and agent received
        before it that no other had taken."""
        taken: set[int] = set()
        before: list[tuple[int, Said]] = []
        for number, s in sorted(self.standing, key=lambda pair: (pair[1].received_at, pair[0])):
            if s.section == "I.1":
                before.append((number, s))
            elif s.is_cancellation:
                kind = (s.agent, s.person, s.first, s.months)
                taken |= set(
                    [
                        n
                        for n, p in before
                        if n not in taken and (p.agent, p.person, p.first, p.months) == kind
                    ][-1:]
                )
        return taken

    def _live(self, number: int, said: Said, until: int = 0) -> Live:
        return Live(number, said, until, self.entry(said.agent, said.head))

    def entry(self, agent: str, month: int) -> Entry:
        """Which line of the register speaks for a month: that of its last day; of the last
        reporting date while that lies in the month."""
        return entry_on(agent, self.register_day(month))

    def register_day(self, month: int) -> date:
        return self.last if month == month_of(self.last) else month_end(month)

    def cases(self, known_on: date) -> list[dict[str, Any]]:
        """Rows held or rejected, and what closed each: a person, or the first later file of the
        agent with an accepted row of the same person and from-month, or of the same person in the
        same batch."""
        fates = [(number, s, self.restated.get(number, s.fate)) for number, s in self.known]
        found = []
        for number, s, fate in fates:
            if fate not in ("held", "rejected"):
                continue
            decided = s.last_decision(known_on)
            is_decided = decided is not None and decided[0] in ("reject", "withdraw")
            later = [
                (other.received_at, n)
                for n, other, of_other in fates
                if of_other == "accepted"
                and (other.received_at, n) > (s.received_at, number)
                and (other.agent, other.person) == (s.agent, s.person)
                and (
                    other.first == s.first
                    or (
                        (other.batch, other.head) == (s.batch, s.head)
                        and s.batch is not None
                        and "roster/1" not in (s.form, other.form)
                    )
                )
            ]
            found.append(
                {
                    "row_id": f"{number:064d}:0:1",
                    "sha256": f"{number:064d}",
                    "amount_vnd": s.sign * 154_000 * s.months,
                    "is_decided": is_decided,
                    "resolved_by": f"{min(later)[1]:064d}" if later else None,
                    "is_open": not is_decided and not later,
                }
            )
        return found

    @cached_property
    def cover(self) -> dict[tuple[int, int], Live]:
        """(person, month) -> the payment that stands for it: latest from-month, then night, then
        (sha256, row)."""
        options: dict[tuple[int, int], list[Live]] = {}
        for live in self.payments:
            for month in range(live.said.first, live.until):
                options.setdefault((live.said.person, month), []).append(live)
        return {
            key: max(lives, key=lambda live: (live.said.first, live.said.night, live.number))
            for key, lives in options.items()
        }

    @cached_property
    def by_month(self) -> dict[int, dict[int, Live]]:
        """month -> person -> the payment that stands for it."""
        found: dict[int, dict[int, Live]] = {}
        for (person, month), live in self.cover.items():
            found.setdefault(month, {})[person] = live
        return found

    @cached_property
    def first_months(self) -> dict[int, int]:
        """person -> their first month of cover."""
        found: dict[int, int] = {}
        for person, month in self.cover:
            found[person] = min(month, found.get(person, month))
        return found

    def covered(self, month: int) -> dict[int, Live]:
        return self.by_month.get(month, {})

    def first_month(self, person: int) -> int:
        return self.first_months[person]

    def stopped(self, month: int, has_left: bool) -> dict[int, Live]:
        """Covered the month before, not in this one: reported as left, or not. With the payment of
        the month before."""
        here = self.covered(month)
        return {
            p: live
            for p, live in self.covered(month - 1).items()
            if p not in here and ((p, month) in self.ends) == has_left
        }

    def due(self, day: date) -> dict[int, Live]:
        return {} if is_end(day) else self.stopped(month_of(day), has_left=False)

    def participants(self, day: date) -> dict[int, Live]:
        return self.covered(month_of(day)) | self.due(day)

    def flows(self, day: date) -> dict[str, list[Live]]:
        """Each flow of the month with the payment that says whose it is; moves apart."""
        month = month_of(day)
        here, before = self.covered(month), self.covered(month - 1)
        lapsed = self.stopped(month, has_left=False) if is_end(day) else {}
        return {
            "new_participants": [live for p, live in here.items() if self.first_month(p) == month],
            "continuing_participants": [live for p, live in here.items() if p in before],
            "returned_participants": [
                live for p, live in here.items() if p not in before and self.first_month(p) < month
            ],
            "lapsed_participants": list(lapsed.values()),
            "lapsed_within_term": [
                live for live in lapsed.values() if METHODS.get(live.said.months, ("", 0))[1] > 1
            ],
            "left_participants": list(self.stopped(month, has_left=True).values()),
        }

    def moves(self, month: int) -> list[tuple[Live, Live]]:
        """(payment of the month before, payment of the month) of who is in another commune than the
        month before."""
        here, before = self.covered(month), self.covered(month - 1)
        return [
            (before[p], live)
            for p, live in here.items()
            if p in before and before[p].commune != live.commune
        ]

    def renewals(self, month: int) -> list[tuple[Live, bool]]:
        """Of who was covered the month before and for whom no payment begun before gives this
        month: the payment of the month before, and whether the month is covered; without those who
        left."""
        goes_on = {
            live.said.person for live in self.payments if live.said.first < month < live.until
        }
        return [
            (live, (person, month) in self.cover)
            for person, live in self.covered(month - 1).items()
            if person not in goes_on
            and ((person, month) in self.cover or (person, month) not in self.ends)
        ]

    def judged_on(self, agent: str, month: int) -> list[date]:
        """The nights of the agent's reports of the month that could be judged."""
        return [
            *(
                s.night
                for _, s in self.known
                if s.agent == agent
                and s.head == month
                and s.form != "roster/1"
                and s.fate == "accepted"
            ),
            *(
                night
                for night in [extra_night(month)]
                if (agent, month) in EMPTY_REPORTS and night <= self.known_on
            ),
        ]

    def failed_on(self, agent: str, month: int) -> list[date]:
        """The nights of the agent's files of the month that our code failed on."""
        return [
            night
            for night in [extra_night(month)]
            if (agent, month) in NOT_JUDGED and night <= self.known_on
        ]

    def reported_on(self, agent: str, month: int) -> date | None:
        """The night of the agent's first report of the month; None: silent. What our code failed on
        has been sent."""
        return min(self.judged_on(agent, month) + self.failed_on(agent, month), default=None)

    def has_rows(self, agent: str, month: int) -> bool:
        """Whether any of the agent's reports of the month is more than empty."""
        return any(
            s.agent == agent and s.head == month and s.form != "roster/1" and s.fate == "accepted"
            for _, s in self.known
        )

    def known_in(self, commune: str, day: date) -> bool:
        """From the opening roster's month end on; after it, once an agent was registered for the
        commune, and where one of its agents reported for the month or one of the two before it."""
        begins = min((e.begins for e in REGISTER if e.commune == commune), default=date.max)
        return day == month_end(OPENING) or (
            day >= month_end(OPENING)
            and day >= begins
            and any(
                entry.commune == commune and self.judged_on(agent, month)
                for month in range(month_of(day) - 2, month_of(day) + 1)
                for agent, entry in expected(self.register_day(month)).items()
            )
        )

    def to_renew(self, day: date) -> dict[str, list[Live]]:
        """Who must renew soon, or should have, with the payment of the last month covered; without
        those who left."""
        month = month_of(day)
        found: dict[str, list[Live]] = {
            "due_next_month": [],
            "due_in_30_days": [],
            "due_in_60_days": [],
            "overdue": [],
        }
        for person in {p for p, _ in self.cover}:
            is_covered = (person, month) in self.cover
            last = (
                month
                if is_covered
                else max(
                    (m for m in range(month - 3, month) if (person, m) in self.cover), default=None
                )
            )
            if last is None:
                continue
            while is_covered and (person, last + 1) in self.cover:
                last += 1
            if any(p == person and last < m <= max(month, last + 1) for p, m in self.ends):
                continue
            live = self.cover[person, last]
            if not is_covered:
                found["overdue"].append(live)
                continue
            if last == month:
                found["due_next_month"].append(live)
            for days in (30, 60):
                if month_end(last) <= day + timedelta(days=days):
                    found[f"due_in_{days}_days"].append(live)
        return found

    def overrides(self, month: int) -> list[Live]:
        """Rows that people released, in force, of the month's sheets or paying for the month."""
        return [
            self._live(number, s)
            for number, s in self.standing
            if number in self.released
            and (s.head == month or (s.section == "I.1" and s.first <= month < s.first + s.months))
        ]

    def paid(self, month: int) -> list[tuple[Live, int, int]]:
        """(row, by participants, by the state in đồng) of the month's sheets, money given back
        being negative."""
        return [
            (self._live(number, s), s.sign * s.participant_vnd, s.sign * s.state_support_vnd)
            for number, s in self.standing
            if s.head == month and s.form != "roster/1"
        ]


def by(what: Callable[[Live], str], lives: Iterable[Live]) -> Counter[str]:
    return Counter(what(live) for live in lives)


def missing(day: date, silent: int, agents: int) -> str | None:
    return f"Chưa có báo cáo tháng {day:%m/%Y} của {silent}/{agents} đại lý" if silent else None


def not_judged(day: date, failed: int, agents: int) -> str | None:
    words = f"Hệ thống chưa xét được hồ sơ tháng {day:%m/%Y} của {failed}/{agents} đại lý (lỗi của hệ thống, đại lý đã gửi)"
    return words if failed else None


def together(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None


def total(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None when nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def difference(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b


def ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or not b else a / b
