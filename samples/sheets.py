"""The months' D05-TS sheets, and what is wrong with some of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any

from samples import plan
from samples.people import History, Leaving, Payment, Population
from samples.places import Agent, District

HANOI = timezone(timedelta(hours=7))
_FILE_NAMES = (
    "D05-TS_{agent}_{month:02d}-{year}",
    "D05-TS_{agent}_T{month}.{year}",
    "D05-TS_{year}{month:02d}_{agent}",
    "D05-TS_{agent} tháng {month} năm {year}",
)


@dataclass(frozen=True)
class Row:
    """One printed row: what stands in the columns B to J, as it is typed."""

    name: str
    number: str | None
    income: int | str | None = None
    months: int | None = None
    first: str | date | None = None
    total: int | str | None = None
    participant: int | str | None = None
    support: int | str | None = None
    note: str | None = None

    def cells(self) -> tuple[Any, ...]:
        return (
            self.name,
            self.number,
            self.income,
            self.months,
            self.first,
            self.total,
            self.participant,
            self.support,
            self.note,
        )


@dataclass
class Sheet:
    """One agent's sheet of one month: rows of I.1 and of II.1, and when it arrives."""

    agent: Agent
    head: int
    received_at: datetime
    more: list[Row] = field(default_factory=list)
    fewer: list[Row] = field(default_factory=list)
    is_damaged: bool = False
    is_late: bool = False
    is_correction: bool = False
    comes_again_at: datetime | None = None

    @property
    def file_stem(self) -> str:
        """The file's name without its ending, in the way this agent always writes it."""
        year, of_year = divmod(self.head - 1, 12)
        habit = _FILE_NAMES[(int(self.agent.code[-3:]) - 1) % len(_FILE_NAMES)]
        return habit.format(agent=self.agent.code, month=of_year + 1, year=year) + (
            "_sua" if self.is_correction else ""
        )


def monthly_sheets(
    random: Random,
    district: District,
    history: History,
    population: Population,
    silent: Agent,
    damaged: Agent,
) -> list[Sheet]:
    """Every sheet in the order of arrival: each agent's of each month, the wrong rows, the
    correction, and the two late ones."""
    sheets = {
        (a.code, m): Sheet(a, m, _arrival(random, m))
        for m in range(plan.FIRST, plan.LAST + 1)
        for a in district.agents
        if a.first_month <= m
    }
    by_sheet: dict[tuple[str, int], list[Payment | Leaving]] = defaultdict(list)
    happened: list[Payment | Leaving] = [*history.payments, *history.leavings]
    for event in happened:
        by_sheet[event.agent.code, event.head].append(event)
    for key, events in by_sheet.items():
        for event in events:
            if isinstance(event, Payment):
                sheets[key].more.append(payment_row(random, event))
            else:
                sheets[key].fewer.append(_leaving_row(random, event))
    _make_rows_wrong(random, sheets, population)
    correction = _correct_one(random, sheets, by_sheet)
    again = next(
        s
        for key, s in sheets.items()
        if s.head == plan.month(2019, 4) and len(s.more) + len(s.fewer) == len(by_sheet[key]) > 2
    )
    again.comes_again_at = again.received_at + timedelta(hours=26)
    late = [
        Sheet(agent, plan.LAST, at, [payment_row(random, p) for p in payments], is_late=True)
        for agent, payments, at in zip(
            (silent, damaged),
            history.late,
            (
                datetime(2019, 7, 5, 9, 12, tzinfo=HANOI),
                datetime(2019, 7, 12, 16, 40, tzinfo=HANOI),
            ),
            strict=True,
        )
    ]
    broken = sheets[damaged.code, plan.LAST]
    broken.is_damaged, broken.more = True, late[1].more
    del sheets[silent.code, plan.LAST]
    return sorted(
        [*sheets.values(), correction, *late], key=lambda s: (s.received_at, s.agent.code)
    )


def payment_row(random: Random, payment: Payment) -> Row:
    """The row as an agent types it: months mostly 06/2019, now and then 6/2019 or a real date; some
    amounts as text with dots."""
    person = payment.person
    said = "Tăng_mới" if payment.is_new else "Đóng_tiếp"
    note = f"P.Thức {said}" + (
        f", Ngày sinh {person.birth_date:%d/%m/%Y}" if payment.is_new else ""
    )
    first: str | date = plan.label(payment.first)
    total: int | str = payment.total
    if random.random() < 0.02:
        total = f"{payment.total:,}".replace(",", ".")
    typed = random.random()
    if typed < 0.06:
        first = plan.label(payment.first).lstrip("0")
    elif typed < 0.10:
        first = plan.first_day(payment.first)
    return Row(
        person.name,
        person.number,
        payment.income,
        payment.months,
        first,
        total,
        payment.total - payment.support,
        payment.support,
        note,
    )


