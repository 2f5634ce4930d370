"""Cover, due and place against a plain reading of the definitions with sets, on random histories."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion.frames import month_end
from ingestion.nights import year_and_month
from publishing.as_of import compute
from tests.dbt.snapshot import with_rows

FIRST = 2017 * 12 + 7
AGENTS = ("DL001", "DL002", "DL003")


@dataclass(frozen=True)
class Said:
    """One row of a sheet: agent, month of its head, section, person, first month, months, cancels or not, sent again changed or not."""

    agent: str
    head: int
    section: str
    person: int
    first: int
    months: int
    is_cancellation: bool
    minute: int

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.agent, self.head, self.section, self.person, self.first)

    @property
    def content(self) -> tuple[Any, ...]:
        return (*self.key, self.months, self.is_cancellation)

    @property
    def received_at(self) -> datetime:
        year, of_year = year_and_month(self.head)
        return datetime(year, of_year, 20) + timedelta(minutes=self.minute)  # noqa: DTZ001 - the warehouse's form, naive UTC

    @property
    def night(self) -> date:
        return self.received_at.date() if self.received_at.hour < 14 else self.received_at.date() + timedelta(days=1)


said = st.builds(
    Said,
    agent=st.sampled_from(AGENTS),
    head=st.integers(FIRST, FIRST + 14),
    section=st.sampled_from(["I.1"] * 6 + ["I.2", "II.1", "II.1", "II.2"]),
    person=st.integers(0, 9),
    first=st.integers(FIRST - 2, FIRST + 16),
    months=st.sampled_from([1, 3, 6, 12]),
    is_cancellation=st.sampled_from([False, False, True]),
    minute=st.integers(0, 7 * 24 * 60),
)


def as_row(number: int, s: Said) -> dict[str, Any]:
    sign = -1 if s.section.startswith("II") else 1
    return {
        "row_id": f"row-{number:05d}", "sha256": f"{number:064d}", "form": "d05-ts/595", "sheet": "D05-TS", "sheet_index": 0, "row_number": number,
        "agent_code": s.agent, "batch_number": "01", "head_month": s.head, "received_at": s.received_at, "night": s.night,
        "known_from": s.received_at, "section": s.section, "fate": "accepted", "amount_vnd": sign * 154_000 * s.months, "row_key": repr(s.key),
        "content_key": repr(s.content), "bhxh_number": f"90000000{s.person:02d}", "months": s.months, "from_month": s.first,
        "participant_vnd": 154_000 * s.months, "state_support_vnd": 0, "is_cancellation": s.is_cancellation and s.section.startswith("II"),
    }  # fmt: skip


def standing(sheet_rows: list[Said], known_on: date) -> list[tuple[int, Said]]:
    """Rows as the newest sheet says them: of one key, the last to arrive."""
    newest: dict[tuple[Any, ...], tuple[int, Said]] = {}
    known = [(number, s) for number, s in enumerate(sheet_rows) if s.night <= known_on]
    for number, s in sorted(known, key=lambda pair: (pair[1].received_at, f"{pair[0]:064d}")):
        previous = newest.get(s.key)
        if previous is None or as_row(0, previous[1])["content_key"] != as_row(0, s)["content_key"]:
            newest[s.key] = (number, s)
    return list(newest.values())


def covered(rows: list[tuple[int, Said]], month: int) -> dict[int, str]:
    """person -> agent whose row covers the month: ten lines of DEFINITIONS with sets."""
    cancels = {(s.person, s.first, s.months) for _, s in rows if s.section.startswith("II") and s.is_cancellation}
    ends = {(s.person, s.first) for _, s in rows if s.section == "II.1" and not s.is_cancellation}
    found: dict[int, list[tuple[Any, ...]]] = {}
    for number, s in rows:
        if s.section != "I.1" or (s.person, s.first, s.months) in cancels:
            continue
        until = min([m for p, m in ends if p == s.person and m > s.first] + [s.first + s.months])
        if s.first <= month < until:
            found.setdefault(s.person, []).append((s.first, s.night, f"{number:064d}", s.agent))
    return {person: max(options)[-1] for person, options in found.items()}


restatements = st.lists(st.tuples(st.integers(0, 39), st.sampled_from([1, 3, 6, 12]), st.integers(0, 7 * 24 * 60)), max_size=30)


@given(st.lists(said, min_size=40, max_size=120), restatements, st.integers(0, 16), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_cover_due_and_place_agree_with_sets(
    first_night: Path, once: list[Said], again: list[tuple[int, int, int]], month_after: int, is_mid_month: bool
) -> None:
    sheet_rows = once + [replace(once[index], months=months, minute=minute) for index, months, minute in again]
    month = FIRST + month_after
    on = month_end(month) - timedelta(days=7 if is_mid_month else 0)
    rows = standing(sheet_rows, on)
    expected = covered(rows, month)
    left = {s.person for _, s in rows if s.section == "II.1" and not s.is_cancellation and s.first == month}
    due = {p: a for p, a in covered(rows, month - 1).items() if p not in expected and p not in left} if is_mid_month else {}
    with tempfile.TemporaryDirectory() as root:
        places = with_rows(first_night, Path(root), [as_row(number, s) for number, s in enumerate(sheet_rows)])
        columns, found = compute(places, "kpi_by_commune", on, on)
        with duckdb.connect(str(places.as_of), read_only=True) as con:
            register = con.execute("select agent_code, min(commune_code) from raw.ref_agents group by 1").fetchall()
        money = compute(places, "int_kpi__commune_money", on, on)[1]
    commune_of = dict(register)
    for row in (dict(zip(columns, r, strict=True)) for r in found):
        here = row["commune_code"]
        assert row["participants_due"] == sum(commune_of[agent] == here for agent in due.values()), here
        assert row["participants"] == row["participants_due"] + sum(commune_of[agent] == here for agent in expected.values()), here
    paid: dict[str, int] = {}
    for _, s in rows:
        if s.head == month:
            paid[commune_of[s.agent]] = paid.get(commune_of[s.agent], 0) + (-1 if s.section.startswith("II") else 1) * 154_000 * s.months
    assert {commune_key[:5]: vnd for _, commune_key, vnd, _ in money} == paid
