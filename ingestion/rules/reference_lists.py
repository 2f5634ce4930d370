"""What a version of the reference workbook may say: its codes against the list of communes and
against each other, and its rows against the version in force. What cannot stand becomes a problem
of its cell, which the rule book puts into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from core.clock import year_and_month
from core.data_folder import COMMUNES
from ingestion.forms.contracts import ReferenceSheet, reference_sheets
from ingestion.model import ParsedFile, SheetRow
from ingestion.places.communes import CommuneBook

Tables = Mapping[str, list[dict[str, Any]]]
Change = Literal["added", "ended", "changed", "removed"]
_COMMUNES_OF_A_COVERED_DISTRICT = 3
"""So many communes that the workbook names make a district covered beside the one that it names
most: a mistyped code or two do not."""
_OUT_OF_PROPORTION = 50
"""Times the holder's last target: `2.000` that was read as 2."""


@dataclass(frozen=True)
class RowChange:
    """One row that differs between two versions. `key`: its codes and dates, no name."""

    sheet: str
    change: Change
    key: str


def mark_problems(parsed: ParsedFile, previous: Tables | None) -> None:
    """Write what cannot stand into `problems` of the rows, beside what could not be read.
    `previous`: the tables of the version in force."""
    rows: dict[str, list[SheetRow]] = {}
    for row in parsed.rows:
        rows.setdefault(row.sheet, []).append(row)
    _mark_intervals(parsed)
    _mark_communes(rows)
    _mark_codes(rows)
    _mark_population(rows.get("dan_so", []))
    _mark_official_counts(rows.get("so_chinh_thuc", []))
    _mark_targets(rows, (previous or {}).get("ref_targets", []))


def mark_roster(parsed: ParsedFile, agents: Iterable[Mapping[str, Any]], day: date) -> None:
    """The same for the opening roster: its communes and agents against the register, as things are
    on a day."""
    entries = list(agents)
    known, covered = (
        {a["agent_code"] for a in entries},
        _covered_districts({a["commune_code"] for a in entries}),
    )
    for row in parsed.rows:
        if not row.is_data:
            continue
        code, agent = row.values.get("commune_code"), row.values.get("agent_code")
        stands = [
            c
            for c in _book().epochs(code or "")
            if c.district_code in covered and (c.valid_to is None or c.valid_to >= day)
        ]
        if code is not None and not stands:
            row.problems.setdefault("commune_code", "unknown_commune")
        if agent is not None and agent not in known:
            row.problems.setdefault("agent_code", "unknown_agent")


def vanished_agents(tables: Tables, previous: Tables | None, received_on: date) -> list[str]:
    """Agents of the version in force who had begun, and stand in this version no more."""
    now = {row["agent_code"] for row in tables.get("ref_agents", [])}
    begun = {
        row["agent_code"]
        for row in (previous or {}).get("ref_agents", [])
        if row["valid_from"] <= received_on
    }
    return sorted(begun - now)


def changes(tables: Tables, previous: Tables) -> list[RowChange]:
    """Rows added, ended, changed otherwise, and removed, sheet by sheet."""
    found = []
    for spec in reference_sheets():
        now, before = _by_key(spec, tables), _by_key(spec, previous)
        for key in sorted(now.keys() | before.keys()):
            if now.get(key) != before.get(key):
                found.append(RowChange(spec.sheet, _change(now.get(key), before.get(key)), key))
    return found


def _change(now: dict[str, Any] | None, before: dict[str, Any] | None) -> Change:
    if before is None:
        return "added"
    if now is None:
        return "removed"
    without_end = [
        {name: value for name, value in row.items() if name != "valid_to"} for row in (now, before)
    ]
    return (
        "ended"
        if without_end[0] == without_end[1] and now.get("valid_to") is not None
        else "changed"
    )


def _by_key(spec: ReferenceSheet, tables: Tables) -> dict[str, dict[str, Any]]:
    names = [*spec.key, *("valid_from" for c in spec.columns if c.field == "valid_from")]
    return {
        " ".join(str(row[name]) for name in names if row[name] is not None): row
        for row in tables.get(spec.table, [])
    }


def _mark_intervals(parsed: ParsedFile) -> None:
    for row in parsed.rows:
        start, end = row.values.get("valid_from"), row.values.get("valid_to")
        if start and end and end < start:
            row.problems.setdefault("valid_to", "ends_before")


def _mark_communes(rows: Mapping[str, list[SheetRow]]) -> None:
    named = list(_named_communes(rows))
    covered = _covered_districts({code for _, _, code, _ in named})
    for row, name, code, day in named:
        epochs = _book().epochs(code)
        if not any(c.district_code in covered for c in epochs):
            row.problems.setdefault(name, "unknown_commune")
        elif day and all(c.valid_to is not None and c.valid_to < day for c in epochs):
            row.problems.setdefault(name, "ended_commune")
    for name, row in [
        (n, r)
        for n in ("district_code", "holder_code")
        for s in ("so_chinh_thuc", "chi_tieu")
        for r in rows.get(s, [])
    ]:
        is_of_a_district = name == "district_code" or row.values.get("holder_type") == "district"
        if (
            is_of_a_district
            and (district := row.values.get(name)) is not None
            and district not in covered
        ):
            row.problems.setdefault(name, "unknown_holder")


