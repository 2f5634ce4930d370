"""`quarantine` and `withdraw`: what waits, and what a person decides about it.

Everything is read from the private snapshot of the last night, so that the warehouse's lock is never met; a decision is one more record in landing and
takes effect with its night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from ingestion.decisions import Decision, Kind, in_force, read_decisions, record
from ingestion.errors import OfficeFault
from ingestion.model import Finding
from ingestion.nights import night_of
from ingestion.reference import FORM as REFERENCE_FORM
from ingestion.rulebook import explain
from ingestion.settings import DataFolder
from publishing.as_of import built, last_night
from publishing.places import Places

SHORTEST = 12
"""Letters of a hash that name a file or a decision."""


@dataclass(frozen=True)
class Said:
    """Who decides, why, and when (aware; None: now)."""

    who: str
    why: str
    at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """A row of data of a file, with what has become of it. `lacks`: why nobody can count it, whoever releases it."""

    row_id: str
    sheet: str
    number: int
    fate: str
    lacks: str | None


@dataclass(frozen=True)
class File:
    """A file as the last night left it. `is_held_whole`: the file waits, not some rows of it."""

    sha256: str
    form: str | None
    agent_code: str | None
    verdict: str
    night: date
    is_held_whole: bool
    rows: tuple[Row, ...]

    def waiting(self) -> list[Row]:
        """Its rows that wait."""
        return [row for row in self.rows if row.fate == "held"]


def read_waiting(folder: DataFolder) -> dict[str, Any]:
    """Files and rows that wait as of the last night, for `list`: places and codes, no value of a cell."""
    with _snapshot(folder) as (con, night):
        files = _files(con)
        codes: dict[tuple[str, str | None], set[str]] = {}
        for sha256, row_id, code in con.execute("select sha256, row_id, code from ops.findings where severity <> 'warn'").fetchall():
            codes.setdefault((sha256, row_id), set()).add(code)
    pending = _pending(folder, night)
    items = []
    for file in files:
        about = {"file_id": file.sha256[:SHORTEST], "agent_code": file.agent_code, "form": file.form, "waiting_since": file.night}
        if file.is_held_whole:
            said = _decided(pending, file.sha256, None)
            found = sorted(codes.get((file.sha256, None), ()))
            items.append({**about, "sheet": None, "row": None, "rows": len(file.waiting()), "codes": found, "decided": said})
            continue
        for row in file.waiting():
            said = _decided(pending, file.sha256, row.row_id)
            found = sorted(codes.get((file.sha256, row.row_id), ()))
            items.append({**about, "sheet": row.sheet, "row": row.number, "rows": 1, "codes": found, "decided": said})
    return {"known_on": night, "waiting": sorted(items, key=lambda item: (item["waiting_since"], item["file_id"], item["row"] or 0))}


def show(folder: DataFolder, name: str, number: int | None, *, with_values: bool) -> dict[str, Any]:
    """What is wrong with a file or with one row of it, and what was decided. Values of cells only when asked for: they are personal."""
    with _snapshot(folder) as (con, _):
        file = _one(_files(con), name)
        rows = [row for row in file.rows if number is None or row.number == number]
        if number is not None and not rows:
            raise OfficeFault(f"file {file.sha256[:SHORTEST]} has no row of data {number}")
        found = con.execute(
            "select sheet, cell, row_number as row, field, code, severity, detail from ops.findings where sha256 = ? order by all",
            [file.sha256],
        )
        names = [column[0] for column in found.description]
        findings = [dict(zip(names, line, strict=True)) for line in found.fetchall()]
        values = {}
        if with_values:
            kept = con.execute(
                "select row_id, full_name, bhxh_number, birth_date, from_month, months, amount_vnd, note from raw.sheet_rows where sha256 = ?",
                [file.sha256],
            )
            columns = [column[0] for column in kept.description]
            values = {line[0]: dict(zip(columns[1:], line[1:], strict=True)) for line in kept.fetchall()}
    about = [f for f in findings if number is None or f["row"] in (None, number)]
    return {
        "file_id": file.sha256[:SHORTEST],
        "sha256": file.sha256,
        "agent_code": file.agent_code,
        "form": file.form,
        "verdict": file.verdict,
        "received_night": file.night,
        "findings": [
            {**f, **explain(Finding("", f["code"], f["severity"], f["sheet"], f["cell"], f["row"], f["field"], None, f["detail"]))}
            for f in about
        ],
        "rows": [
            {
                "sheet": row.sheet,
                "row": row.number,
                "fate": row.fate,
                "lacks": row.lacks,
                **({"values": values[row.row_id]} if with_values else {}),
            }
            for row in rows
            if number is not None or row.fate in ("held", "rejected")
        ],
        "decisions": [_as_object(made) for made in read_decisions(folder) if made.sha256 == file.sha256],
    }


def decide(folder: DataFolder, kind: Kind, name: str, numbers: Sequence[int], sheet: str | None, said: Said) -> dict[str, Any]:
    """Release or reject what waits of a file: the file's own hold, or its waiting rows, or those of them that are named.

    Raises OfficeFault when nothing of that name waits, when it was decided before, or when nobody could count what is to be released.
    """
    with _snapshot(folder) as (con, night):
        file = _one(_files(con), name)
    short = file.sha256[:SHORTEST]
    pending = _pending(folder, night)
    left = [row for row in file.waiting() if not _decided(pending, file.sha256, row.row_id)]
    if (before := _decided(pending, file.sha256, None)) and not numbers:
        raise OfficeFault(f"file {short} was decided about before ({before}); undo that first")
    if numbers:
        chosen = [_named_row(file, left, number, sheet) for number in numbers]
    elif file.is_held_whole:
        if kind == "release" and not left:
            raise OfficeFault(f"no row could be read of file {short}, so there is nothing to release; it must come again, mended")
        if kind == "release" and all(row.lacks for row in left):
            raise OfficeFault(f"no row of file {short} can be counted: {left[0].lacks}")
        return _land(folder, night, kind, file, (), said)
    else:
        chosen = left if kind == "reject" else [row for row in left if not row.lacks]
    if not chosen:
        why = f": {left[0].lacks}" if left else ""
        raise OfficeFault(f"nothing of file {short} waits to be decided{why}")
    if kind == "release" and (stuck := next((row for row in chosen if row.lacks), None)):
        raise OfficeFault(f"row {stuck.number} of file {short} cannot be counted: {stuck.lacks}")
    return _land(folder, night, kind, file, [row.row_id for row in chosen], said)


def withdraw(folder: DataFolder, name: str, said: Said) -> dict[str, Any]:
    """Take back a file that counts: all of its rows, in figures and in what they say of other sheets' rows."""
    with _snapshot(folder) as (con, night):
        file = _one(_files(con), name)
    short = file.sha256[:SHORTEST]
    if file.form == REFERENCE_FORM:
        raise OfficeFault("a reference workbook is not taken back: send a newer one")
    if any(made.decision == "withdraw" and made.sha256 == file.sha256 for made in in_force(read_decisions(folder))):
        raise OfficeFault(f"file {short} is withdrawn already")
    if file.verdict not in ("accepted", "partial"):
        raise OfficeFault(f"file {short} is {file.verdict}, so there is nothing to take back")
    return _land(folder, night, "withdraw", file, (), said)


