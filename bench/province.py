"""An invented province: its places, its people and their payments month by month, the office's
lists, the night's workbooks.

The same size makes the same bytes. Communes, districts, agents and people are invented; their codes
begin with a 9, which no real commune's does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from samples import plan
from samples.people import History, Payment, Person, Population
from samples.places import SYSTEMS, Agent, Commune, District
from samples.sheets import HANOI, Sheet, payment_row
from samples.workbooks import REFERENCE_LABELS, d05_workbook, roster_workbook

SEED = 2019
NIGHT = date(2019, 6, 30)
HEAD = plan.month(2019, 6)
"""The month that the night's workbooks report."""
RENEWED = 0.97
"""Share of those whose paid months have run out who pay again at once."""


@dataclass(frozen=True)
class Size:
    """How much there is: in the night one workbook per agent with `rows` people each; before it
    `history_rows` payments in `months` months."""

    name: str
    agents: int
    rows: int
    history_rows: int
    months: int
    communes: int
    districts: int

    @property
    def first_month(self) -> int:
        """Month index of the first monthly workbooks."""
        return HEAD - self.months

    @property
    def opening(self) -> date:
        """The day on which the office's lists and the opening roster arrive."""
        return plan.first_day(self.first_month) - timedelta(days=1)


PROVINCE = Size(
    "province", agents=1500, rows=50, history_rows=500_000, months=36, communes=150, districts=10
)
TENTH = Size("tenth", agents=150, rows=50, history_rows=40_000, months=14, communes=30, districts=3)
QUICK = Size("quick", agents=8, rows=6, history_rows=240, months=5, communes=4, districts=2)
SIZES = {size.name: size for size in (PROVINCE, TENTH, QUICK)}


@dataclass
class Province:
    """Places, the opening roster, and payments by (month of the workbook, agent's code); those of
    `HEAD` are the night's."""

    size: Size
    district: District
    roster: History = field(default_factory=History)
    payments: dict[tuple[int, str], list[Payment]] = field(default_factory=dict)


def invent_province(size: Size) -> Province:
    """People begin, renew by their method of payment, or lapse; each month has as many payments as
    its share of `history_rows`."""
    random = Random(SEED)
    district = _places(random, size)
    population = Population(random)
    province = Province(size, district)
    due: dict[str, dict[int, list[Person]]] = {
        agent.code: defaultdict(list) for agent in district.agents
    }
    """agent's code -> first month not paid -> people"""
    for agent in district.agents:
        person = population.person(agent, size.first_month)
        person.paid_until = size.first_month - 1 + person.method
        province.roster.roster.append((person, size.first_month - 1, person.paid_until))
        due[agent.code][person.paid_until].append(person)
    weights = [random.uniform(0.7, 1.3) for _ in district.agents]
    for month, of_month in enumerate(
        plan.largest_remainder(size.history_rows, [1] * size.months), start=size.first_month
    ):
        for agent, wanted in zip(
            district.agents, plan.largest_remainder(of_month, weights, at_least=1), strict=True
        ):
            province.payments[month, agent.code] = _month_of(
                random, population, due[agent.code], agent, month, wanted
            )
    for agent in district.agents:
        province.payments[HEAD, agent.code] = _month_of(
            random, population, due[agent.code], agent, HEAD, size.rows
        )
    return province


def _month_of(
    random: Random,
    population: Population,
    due: dict[int, list[Person]],
    agent: Agent,
    month: int,
    wanted: int,
) -> list[Payment]:
    renewing = [p for p in due.pop(month, ()) if random.random() < RENEWED][:wanted]
    new = [population.person(agent, month) for _ in range(wanted - len(renewing))]
    payments = []
    for person in (*renewing, *new):
        payments.append(
            Payment(
                person,
                agent,
                month,
                month,
                person.method,
                person.income,
                is_new=person.paid_until == 0,
            )
        )
        person.paid_until = month + person.method
        due[person.paid_until].append(person)
    return payments


def _places(random: Random, size: Size) -> District:
    codes = [f"9{i:04d}" for i in range(1, size.communes + 1)]
    communes = tuple(
        Commune(
            code,
            f"Xã mẫu {i}",
            people,
            people * 59 // 100,
            1.0,
            tuple((f"{code}-{n:02d}", f"Thôn {n}") for n in (1, 2, 3)),
        )
        for i, code in enumerate(codes, start=1)
        for people in (random.randrange(4_000, 9_000),)
    )
    agents = tuple(
        Agent(
            code=f"DL{i + 1:04d}",
            name=f"Đại lý thu {communes[i % size.communes].name} {i // size.communes + 1}",
            system_code=random.choice(sorted(SYSTEMS)),
            commune=i % size.communes,
            point=f"Nhà văn hóa {communes[i % size.communes].name}",
            village_code=random.choice(communes[i % size.communes].villages)[0],
            association_code=None,
            first_month=size.first_month,
        )
        for i in range(size.agents)
    )
    return District(communes, agents)