def _named_communes(
    rows: Mapping[str, list[SheetRow]],
) -> Iterator[tuple[SheetRow, str, str, date | None]]:
    """(row, field, code, the first day that the row is about) wherever a code of a commune
    stands."""
    for sheet, of_sheet in rows.items():
        for row in of_sheet:
            name = (
                "holder_code"
                if sheet == "chi_tieu" and row.values.get("holder_type") == "commune"
                else "commune_code"
            )
            if (code := row.values.get(name)) is not None:
                yield row, name, code, _first_day(row.values)


def _first_day(values: Mapping[str, Any]) -> date | None:
    if month := values.get("month"):
        return date(*year_and_month(month), 1)
    if period := values.get("period"):
        return date(int(period[:4]), 1, 1)
    day: date | None = values.get("valid_from") or values.get("as_of")
    return day


def _covered_districts(codes: set[str]) -> set[str]:
    """The district that the codes name most, and every one of which they name several communes."""
    counts = Counter(
        district for code in codes for district in {c.district_code for c in _book().epochs(code)}
    )
    most = max(counts.values(), default=0)
    return {
        district
        for district, count in counts.items()
        if count >= min(most, _COMMUNES_OF_A_COVERED_DISTRICT)
    }


def _mark_codes(rows: Mapping[str, list[SheetRow]]) -> None:
    def codes(sheet: str, name: str) -> set[Any]:
        return {row.values.get(name) for row in rows.get(sheet, [])}

    systems, villages, associations = (
        codes("he_thong", "system_code"),
        codes("thon", "village_code"),
        codes("to_chuc", "association_code"),
    )
    for row in rows.get("dai_ly", []):
        for name, known, problem in (
            ("system_code", systems, "unknown_system"),
            ("village_code", villages, "unknown_beside"),
            ("association_code", associations, "unknown_beside"),
        ):
            if (code := row.values.get(name)) is not None and code not in known:
                row.problems.setdefault(name, problem)
    holders = {"association": associations, "officer": codes("can_bo", "officer_code")}
    for row in rows.get("chi_tieu", []):
        listed = holders.get(row.values.get("holder_type") or "")
        if (
            listed is not None
            and (code := row.values.get("holder_code")) is not None
            and code not in listed
        ):
            row.problems.setdefault("holder_code", "unknown_holder")


def _mark_population(rows: list[SheetRow]) -> None:
    for row in rows:
        population = row.values.get("population")
        for name in ("working_age_population", "compulsory_participants"):
            if population is not None and (row.values.get(name) or 0) > population:
                row.problems.setdefault(name, "more_than_population")


def _mark_official_counts(rows: list[SheetRow]) -> None:
    """A count is that of one commune or of one district: without either it is nobody's, with both
    it would stand twice."""
    for row in rows:
        codes = ("commune_code", "district_code")
        is_read = all(row.problems.get(name) in (None, "missing") for name in codes)
        if is_read and sum(row.values.get(name) is not None for name in codes) != 1:
            row.problems["commune_code"] = "not_one_holder"


def _mark_targets(rows: Mapping[str, list[SheetRow]], previous: list[dict[str, Any]]) -> None:
    """A target against the holder's last one, and against the people of working age. A row that is
    in force already is not asked about again."""
    in_force = [_target_key(row) for row in previous]
    stated = {_target_key(row.values) for row in rows.get("chi_tieu", [])}
    known = {key: row["people"] for key, row in zip(in_force, previous, strict=True)}
    last: dict[Any, int] = {}
    people = _working_age(rows.get("dan_so", []))
    for key, row, values in sorted(
        (
            *((_target_key(r.values), r, r.values) for r in rows.get("chi_tieu", [])),
            *((key, None, said) for key, said in zip(in_force, previous, strict=True)),
        ),
        key=lambda said: (said[2]["decided_on"] or date.max, said[1].number if said[1] else 0),
    ):
        count, holder = (
            values["people"],
            (values["holder_type"], values["holder_code"], values["basis"]),
        )
        if count is None or (row is None and key in stated):
            continue
        before = last.get(holder)
        if row is not None and known.get(key) != count:
            if before is not None and max(count, before) >= _OUT_OF_PROPORTION * max(
                min(count, before), 1
            ):
                row.problems.setdefault("people", "out_of_proportion")
                continue
            if (most := people(values)) is not None and count > most:
                row.problems.setdefault("people", "out_of_proportion")
                continue
        last[holder] = count


def _target_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        values[name] for name in ("period", "holder_type", "holder_code", "basis", "decided_on")
    )


def _working_age(rows: list[SheetRow]) -> Callable[[Mapping[str, Any]], int | None]:
    """The people of working age of a target's holder by the latest row of each commune; None where
    they are not known."""
    latest: dict[str, tuple[date, int]] = {}
    for row in rows:
        code, day, count = (
            row.values.get(name) for name in ("commune_code", "as_of", "working_age_population")
        )
        if code and day and count is not None:
            latest[code] = max(latest.get(code, (day, count)), (day, count))
    districts: Counter[str] = Counter()
    for code, (_, count) in latest.items():
        for district in {c.district_code for c in _book().epochs(code)}:
            districts[district] += count
    by_type: dict[str, Mapping[str, int]] = {
        "commune": {code: count for code, (_, count) in latest.items()},
        "district": districts,
    }
    return lambda values: by_type.get(values["holder_type"] or "", {}).get(
        values["holder_code"] or ""
    )


@cache
def _book() -> CommuneBook:
    return CommuneBook.read(COMMUNES)
