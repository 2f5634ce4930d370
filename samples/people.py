"""Invented people and their payments, month by month, so that each commune comes to its planned
number of people covered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from samples import plan
from samples.places import Agent, District

_SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đào",
    "Đoàn",
    "Trịnh",
    "Mai",
    "Tạ",
]
_MIDDLES = [
    "Văn",
    "Thị",
    "Đức",
    "Ngọc",
    "Minh",
    "Thanh",
    "Hữu",
    "Quang",
    "Thu",
    "Hồng",
    "Xuân",
    "Kim",
    "Bích",
    "Đình",
]
_GIVENS = [
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Duyên",
    "Giang",
    "Hà",
    "Hạnh",
    "Hiền",
    "Hòa",
    "Huệ",
    "Hưng",
    "Khánh",
    "Lan",
    "Liên",
    "Loan",
    "Lý",
    "Mơ",
    "Nam",
    "Nga",
    "Oanh",
    "Phúc",
    "Quý",
    "Sơn",
    "Tâm",
    "Thắm",
    "Thảo",
    "Thủy",
    "Toàn",
    "Tuyết",
    "Uyên",
    "Vinh",
    "Yến",
]
_METHODS = {1: 0.12, 3: 0.28, 6: 0.35, 12: 0.25}
_METHODS_OF_2019 = {1: 0.55, 3: 0.25, 6: 0.12, 12: 0.08}
"""Those who join in the campaign of 2019 pay mostly month by month."""
SUPPORT = {"khac": 0.10, "can_ngheo": 0.25, "ngheo": 0.30}
"""Share of the contribution on the rural poverty line that the state pays from 01/2018 on, by
group."""
_POVERTY_LINE = 700_000
_RATE_PERCENT = 22
_SUPPORT_FROM = plan.month(2018, 1)


@dataclass
class Person:
    number: str
    name: str
    birth_date: date
    group: str
    method: int
    income: int
    agent: Agent
    paid_until: int = 0
    """First month not paid."""


@dataclass(frozen=True)
class Payment:
    """One I.1 row to be: `head` is the month of the sheet that reports it."""

    person: Person
    agent: Agent
    head: int
    first: int
    months: int
    income: int
    is_new: bool

    @property
    def total(self) -> int:
        return self.income * _RATE_PERCENT // 100 * self.months

    @property
    def support(self) -> int:
        if self.head < _SUPPORT_FROM:
            return 0
        return (
            round(_POVERTY_LINE * _RATE_PERCENT // 100 * SUPPORT[self.person.group]) * self.months
        )


@dataclass(frozen=True)
class Leaving:
    """One II.1 row to be: the person is out from the month of the sheet on."""

    person: Person
    agent: Agent
    head: int


@dataclass
class History:
    """Everything that happens: the opening roster, payments and leavings. `late`: payments of the
    two sheets that come after the last night."""

    roster: list[tuple[Person, int, int]] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    leavings: list[Leaving] = field(default_factory=list)
    late: list[list[Payment]] = field(default_factory=list)


class Population:
    """Invents people with numbers that are never given twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given = 0

    def person(self, agent: Agent, joins: int = plan.OPENING) -> Person:
        """Someone of this agent's; `joins` is the month in which they begin, on which their method
        of payment depends."""
        r = self._random
        methods = _METHODS_OF_2019 if joins > plan.month(2018, 12) else _METHODS
        self._given += 1
        return Person(
            number=f"33{10_000_000 + self._given * 37:08d}",
            name=f"{r.choice(_SURNAMES)} {r.choice(_MIDDLES)} {r.choice(_GIVENS)}",
            birth_date=date(1962, 1, 1) + timedelta(days=r.randrange(13_000)),
            group=r.choices(list(SUPPORT), [0.86, 0.08, 0.06])[0],
            method=r.choices(list(methods), list(methods.values()))[0],
            income=_POVERTY_LINE + 50_000 * r.choice((0, 0, 0, 1, 2, 3, 6, 8, 16)),
            agent=agent,
        )


def invent_history(
    random: Random, district: District, population: Population, absent: tuple[Agent, ...]
) -> History:
    """People who begin, renew, lapse, return and leave. The agents in `absent` report nothing in
    the last month by its end."""
    history = History()
    known: dict[int, list[Person]] = defaultdict(list)
    for commune, people in enumerate(_planned(district, plan.OPENING)):
        for _ in range(people):
            person = population.person(random.choice(district.agents_of(commune, plan.FIRST)))
            first = plan.OPENING - random.randrange(person.method)
            person.paid_until = first + person.method
            history.roster.append((person, first, person.paid_until))
            known[commune].append(person)
    for index in range(plan.FIRST, plan.LAST + 1):
        for commune, wanted in enumerate(_planned(district, index)):
            silent = absent if index == plan.LAST else ()
            _live_through(
                random,
                history,
                known[commune],
                district.agents_of(commune, index),
                index,
                wanted,
                population,
                silent,
            )
    for agent, count in zip(absent, plan.LATE_PEOPLE, strict=True):
        lapsed = [
            p for p in known[agent.commune] if p.agent is agent and p.paid_until == plan.LAST
        ][: count - 1]
        late = lapsed + [population.person(agent, plan.LAST) for _ in range(count - len(lapsed))]
        history.late.append(
            [
                Payment(p, agent, plan.LAST, plan.LAST, p.method, p.income, p.paid_until == 0)
                for p in late
            ]
        )
    return history


def _planned(district: District, index: int) -> list[int]:
    """People covered per commune: even at first, drawn to each commune's own coverage in the last
    half-year."""
    drawn = min(1.0, max(0.0, (index - plan.month(2018, 12)) / 6))
    weights = [
        c.working_age * ((1 - drawn) * (0.7 + 0.3 * c.coverage) + drawn * c.coverage)
        for c in district.communes
    ]
    return plan.largest_remainder(plan.covered_people(index), weights, at_least=1)


def _live_through(
    random: Random,
    history: History,
    known: list[Person],
    agents: list[Agent],
    index: int,
    wanted: int,
    population: Population,
    silent: tuple[Agent, ...],
) -> None:
    """One month of one commune; afterwards exactly `wanted` people are covered."""
    at_work = [a for a in agents if a not in silent]
    paid = [p for p in known if p.paid_until > index]
    for person in list(paid):  # some leave, or as many as must
        must = len(paid) > wanted
        if (
            (must or random.random() < 0.006)
            and person.agent in at_work
            and person.paid_until - person.method < index
        ):
            history.leavings.append(Leaving(person, person.agent, index))
            person.paid_until = -1
            paid.remove(person)
    ending = [p for p in known if p.paid_until == index and p.agent in at_work]
    random.shuffle(ending)
    lapsed = [p for p in known if 0 < p.paid_until < index - 1 and p.agent in at_work]
    missing = wanted - len(paid)
    assert missing >= 0, "nobody could leave"
    renewing = [p for p in ending if random.random() < 0.88][:missing]
    returning = [p for p in lapsed if random.random() < 0.12][: missing - len(renewing)]
    new = [
        population.person(random.choice(at_work), index)
        for _ in range(missing - len(renewing) - len(returning))
    ]
    known.extend(new)
    for person in (*renewing, *returning, *new):
        early = (
            person in renewing
            and person.agent.first_month < index
            and plan.FIRST < index < plan.LAST
            and random.random() < 0.2
        )
        income = person.income + (50_000 if random.random() < 0.05 else 0)
        history.payments.append(
            Payment(
                person,
                person.agent,
                index - 1 if early else index,
                index,
                person.method,
                income,
                person in new,
            )
        )
        person.paid_until = index + person.method