def undo_withdrawal(folder: DataFolder, name: str, said: Said) -> dict[str, Any]:
    """Take back the withdrawal of a file."""
    with _snapshot(folder) as (con, night):
        file = _one(_files(con), name)
    found = [made for made in in_force(read_decisions(folder)) if made.decision == "withdraw" and made.sha256 == file.sha256]
    if not found:
        raise OfficeFault(f"file {file.sha256[:SHORTEST]} is not withdrawn")
    return _land(folder, night, "undo", file, found[-1].rows, said, undoes=found[-1].id)


def undo(folder: DataFolder, name: str, said: Said) -> dict[str, Any]:
    """Take back a decision, named by the beginning of its id. An undo is not undone: decide anew."""
    with _snapshot(folder) as (con, night):
        files = _files(con)
    found = [made for made in in_force(read_decisions(folder)) if made.id.startswith(name)] if len(name) >= SHORTEST else []
    if len(found) != 1:
        raise OfficeFault(f"no decision in force has an id that begins with {name} (at least {SHORTEST} letters)")
    file = _one(files, found[0].sha256)
    return _land(folder, night, "undo", file, found[0].rows, said, undoes=found[0].id)


def _land(
    folder: DataFolder, last: date, kind: Kind, file: File, rows: Sequence[str], said: Said, undoes: str | None = None
) -> dict[str, Any]:
    at = said.at or datetime.now(UTC)
    if night_of(at) < last:
        raise OfficeFault(f"a decision of the night of {night_of(at)} would change what was published on {last}; nothing was decided")
    return _as_object(record(folder, kind, file.sha256, who=said.who, why=said.why, decided_at=at, rows=rows, undoes=undoes))


