"""The revision bulletin: what changed in figures that were already published, and why.

Two nights are compared on the reporting dates that the earlier one published as month ends, for
every figure of communes that counts people, đồng, agents or villages. Each person, row or agent
that is counted on one side only is one cause. The lines add up to the difference of the two nights
exactly, to the person and to the đồng.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from core.errors import OfficeFault
from publishing.as_of import built, last_night, month_ends
from publishing.changes import version_before
from publishing.trace.evidence import How, evidence_of, how_traced
from publishing.trace.people import Day
from publishing.trace.standing import MODELS, name_parts

CAUSES = {
    "late_file": "tệp nhận muộn",
    "correction": "tệp gửi lại có sửa",
    "release": "được cho ghi nhận",
    "rejection": "bị loại theo quyết định",
    "withdrawal": "bị rút lại",
    "reference": "danh mục thay đổi",
    "program": "chương trình thay đổi",
}
"""Why a figure changed -> in Vietnamese."""

_BY_DECISION = {
    "release": "release",
    "reject": "rejection",
    "withdraw": "withdrawal",
    "hold": "rejection",
    "undo": "release",
}
_KPI_TABLE = "kpi_by_commune"


class BulletinRefused(OfficeFault):
    """Two nights were asked for that cannot be compared."""


@dataclass(frozen=True, order=True)
class Revision:
    """Why a figure of a commune changed: `difference` of it has this cause, through this agent's
    file or this decision. `file`: the first 12 characters of its hash. Nothing of a participant."""

    reporting_date: date
    commune_code: str
    kpi: str
    cause: str
    agent_code: str
    file: str
    difference: int


@dataclass(frozen=True)
class Bulletin:
    """The revisions between two nights. `before` and `after`: known-on."""

    before: date
    after: date
    revisions: tuple[Revision, ...]


@dataclass(frozen=True)
class _Counted:
    """Somebody or something that a figure counts on one side."""

    counts: int
    row_id: str | None
    file: str | None
    agent_code: str | None


def night_of_version(data: Path, name: str) -> date:
    """The night of a version's name (`2019-06-30_3cbc8612be93`), or of a day (`2019-06-30`).

    Raises BulletinRefused for a version that was never published here, and for other words.
    """
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(_[0-9a-f]+)?", name)
    if match is None:
        raise BulletinRefused(f"{name!r} is neither a version nor a day such as 2019-06-30")
    if match[2] and not (DataFolder(data).versions / name).is_dir():
        raise BulletinRefused(f"no version {name} has been published here")
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        raise BulletinRefused(f"{match[1]} is no day") from None


def read_bulletin(data: Path, before: date | None = None, after: date | None = None) -> Bulletin:
    """The revisions of the night `after` against the night `before`.

    `after` defaults to the last night that ran, `before` to the last night of an earlier version.
    Raises BulletinRefused where there is no earlier one, or `before` is not before `after`;
    AsOfRefused for a night that has not run; NothingPublished before the first night.
    """
    places = DataFolder(data)
    after = after or last_night(places)
    before = before or _night_before(places, after)
    if before >= after:
        raise BulletinRefused(f"{before} does not lie before {after}")
    tables = [*MODELS, _KPI_TABLE]
    with ExitStack() as stack:
        then, now = (
            stack.enter_context(built(places, tables, month_ends(places, night), night))
            for night in (before, after)
        )
        revisions = sorted(_revisions(then, now, before))
    return Bulletin(before, after, tuple(revisions))


def _night_before(places: DataFolder, after: date) -> date:
    version = version_before(places.versions, after)
    if version is None:
        raise BulletinRefused(f"nothing was published before {after}: there is nothing to compare")
    return date.fromisoformat(version.name.partition("_")[0])


def _revisions(
    then: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, before: date
) -> Iterator[Revision]:
    figures = [
        kpi
        for kpi, how in how_traced().items()
        if how.parts is None and not how.stated and kpi in _columns(now)
    ]
    old, new = _values(then, figures), _values(now, figures)
    why = _Why(then, now, before)
    changed: dict[tuple[date, str], list[str]] = {}
    for (day, commune), values in old.items():
        for kpi in figures:
            after = new.get((day, commune), {}).get(kpi)
            if values[kpi] != after:
                changed.setdefault((day, kpi), []).append(commune)
    for (day, kpi), communes in changed.items():
        how = how_traced()[kpi]
        counted_then, counted_now = _counted(then, kpi, how, day), _counted(now, kpi, how, day)
        for commune in communes:
            lines: Counter[tuple[str, str, str]] = Counter()
            ours, theirs = counted_now.get(commune, {}), counted_then.get(commune, {})
            for who in ours.keys() | theirs.keys():
                mine, was = ours.get(who), theirs.get(who)
                difference = (mine.counts if mine else 0) - (was.counts if was else 0)
                if difference:
                    lines[why.of(who, was, mine)] += difference
            expected = (new.get((day, commune), {}).get(kpi) or 0) - (old[day, commune][kpi] or 0)
            if sum(lines.values()) != expected:
                raise RuntimeError(
                    f"the revisions of {kpi} of commune {commune} on {day} add up to "
                    f"{sum(lines.values())}, and the nights differ by {expected}"
                )
            for (cause, agent, file), difference in lines.items():
                yield Revision(day, commune, kpi, cause, agent, file, difference)


def _columns(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {str(c[0]) for c in con.execute(f"describe marts.{_KPI_TABLE}").fetchall()}


def _values(
    con: duckdb.DuckDBPyConnection, figures: list[str]
) -> dict[tuple[date, str], dict[str, int | None]]:
    """(month end, commune) -> its figures."""
    found = con.execute(
        f"""
        select reporting_date, commune_code, {", ".join(figures)} from marts.{_KPI_TABLE}
        where reporting_date = last_day(reporting_date)
        """
    ).fetchall()
    return {(day, code): dict(zip(figures, rest, strict=True)) for day, code, *rest in found}


def _counted(
    con: duckdb.DuckDBPyConnection, kpi: str, how: How, day: date
) -> dict[str, dict[str, _Counted]]:
    """Commune -> who or what the figure counts there -> how."""
    on = Day(day)
    name_parts(con, on)
    found: dict[str, dict[str, _Counted]] = {}
    for commune, who, *rest in con.execute(
        f"""
        select holder_code, who, sum(counts), max(row_id), max(file), max(agent_code)
        from ({evidence_of(kpi, how, "commune", on)}) group by holder_code, who
        """
    ).fetchall():
        found.setdefault(commune, {})[who] = _Counted(*rest)
    return found


class _Why:
    """The cause of a difference, from what came between the two nights."""

    def __init__(
        self, then: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, before: date
    ) -> None:
        self._now, self._before = now, before
        reference = "select reference_sha256 from intermediate.int_reference__newest"
        self._is_new_reference = (
            then.execute(reference).fetchall() != now.execute(reference).fetchall()
        )
        self._decisions: dict[str, str] = {}
        for target, decision in now.execute(
            """
            select coalesce(row_id, sha256), arg_max(decision, sequence)
            from raw.decisions where night > ? group by all
            """,
            [before],
        ).fetchall():
            self._decisions[target] = decision

    def of(self, who: str, was: _Counted | None, mine: _Counted | None) -> tuple[str, str, str]:
        """(cause, agent, file), '' where there is none."""
        side = mine or was
        assert side is not None
        for counted in (mine, was):
            if counted and (decision := self._decision_about(counted)):
                return self._told(_BY_DECISION[decision], counted.row_id, counted)
        if mine and self._came_since(mine):
            cause = "correction" if was or self._replaces(mine.row_id) else "late_file"
            return self._told(cause, mine.row_id, mine)
        if was and (later := self._replacement(was.row_id)):
            return self._told("correction", later, side)
        if decided := self._decided_for(who):
            decision = self._decisions.get(decided) or self._decisions[decided.partition(":")[0]]
            return self._told(_BY_DECISION[decision], decided, side)
        if later := self._came_for(who):
            return self._told("late_file", later, side)
        return ("reference" if self._is_new_reference else "program", side.agent_code or "", "")

    def _told(self, cause: str, row_id: str | None, side: _Counted) -> tuple[str, str, str]:
        file = (row_id.partition(":")[0] if row_id else side.file) or ""
        agent = self._one("select agent_code from raw.sheet_rows where row_id = ?", row_id)
        return cause, str(agent or side.agent_code or ""), file[:12]

    def _decision_about(self, counted: _Counted) -> str | None:
        return self._decisions.get(counted.row_id or "") or self._decisions.get(counted.file or "")

    def _came_since(self, counted: _Counted) -> bool:
        """Whether the file of a row, or of a report, came after the earlier night."""
        night = self._one(
            "select min(night) from raw.submissions where sha256 = ? and verdict <> 'duplicate'",
            counted.row_id.partition(":")[0] if counted.row_id else counted.file,
        )
        return night is not None and night > self._before

    def _replaces(self, row_id: str | None) -> bool:
        """Whether a row stands for one that was known before."""
        return bool(
            self._one(
                """
                select count(*) from raw.sheet_rows as earlier
                inner join raw.sheet_rows as mine on mine.row_key = earlier.row_key
                where mine.row_id = $1 and earlier.row_id <> $1 and earlier.night <= $2
                """,
                row_id,
                self._before,
            )
        )

    def _replacement(self, row_id: str | None) -> Any:
        """The row that came since and stands for this one."""
        return self._one(
            """
            select arg_max(later.row_id, (later.received_at, later.row_id))
            from raw.sheet_rows as later
            inner join raw.sheet_rows as mine on mine.row_key = later.row_key
            where mine.row_id = $1 and later.row_id <> $1 and later.night > $2
            """,
            row_id,
            self._before,
        )

    def _decided_for(self, who: str) -> Any:
        """Another row of a person that was decided about since, by itself or with its file: a
        payment taken back makes its person due earlier."""
        if not who.isdigit() or not self._decisions:
            return None
        return self._one(
            """
            select max(row_id) from raw.sheet_rows
            where bhxh_number = $1
                and (row_id in (select unnest($2)) or sha256 in (select unnest($2)))
            """,
            who[1:],
            list(self._decisions),
        )

    def _came_for(self, who: str) -> Any:
        """The newest row in force of a person that came since: a reduction, or a payment that
        changed what an earlier one counts for."""
        if not who.isdigit():
            return None
        return self._one(
            """
            select arg_max(row_id, (received_at, row_id)) from intermediate.int_rows__placed
            where person_number = $1 and night > $2
            """,
            int(who),
            self._before,
        )

    def _one(self, sql: str, *values: Any) -> Any:
        """The value of a question, None where nothing answers or there is nothing to ask about."""
        found = self._now.execute(sql, list(values)).fetchall() if values[0] else []
        return found[0][0] if found else None