def _leaving_row(random: Random, leaving: Leaving) -> Row:
    reason = random.choice(
        ("Chuyển sang BHXH bắt buộc", "Chuyển đi nơi khác", "Dừng đóng theo đơn")
    )
    return Row(
        leaving.person.name, leaving.person.number, first=plan.label(leaving.head), note=reason
    )


def _arrival(random: Random, index: int) -> datetime:
    """Some day from the 20th to the 27th, in working hours or late in the evening."""
    year, of_year = divmod(index - 1, 12)
    hour = random.choice((8, 9, 10, 11, 14, 15, 16, 17, 19, 22))
    return datetime(
        year,
        of_year + 1,
        random.randint(20, 27),
        hour,
        random.randrange(60),
        random.randrange(60),
        tzinfo=HANOI,
    )


def _make_rows_wrong(
    random: Random, sheets: dict[tuple[str, int], Sheet], population: Population
) -> None:
    """Rows of people who are in no other sheet, each in a sheet of its own: nine that do not count,
    and two payments cancelled a month later."""
    taken: list[Sheet] = []

    def some_sheet(year: int, of_year: int) -> Sheet:
        of_month = [
            s
            for s in sheets.values()
            if s.head == plan.month(year, of_year) and s.more and not any(s is t for t in taken)
        ]
        taken.append(random.choice([s for s in of_month if len(s.more) >= 3] or of_month))
        return taken[-1]

    def sound(sheet: Sheet) -> Row:
        person = population.person(sheet.agent)
        return payment_row(
            random, Payment(person, sheet.agent, sheet.head, sheet.head, 12, person.income, True)
        )

    def add(year: int, of_year: int, **wrong: Any) -> None:
        sheet = some_sheet(year, of_year)
        sheet.more.append(replace(sound(sheet), **wrong))

    add(2018, 3, number=None)
    add(2019, 5, number=None)
    add(2018, 9, number="330000123")
    add(2019, 2, number="33OO112233")
    add(2019, 3, total=1_500_001)
    add(2019, 6, participant="abc")
    add(2019, 5, first="tháng sau")
    sheet = some_sheet(2019, 4)
    twice = sound(sheet)
    sheet.more += [twice, replace(twice, months=6)]
    # paid for a year, taken back: it would be counted at the year's end and in June
    for year, of_year in (
        (2018, 5),
        (2019, 2),
    ):
        sheet = some_sheet(year, of_year)
        taken_back = replace(sound(sheet), first=plan.label(sheet.head))
        sheet.more.append(taken_back)
        sheets[sheet.agent.code, sheet.head + 1].fewer.append(
            replace(taken_back, note="Đã hủy biên lai")
        )


def _correct_one(
    random: Random,
    sheets: dict[tuple[str, int], Sheet],
    by_sheet: dict[tuple[str, int], list[Payment | Leaving]],
) -> Sheet:
    """A sheet of 03/2019 left one new payer out and got one income wrong; in April the agent sends
    it again, right."""
    busy = [
        key
        for key, events in sorted(by_sheet.items())
        if key[1] == plan.month(2019, 3) and len(sheets[key].more) == len(events) >= 2
    ]
    key = random.choice(
        [
            k
            for k in busy
            if any(isinstance(e, Payment) and e.is_new for e in by_sheet[k]) and not sheets[k].fewer
        ]
    )
    first = sheets[key]
    payments = [event for event in by_sheet[key] if isinstance(event, Payment)]
    forgotten = next(i for i, p in enumerate(payments) if p.is_new)
    mistaken = next(i for i in range(len(payments)) if i != forgotten)
    right = list(first.more)
    wrong = replace(payments[mistaken], income=payments[mistaken].income + 50_000)
    first.more = [
        payment_row(random, wrong) if i == mistaken else row
        for i, row in enumerate(right)
        if i != forgotten
    ]
    return Sheet(
        first.agent, first.head, first.received_at + timedelta(days=14), right, is_correction=True
    )
