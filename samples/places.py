"""Communes, villages, agents and the office's lists of the invented district. Commune codes and
names are the real ones; all else is invented."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from samples import plan

_COMMUNES = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds" / "communes.csv"
SYSTEMS = {
    "HT-BD": "Hệ thống Bưu điện",
    "HT-ND": "Hệ thống Hội Nông dân",
    "HT-PN": "Hệ thống Hội Phụ nữ",
    "HT-UB": "Hệ thống UBND xã",
}
ASSOCIATIONS = {"ND": "Hội Nông dân", "PN": "Hội Phụ nữ"}
VILLAGES = 138
_POINTS = ("Nhà văn hóa", "Trụ sở UBND", "Điểm bưu điện văn hóa", "Trạm y tế", "Nhà văn hóa thôn")


@dataclass(frozen=True)
class Commune:
    """`coverage`: how far it gets by the last month, relative to the district."""

    code: str
    name: str
    population: int
    working_age: int
    coverage: float
    villages: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Agent:
    """A collection agent at one collection point; works from `first_month` on."""

    code: str
    name: str
    system_code: str
    commune: int
    point: str
    village_code: str
    association_code: str | None
    first_month: int

    @property
    def valid_from(self) -> date:
        return plan.first_day(self.first_month)


@dataclass(frozen=True)
class District:
    communes: tuple[Commune, ...]
    agents: tuple[Agent, ...]

    def agents_of(self, commune: int, index: int) -> list[Agent]:
        """Agents at work in a commune in a month."""
        return [a for a in self.agents if a.commune == commune and a.first_month <= index]

    def not_alone(self) -> list[Agent]:
        """Agents from the first month on who have a colleague in their commune by the last: if one
        falls silent, the commune does not."""
        return [
            a
            for a in self.agents
            if a.first_month == plan.FIRST and len(self.agents_of(a.commune, plan.LAST)) > 1
        ]

    def targets(self, people: int) -> list[int]:
        """A target of the district spread over its communes by people of working age."""
        return plan.largest_remainder(people, [c.working_age for c in self.communes])


def invent_district(random: Random) -> District:
    """The 21 communes of 2019 with invented populations and coverage, 138 villages, and the
    register as it grows to 76 agents."""
    with _COMMUNES.open(encoding="utf-8", newline="") as lines:
        rows = [
            r
            for r in csv.DictReader(lines)
            if r["district_code"] == plan.DISTRICT_CODE
            and r["valid_from"] <= "2017-06-01" <= (r["valid_to"] or "9999")
        ]
    sizes = [random.uniform(0.75, 1.3) for _ in rows]
    populations = plan.largest_remainder(plan.POPULATION, sizes)
    working_age = plan.largest_remainder(
        plan.WORKING_AGE, [p * random.uniform(0.97, 1.03) for p in populations]
    )
    villages = plan.largest_remainder(VILLAGES, sizes, at_least=3)
    coverage = [0.42 * (1.95 / 0.42) ** (i / (len(rows) - 1)) for i in range(len(rows))]
    random.shuffle(coverage)
    communes = tuple(
        Commune(
            row["commune_code"],
            row["commune_name"],
            people,
            workers,
            cover,
            tuple((f"{row['commune_code']}-{n:02d}", f"Thôn {n}") for n in range(1, count + 1)),
        )
        for row, people, workers, cover, count in zip(
            rows, populations, working_age, coverage, villages, strict=True
        )
    )
    return District(communes, tuple(_register(random, communes)))


def _register(random: Random, communes: tuple[Commune, ...]) -> list[Agent]:
    agents: list[Agent] = []
    for index in range(plan.FIRST, plan.LAST + 1):
        while len(agents) < plan.agents_in(index):
            if len(agents) < len(communes):
                commune = len(agents)
            else:  # where each agent has the most people before them
                load = [
                    c.working_age * c.coverage / sum(a.commune == i for a in agents)
                    for i, c in enumerate(communes)
                ]
                commune = load.index(max(load))
            nth = sum(a.commune == commune for a in agents) + 1
            place = communes[commune]
            system = random.choice(sorted(SYSTEMS))
            association = {"HT-ND": "ND", "HT-PN": "PN"}.get(system)
            agents.append(
                Agent(
                    code=f"DL{len(agents) + 1:03d}",
                    name=f"Đại lý thu {place.name} {nth}",
                    system_code=system,
                    commune=commune,
                    point=f"{random.choice(_POINTS)} {place.name}",
                    village_code=random.choice(place.villages)[0],
                    association_code=f"{association}-{place.code}" if association else None,
                    first_month=index,
                )
            )
    return agents