def district_of(size: Size, commune: int) -> str:
    """Code of the district of the nth commune."""
    return f"9{commune % size.districts + 1:02d}"


def commune_seed_lines(province: Province) -> list[str]:
    """Lines for `communes.csv` of the dbt project, without the header."""
    size = province.size
    return [
        f"{c.code},2004-07-08,,{c.name},xã,{district_of(size, i)},Huyện mẫu {district_of(size, i)},99,,không có thật,S"
        for i, c in enumerate(province.district.communes)
    ]


def write_opening(province: Province, inbox: Path) -> None:
    """The office's lists and the opening roster, as they arrive before the first month."""
    at = datetime.combine(province.size.opening, datetime.min.time(), HANOI)
    inbox = inbox / "office"
    inbox.mkdir(parents=True, exist_ok=True)
    _reference_workbook(province, inbox / "reference.xlsx")
    _side_file(inbox / "reference.xlsx", at + timedelta(hours=9), None)
    (inbox / "danh-sach-dau-ky.xlsx").write_bytes(
        roster_workbook(province.roster, province.district)
    )
    _side_file(inbox / "danh-sach-dau-ky.xlsx", at + timedelta(hours=15), None)


def write_night(province: Province, inbox: Path) -> None:
    """One D05-TS of `HEAD` per agent, all received on the day of `NIGHT`; a few amounts and months
    typed as text or dates, as agents do."""
    random = Random(SEED + 1)
    inbox.mkdir(parents=True, exist_ok=True)
    for agent in province.district.agents:
        path = inbox / f"D05-TS_{agent.code}_06-2019.xlsx"
        received = datetime(2019, 6, 30, 8, tzinfo=HANOI) + timedelta(
            seconds=random.randrange(12 * 3600)
        )
        path.write_bytes(workbook_of(province, HEAD, agent, received, random))
        _side_file(path, received, agent.code)


def workbook_of(
    province: Province, head: int, agent: Agent, received_at: datetime, random: Random
) -> bytes:
    """The agent's D05-TS of one month, by the sample's own writer."""
    rows = [payment_row(random, payment) for payment in province.payments[head, agent.code]]
    return d05_workbook(Sheet(agent, head, received_at, rows), province.district, random)


def _side_file(path: Path, received_at: datetime, agent_code: str | None) -> None:
    said = {"received_at": received_at.isoformat(), "agent_code": agent_code, "channel": "folder"}
    path.with_name(path.name + ".json").write_text(json.dumps(said) + "\n", encoding="utf-8")


def _reference_workbook(province: Province, path: Path) -> None:
    communes, size = province.district.communes, province.size
    since = plan.first_day(size.first_month).isoformat()
    before, source = size.opening.isoformat(), "Số liệu không có thật"
    districts = sorted({district_of(size, i) for i in range(len(communes))})
    planned = dict.fromkeys(districts, 0)
    for i, c in enumerate(communes):
        planned[district_of(size, i)] += c.population // 40
    holders = [("commune", c.code, c.population // 40) for c in communes] + [
        ("district", d, people) for d, people in planned.items()
    ]
    sheets: dict[str, list[list[str | int | None]]] = {
        "dai_ly": [
            [
                a.code,
                a.name,
                a.system_code,
                a.point,
                communes[a.commune].code,
                a.village_code,
                a.association_code,
                since,
                None,
            ]
            for a in province.district.agents
        ],
        "he_thong": [[code, name] for code, name in SYSTEMS.items()],
        "can_bo": [
            [f"CB{i:03d}", f"Cán bộ thu {c.name}", c.code, before, None]
            for i, c in enumerate(communes, start=1)
        ],
        "to_chuc": [],
        "chi_tieu": [
            [period, kind, code, "stock", people, before, source]
            for period in ("2019-H1", "2019")
            for kind, code, people in holders
        ],
        "dan_so": [
            [c.code, before, c.population, c.working_age, c.working_age // 9, source]
            for c in communes
        ],
        "thon": [[code, c.code, name, before, None] for c in communes for code, name in c.villages],
        "so_chinh_thuc": [],
    }
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime.fromisoformat("2016-05-31")})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(
                [list(REFERENCE_LABELS[name]), list(REFERENCE_LABELS[name].values()), *rows]
            ):
                page.write_row(number, 0, row)