def _as_object(made: Decision) -> dict[str, Any]:
    return {
        "id": made.id,
        "sequence": made.sequence,
        "decision": made.decision,
        "file_id": made.sha256[:SHORTEST],
        "rows": [int(row.rsplit(":", 1)[1]) for row in made.rows],
        "who": made.who,
        "why": made.why,
        "decided_at": made.decided_at,
        "undoes": made.undoes,
        "takes_effect": made.night,
    }


def _named_row(file: File, left: Sequence[Row], number: int, sheet: str | None) -> Row:
    short = file.sha256[:SHORTEST]
    here = [row for row in file.rows if row.number == number and sheet in (None, row.sheet)]
    if len(here) > 1:
        raise OfficeFault(f"file {short} has a row {number} on {len(here)} sheets; name one with --sheet")
    if not here:
        raise OfficeFault(f"file {short} has no row of data {number}")
    if here[0] not in left:
        raise OfficeFault(f"row {number} of file {short} does not wait: it is {here[0].fate}, or was decided about before")
    return here[0]


def _pending(folder: DataFolder, night: date) -> list[Decision]:
    """Decisions in force that the last night did not know yet."""
    return [made for made in in_force(read_decisions(folder)) if made.night > night]


def _decided(pending: Sequence[Decision], sha256: str, row_id: str | None) -> str | None:
    """The last decision to come about a file, or about a row of it, in words."""
    about = [made for made in pending if made.sha256 == sha256 and (not made.rows or row_id in made.rows)]
    return f"{about[-1].decision} {about[-1].id[:SHORTEST]}, from the night of {about[-1].night}" if about else None


def _one(files: Sequence[File], name: str) -> File:
    found = [file for file in files if file.sha256.startswith(name.lower())]
    if len(name) < SHORTEST:
        raise OfficeFault(f"a file is named by at least {SHORTEST} letters of its hash")
    if len(found) != 1:
        raise OfficeFault(f"{'no file' if not found else 'more than one file'} known by the last night has a hash that begins with {name}")
    return found[0]


@contextmanager
def _snapshot(folder: DataFolder) -> Iterator[tuple[duckdb.DuckDBPyConnection, date]]:
    places = Places(folder.root)
    night = last_night(places)
    with built(places, ["fct_submissions"], [night], night) as con:
        yield con, night


def _files(con: duckdb.DuckDBPyConnection) -> list[File]:
    rows: dict[str, list[Row]] = {}
    for sha256, row_id, sheet, number, fate, lacks in con.execute(
        """
        select fates.sha256, fates.row_id, said.sheet, said.row_number, fates.fate,
            case
                when said.section is null then 'it stands in no section'
                when said.bhxh_number is null then 'it has no BHXH number'
                when said.section = 'I.1' and (said.from_month is null or coalesce(said.months, 0) < 1) then 'the months paid are not known'
                when said.commune_code is null and not exists (from intermediate.int_agents__register as r where r.agent_code = said.agent_code)
                    then 'the register does not know its agent'
            end as lacks
        from intermediate.int_rows__fates as fates
        join raw.sheet_rows as said using (row_id)
        where fates.fate <> 'not_data'
        order by said.sha256, said.sheet_index, said.row_number
        """
    ).fetchall():
        rows.setdefault(sha256, []).append(Row(row_id, sheet, number, fate, lacks))
    files = con.execute(
        """
        select said.sha256, said.form, said.agent_code, files.verdict, said.night,
            said.sha256 in (select sha256 from ops.findings where severity = 'hold_file')
            and said.sha256 not in (select sha256 from intermediate.int_rows__decisions where row_id is null)
        from marts.fct_submissions as files
        join raw.submissions as said using (arrival_id)
        where said.verdict <> 'duplicate'
        order by said.received_at, said.sha256
        """
    ).fetchall()
    return [
        File(sha256, form, agent, verdict, night, is_held_whole, tuple(rows.get(sha256, ())))
        for sha256, form, agent, verdict, night, is_held_whole in files
    ]
