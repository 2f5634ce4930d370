"""Histories of a small office as rows of `raw`: payments, reductions, refunds, moves, late and
corrected sheets, silent agents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from core.clock import year_and_month
from ingestion.rules.frames import month_end


def tries(count: int) -> settings:
    """Settings for a test that makes so many histories, however long one takes."""
    return settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )


OPENING = 2017 * 12 + 5
FIRST, LAST = OPENING + 1, 2020 * 12 + 3


@dataclass(frozen=True)
class Entry:
    """An agent's line in the office's register."""

    agent: str
    commune: str
    village: str
    system: str
    association: str | None
    begins: date
    ends: date | None = None


@dataclass(frozen=True)
class Target:
    """What a holder was given; a later decision of one period, holder and basis amends the
    earlier."""

    period: str
    holder_type: str
    holder: str
    basis: str
    people: int
    decided_on: date


REGISTER = (
    Entry("DL001", "12142", "12142-01", "HT-BD", "ND-12142", date(2017, 6, 1)),
    Entry("DL002", "12142", "12142-02", "HT-ND", None, date(2017, 6, 1)),
    # moves to another commune within a month and leaves its association
    Entry("DL003", "12145", "12145-01", "HT-ND", "ND-12145", date(2017, 6, 1), date(2018, 7, 9)),
    Entry("DL003", "12148", "12148-01", "HT-ND", None, date(2018, 7, 10)),
    Entry("DL004", "12145", "12145-02", "HT-BD", "ND-12145", date(2017, 6, 1), date(2019, 3, 31)),
    Entry("DL005", "12148", "12148-02", "HT-BD", None, date(2018, 4, 16)),
)
AGENTS = sorted({entry.agent for entry in REGISTER})
COMMUNES = sorted({entry.commune for entry in REGISTER})
OFFICERS = (
    ("CB01", "12142", date(2017, 1, 1), None),
    ("CB01", "12145", date(2017, 1, 1), date(2018, 12, 31)),
    ("CB02", "12145", date(2019, 1, 1), None),
    ("CB02", "12148", date(2017, 1, 1), None),
)
TARGETS = (
    Target("2018", "commune", "12142", "stock", 6, date(2018, 1, 5)),
    Target("2018", "commune", "12142", "stock", 9, date(2018, 7, 10)),
    Target("2018", "commune", "12142", "net_new", 3, date(2018, 7, 10)),
    Target("2018-H2", "commune", "12142", "net_new", 4, date(2018, 6, 30)),
    Target("2018-Q3", "commune", "12145", "stock", 3, date(2018, 6, 1)),
    Target("2018-10", "commune", "12148", "net_new", 2, date(2018, 9, 20)),
    Target("2018", "association", "ND-12142", "stock", 4, date(2018, 1, 5)),
    Target("2019", "district", "329", "stock", 12, date(2018, 12, 28)),
    *(Target("2019", "commune", code, "net_new", 5, date(2018, 12, 28)) for code in COMMUNES),
    Target("2019-H1", "commune", "12145", "stock", 3, date(2019, 2, 1)),
    Target("2019", "association", "ND-12145", "net_new", 2, date(2018, 12, 28)),
    Target("2019-H1", "officer", "CB02", "stock", 7, date(2019, 1, 2)),
)
OFFICIAL = (
    (2018 * 12 + 3, "12142", None, 3),
    (2018 * 12 + 12, None, "329", 5),
    (2020 * 12 + 2, None, "329", 4),
)


EMPTY_REPORTS = {
    *(("DL002", month) for month in range(FIRST, LAST + 1) if month % 4 == 0),
    *(("DL005", month) for month in range(FIRST + 12, LAST + 1) if month % 3 == 0),
}
NOT_JUDGED = {
    *(("DL001", month) for month in range(FIRST, LAST + 1) if month % 9 == 2),
    *(("DL005", month) for month in range(FIRST + 12, LAST + 1) if month % 7 == 3),
}
"""(agent, month) of reports without a row, and of files that our code failed on; both received on
the 25th at 8:00."""


def extra_night(month: int) -> date:
    year, of_year = year_and_month(month)
    return date(year, of_year, 25)


@dataclass(frozen=True)
class Said:
    """One row of a sheet. `head`: month of the sheet; `first`, `months`: what it pays or ends;
    `commune`: of an address; `minute`: after the 20th."""

    agent: str
    head: int
    section: str
    person: int
    first: int
    months: int
    is_cancellation: bool = False
    minute: int = 0
    commune: str | None = None
    fate: str = "accepted"
    form: str = "d05-ts/595"
    decided: tuple[tuple[str, bool, int, int | None], ...] = ()
    """What people decided: kind, whether of the row (else of its file), nights after its own,
    nights after its own when that was undone."""
    batch: str | None = "01"
    """The number in the head, where it has one."""

    def last_decision(self, known_on: date) -> tuple[str, bool] | None:
        """What people had decided last and not undone (a withdrawal stands until it is): kind,
        whether of the row."""
        known = [
            (kind == "withdraw", after, kind, names_row)
            for kind, names_row, after, undone in self.decided
            if self.night + timedelta(days=after) <= known_on
            and not (undone is not None and self.night + timedelta(days=undone) <= known_on)
        ]
        return max(known)[2:] if known else None

    def fate_on(self, known_on: date) -> str:
        """Its fate by itself and by what people had decided and not undone."""
        last = decided[0] if (decided := self.last_decision(known_on)) else None
        if last == "withdraw":
            return "rejected"
        if self.fate == "held" and last is not None:
            return {"release": "accepted", "reject": "rejected"}[last]
        return self.fate

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.form, self.agent, self.head, self.batch, self.section, self.person, self.first)

    @property
    def content(self) -> tuple[Any, ...]:
        return (*self.key, self.months, self.is_cancellation, self.commune)

    @property
    def received_at(self) -> datetime:
        if self.form == "roster/1":
            return datetime(2017, 5, 31, 8)  # noqa: DTZ001 - the warehouse's form, naive UTC
        year, of_year = year_and_month(self.head)
        return datetime(year, of_year, 20) + timedelta(minutes=self.minute)  # noqa: DTZ001 - as above

    @property
    def received_on(self) -> date:
        """In Vietnam."""
        return (self.received_at + timedelta(hours=7)).date()

    @property
    def night(self) -> date:
        return (
            self.received_at.date()
            if self.received_at.hour < 14
            else self.received_at.date() + timedelta(days=1)
        )

    @property
    def sign(self) -> int:
        return -1 if self.section.startswith("II.") else 1

    @property
    def participant_vnd(self) -> int:
        return 154_000 * self.months

    @property
    def state_support_vnd(self) -> int:
        return 15_400 * self.months


def as_row(number: int, s: Said) -> dict[str, Any]:
    """The row as ingestion writes it, alone in its file."""
    is_roster = s.form == "roster/1"
    return {
        "row_id": f"{number:064d}:0:1", "sha256": f"{number:064d}", "form": s.form, "sheet": "D05-TS", "sheet_index": 0, "row_number": 1,
        "agent_code": s.agent, "batch_number": s.batch, "head_month": None if is_roster else s.head, "received_at": s.received_at, "night": s.night,
        "known_from": s.received_at, "section": s.section, "fate": s.fate, "amount_vnd": s.sign * 154_000 * s.months, "row_key": repr(s.key),
        "content_key": repr(s.content), "bhxh_number": f"90000000{s.person:02d}", "months": s.months, "from_month": s.first,
        "participant_vnd": None if is_roster else s.participant_vnd, "state_support_vnd": None if is_roster else s.state_support_vnd,
        "is_cancellation": s.is_cancellation, "commune_code": s.commune,
        "own_fate": "accepted" if s.fate == "held" else s.fate,
    }  # fmt: skip


def as_decisions(said: list[Said]) -> list[tuple[Any, ...]]:
    """The records of `raw.decisions`, numbered by night."""
    found: list[tuple[date, str, str, str, str | None, str | None]] = []
    for number, s in enumerate(said):
        sha256 = f"{number:064d}"
        for place, (kind, names_row, after, undone) in enumerate(s.decided):
            row_id = f"{sha256}:0:1" if names_row else None
            found.append(
                (s.night + timedelta(days=after), f"{number}-{place}", kind, sha256, row_id, None)
            )
            if undone is not None:
                found.append(
                    (
                        s.night + timedelta(days=undone),
                        f"{number}-{place}-undo",
                        "undo",
                        sha256,
                        row_id,
                        f"{number}-{place}",
                    )
                )
    return [
        (*what, night, sequence)
        for sequence, (night, *what) in enumerate(
            sorted(found, key=lambda record: record[0]), start=1
        )
    ]


DECIDED = st.lists(
    st.tuples(
        st.sampled_from(["release", "release", "reject", "withdraw"]),
        st.booleans(),
        st.integers(0, 90),
        st.none() | st.integers(91, 120),
    ),
    max_size=3,
    unique_by=lambda decision: decision[2],
).map(tuple)
ORDINARY = st.builds(
    Said,
    agent=st.sampled_from(AGENTS),
    head=st.integers(FIRST, LAST),
    section=st.sampled_from(["I.1"] * 8 + ["I.2", "II.1", "II.1", "II.2"]),
    person=st.integers(0, 9),
    first=st.integers(FIRST - 2, LAST + 2),
    months=st.sampled_from([1, 1, 3, 3, 5, 6, 12, 12, 60]),
    minute=st.sampled_from(
        [0] * 3
        + [d * 24 * 60 + 839 for d in (0, 8, 11, 25)]
        + [d * 24 * 60 + 840 for d in (0, 8, 40, 100)]
    ),
    commune=st.sampled_from([None] * 4 + COMMUNES),
    fate=st.sampled_from(["accepted"] * 9 + ["held", "held", "rejected"]),
    decided=st.just(()) | DECIDED,
    batch=st.sampled_from(["01", "02", "0", "1", None]),
)
ROSTER = st.builds(
    Said,
    agent=st.sampled_from(AGENTS[:2]),
    head=st.just(OPENING),
    section=st.just("I.1"),
    person=st.integers(0, 11),
    first=st.integers(OPENING - 12, OPENING),
    months=st.integers(13, 15),
    commune=st.sampled_from(COMMUNES),
    form=st.just("roster/1"),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    """A roster; payments that follow one another, with gaps and overlaps; all that ends, cancels,
    repeats or corrects them."""
    said = draw(st.lists(ROSTER, min_size=1, max_size=4, unique_by=lambda s: s.person))
    for person in range(12):
        month = draw(st.integers(FIRST, FIRST + 18))
        agent = draw(st.sampled_from(AGENTS))
        for number in range(draw(st.integers(0, 5))):
            if draw(st.integers(0, 4)) == 0:
                agent = draw(st.sampled_from(AGENTS))
            months = draw(st.sampled_from([1, 3, 6, 12]))
            head = min(max(month + draw(st.integers(-1, 1)), FIRST), LAST)
            said.append(
                Said(
                    agent,
                    head,
                    "I.1",
                    person,
                    month,
                    months,
                    minute=draw(st.sampled_from([0, 839, 840, 12 * 24 * 60])),
                    batch=draw(st.sampled_from([str(number)] * 4 + [None])),
                )
            )
            month += months + draw(st.sampled_from([0] * 6 + [-1, 1, 2, 7]))
    said += draw(st.lists(ORDINARY, max_size=25))
    again = []
    for _ in range(draw(st.integers(0, 12))):
        s = said[draw(st.integers(0, len(said) - 1))]
        if s.form == "roster/1":
            continue
        kind = draw(
            st.sampled_from(
                [
                    "again",
                    "paid again",
                    "other month",
                    "longer",
                    "elsewhere",
                    "cancelled",
                    "cancelled",
                    "left",
                    "money back",
                ]
            )
        )
        changed = dict(vars(s), minute=draw(st.integers(0, 60 * 24 * 60)))
        if kind in ("paid again", "cancelled"):
            changed["head"] = min(s.head + draw(st.integers(0, 2)), LAST)
        if kind in ("other month", "longer"):
            changed["decided"] = draw(st.just(()) | DECIDED)
        if kind == "other month":
            changed["first"] = s.first + draw(st.sampled_from([-1, 1, 3]))
        if kind == "longer":
            changed["months"] = draw(st.sampled_from([1, 3, 6, 12]))
        elif kind == "elsewhere":
            changed["commune"] = draw(st.sampled_from(COMMUNES))
        elif kind == "cancelled":
            changed |= {"section": "II.2", "is_cancellation": True}
        elif kind == "left":
            changed |= {"section": "II.1", "first": s.first + draw(st.integers(0, s.months))}
        elif kind == "money back":
            changed |= {"section": "II.2"}
        again.append(Said(**changed))
    for _ in range(draw(st.integers(1, 4))):
        # a payment made twice, by one agent or two, at other places: which of them its cancellation
        # takes is seen
        paid: list[Said | None] = [s for s in said if s.form != "roster/1" and s.section == "I.1"]
        if (twice := draw(st.sampled_from(paid or [None]))) is not None:
            s = twice
            elsewhere = draw(st.sampled_from([code for code in COMMUNES if code != s.commune]))
            other = replace(
                s,
                agent=draw(st.sampled_from([s.agent] * 5 + AGENTS)),
                head=min(s.head + 1, LAST),
                commune=elsewhere,
            )
            again += [
                other,
                replace(
                    s,
                    head=min(s.head + draw(st.integers(1, 3)), LAST),
                    section="II.2",
                    is_cancellation=True,
                ),
            ]
    return said + again


CROWD = st.builds(
    Said,
    agent=st.sampled_from(AGENTS[:2]),
    head=st.integers(FIRST, FIRST + 1),
    section=st.just("I.1"),
    person=st.integers(0, 3),
    first=st.integers(FIRST, FIRST + 2),
    months=st.sampled_from([1, 3]),
    minute=st.integers(0, 20 * 24 * 60),
    batch=st.sampled_from(["01", "02"]),
)
CROWD_WITHOUT_NUMBERS = st.builds(
    replace, CROWD, head=st.integers(FIRST, FIRST + 4), person=st.integers(4, 6), batch=st.none()
)


def crowds() -> st.SearchStrategy[list[Said]]:
    """Few people and months, many payments and cancellations: batches sent again; and under heads
    without a number, where no row speaks of another but a cancellation of its payment,
    cancellations that come twice, too early or of another agent."""

    def half_cancelled(rows: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
        return rows | rows.map(lambda s: replace(s, section="II.2", is_cancellation=True))

    return st.builds(
        lambda batches, payments: batches + payments,
        st.lists(half_cancelled(CROWD), min_size=30, max_size=30),
        st.lists(
            half_cancelled(CROWD_WITHOUT_NUMBERS),
            min_size=30,
            max_size=30,
            unique_by=lambda s: s.key,
        ),
    )


def days() -> st.SearchStrategy[date]:
    """A month's last day, a day within it, year ends and 29 February."""
    ends = st.integers(FIRST, LAST).map(month_end)
    return st.one_of(
        ends,
        ends.flatmap(
            lambda end: st.integers(0, end.day - 1).map(lambda before: end - timedelta(days=before))
        ),
        st.sampled_from(
            [
                date(2017, 12, 31),
                date(2018, 7, 5),
                date(2018, 7, 20),
                date(2018, 12, 31),
                date(2019, 2, 28),
                date(2020, 2, 28),
                date(2020, 2, 29),
                date(2020, 3, 31),
            ]
        ),
    )
