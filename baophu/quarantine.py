"""`quarantine` and `withdraw`: what is still open, and what a person decides about it.

What is known is read from the private snapshot of the last night published, so that the warehouse's
lock is not met. A file that the snapshot does not know is looked for in the warehouse (a night that
was loaded and whose publish was blocked), then in landing. A decision is one more record in landing
and takes effect with its night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baophu.cases import LACKS, SHORTEST, File, Known, Row, find_file, newest, published_night
from baophu.status import read_held
from core.clock import night_of, year_and_month
from core.data_folder import DataFolder
from core.errors import OfficeFault
from ingestion.arrival.decisions import (
    SENT_AGAIN_CODE,
    Decision,
    Kind,
    in_force,
    read_decisions,
    record,
    withdrawal_of,
)
from ingestion.feedback.homecoming import folders_of
from ingestion.forms.reference import FORM as REFERENCE_FORM
from ingestion.model import Finding
from ingestion.rules.rulebook import explain


@dataclass(frozen=True)
class Said:
    """Who decides, why, and when (aware; None: now)."""

    who: str
    why: str
    at: datetime | None = None


def read_waiting(
    folder: DataFolder,
    *,
    officer: str | None = None,
    agent: str | None = None,
    month: int | None = None,
) -> dict[str, Any]:
    """What is still open, oldest first, for `list`: places and codes, no value of a cell. `month`:
    year * 12 + month of the report.

    Nights that were loaded and not published are looked at too, unless a night is at work;
    `is_night_at_work` says that it was.
    """
    known, is_at_work = newest(folder)
    pending = _pending(folder, known)
    items: list[dict[str, Any]] = []
    for file in known.files:
        if (agent and file.agent_code != agent) or (month and file.month != month):
            continue
        about = {
            "file_id": file.sha256[:SHORTEST],
            "agent_code": file.agent_code,
            "form": file.form,
            "month": _month(file.month),
            "waiting_since": file.night,
            "age_days": (known.night - file.night).days,
        }
        found = file.waiting()
        is_one = file.is_sent_again or (
            not file.is_closed and (file.is_held_whole or not file.rows)
        )
        if not is_one and not found:
            continue
        copy = _marked_copy(folder, file)
        if is_one:
            items.append(
                {
                    **about,
                    "commune_code": file.commune_code,
                    "officers": sorted(file.officers),
                    "sheet": None,
                    "row": None,
                    "rows": len(file.rows if file.is_sent_again else found),
                    "fate": "held" if file.is_sent_again else file.verdict,
                    "codes": [SENT_AGAIN_CODE]
                    if file.is_sent_again
                    else known.codes.get((file.sha256, None), []),
                    "decided": _decided(pending, file.sha256, None),
                    "marked_copy": copy,
                }
            )
            continue
        for row in found:
            items.append(
                {
                    **about,
                    "commune_code": row.commune_code or file.commune_code,
                    "officers": sorted(row.officers or file.officers),
                    "sheet": row.sheet,
                    "row": row.number,
                    "rows": 1,
                    "fate": row.fate,
                    "codes": known.codes.get((file.sha256, row.row_id), []),
                    "decided": _decided(pending, file.sha256, row.row_id),
                    "marked_copy": copy,
                }
            )
    if officer:
        items = [item for item in items if officer in item["officers"]]
    items.sort(key=lambda item: (item["waiting_since"], item["file_id"], item["row"] or 0))
    held = [
        file for file in read_held(folder) if file["file_id"] in {item["file_id"] for item in items}
    ]
    return {
        "known_on": known.night,
        "is_night_at_work": is_at_work,
        "waiting": items,
        "held_by_system": held,
    }


def show(folder: DataFolder, name: str, number: int | None, *, with_values: bool) -> dict[str, Any]:
    """What is wrong with a file or with one row of it, and what was decided. Values of cells only
    when asked for: they are personal."""
    with find_file(folder, name.lower()) as (con, _, file):
        _is_judged(file)
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
            values = {
                line[0]: dict(zip(columns[1:], line[1:], strict=True)) for line in kept.fetchall()
            }
    about = [f for f in findings if number is None or f["row"] in (None, number)]
    return {
        "file_id": file.sha256[:SHORTEST],
        "sha256": file.sha256,
        "agent_code": file.agent_code,
        "form": file.form,
        "verdict": file.verdict,
        "received_night": file.night,
        "is_closed": file.is_closed,
        "marked_copy": _marked_copy(folder, file),
        "findings": [
            {
                **f,
                **explain(
                    Finding(
                        "",
                        f["code"],
                        f["severity"],
                        f["sheet"],
                        f["cell"],
                        f["row"],
                        f["field"],
                        None,
                        f["detail"],
                    )
                ),
            }
            for f in about
        ],
        "rows": [
            {
                "sheet": row.sheet,
                "row": row.number,
                "fate": row.fate,
                "lacks": row.lacks and LACKS[row.lacks][1],
                "lacks_vi": row.lacks and LACKS[row.lacks][0],
                "resolved_by": row.resolved_by and row.resolved_by[:SHORTEST],
                **({"values": values[row.row_id]} if with_values else {}),
            }
            for row in rows
            if number is not None or row.fate in ("held", "rejected")
        ],
        "decisions": [
            _as_object(made) for made in read_decisions(folder) if made.sha256 == file.sha256
        ],
    }


def decide(
    folder: DataFolder, kind: Kind, name: str, numbers: Sequence[int], sheet: str | None, said: Said
) -> dict[str, Any]:
    """Release or reject what is open of a file: the file's own hold, or its waiting rows, or those
    of them that are named. A rejected row is closed by a rejection too: nobody will mend it.

    Raises OfficeFault when nothing of that name waits, when it was decided before, or when nobody
    could count what is to be released.
    """
    with find_file(folder, name.lower()) as (_, known, file):
        _is_judged(file)
    short = file.sha256[:SHORTEST]
    pending = _pending(folder, known)
    left = [row for row in file.waiting() if not _decided(pending, file.sha256, row.row_id)]
    if (before := _decided(pending, file.sha256, None)) and not numbers:
        raise OfficeFault(f"file {short} was decided about before ({before}); undo that first")
    if kind == "release" and (taken_back := withdrawal_of(read_decisions(folder), file.sha256)):
        raise OfficeFault(
            f"file {short} was withdrawn by {taken_back.who} ({taken_back.why}); undo that first: withdraw {short} --undo"
        )
    if not numbers and (
        file.is_sent_again or (kind == "reject" and not file.rows and not file.is_closed)
    ):
        return _land(folder, kind, file, (), said)
    if numbers:
        chosen = [_named_row(file, left, number, sheet) for number in numbers]
        if kind == "release" and (
            refused := next((row for row in chosen if row.fate != "held"), None)
        ):
            raise OfficeFault(
                f"row {refused.number} of file {short} does not wait: it is {refused.fate}; it must come again, mended"
            )
    elif file.is_held_whole and (left or not file.rows):
        if kind == "release" and not left:
            raise OfficeFault(
                f"no row could be read of file {short}, so there is nothing to release; it must come again, mended"
            )
        if kind == "release" and all(
            row.fate != "held" or row.lacks or row.own_fate == "rejected" for row in left
        ):
            lacks = next((row.lacks for row in left if row.lacks), None)
            raise OfficeFault(
                f"no row of file {short} can be counted: {LACKS[lacks][1] if lacks else 'what is rejected must come again, mended'}"
            )
        made = _land(folder, kind, file, (), said)
        counted = (
            sum(row.own_fate == "accepted" and not row.lacks for row in left)
            if kind == "release"
            else 0
        )
        return {
            **made,
            "rows_that_count": counted,
            "rows_left_open": len(left) - counted if kind == "release" else 0,
        }
    else:
        chosen = (
            left
            if kind == "reject"
            else [row for row in left if row.fate == "held" and not row.lacks]
        )
    if not chosen:
        lacks = next((row.lacks for row in left if row.lacks), None)
        raise OfficeFault(
            f"nothing of file {short} waits to be decided{f': {LACKS[lacks][1]}' if lacks else ''}"
        )
    if kind == "release" and (stuck := next((row for row in chosen if row.lacks), None)):
        raise OfficeFault(
            f"row {stuck.number} of file {short} cannot be counted: {LACKS[stuck.lacks or ''][1]}"
        )
    made = _land(folder, kind, file, [row.row_id for row in chosen], said)
    return {
        **made,
        "rows_that_count": len(chosen) if kind == "release" else 0,
        "rows_left_open": len(left) - len(chosen),
    }


def withdraw(folder: DataFolder, name: str, said: Said) -> dict[str, Any]:
    """Take back a file that counts, or that would with the next night published or once our code
    can judge it: all of its rows, in figures and in what they say of other sheets' rows."""
    with find_file(folder, name.lower()) as (_, _, file):
        pass
    short = file.sha256[:SHORTEST]
    if file.form == REFERENCE_FORM:
        raise OfficeFault("a reference workbook is not taken back: send a newer one")
    if withdrawal_of(read_decisions(folder), file.sha256):
        raise OfficeFault(f"file {short} is withdrawn already")
    if file.is_loaded and file.verdict not in ("accepted", "partial", "not_judged"):
        raise OfficeFault(f"file {short} is {file.verdict}, so there is nothing to take back")
    return _land(folder, "withdraw", file, (), said)


def undo_withdrawal(folder: DataFolder, name: str, said: Said) -> dict[str, Any]:
    """Take back the withdrawal of a file."""
    with find_file(folder, name.lower()) as (_, _, file):
        pass
    found = withdrawal_of(read_decisions(folder), file.sha256)
    if not found:
        raise OfficeFault(f"file {file.sha256[:SHORTEST]} is not withdrawn")
    return _land(folder, "undo", file, found.rows, said, undoes=found.id)


def undo(folder: DataFolder, name: str, said: Said) -> dict[str, Any]:
    """Take back a decision, named by the beginning of its id. An undo is not undone: decide
    anew."""
    found = (
        [made for made in in_force(read_decisions(folder)) if made.id.startswith(name)]
        if len(name) >= SHORTEST
        else []
    )
    if len(found) != 1:
        raise OfficeFault(
            f"no decision in force has an id that begins with {name} (at least {SHORTEST} letters)"
        )
    with find_file(folder, found[0].sha256) as (_, _, file):
        pass
    return _land(folder, "undo", file, found[0].rows, said, undoes=found[0].id)


def _land(
    folder: DataFolder,
    kind: Kind,
    file: File,
    rows: Sequence[str],
    said: Said,
    undoes: str | None = None,
) -> dict[str, Any]:
    at = said.at or datetime.now(UTC)
    published = published_night(folder)
    if published is not None and night_of(at) < published:
        raise OfficeFault(
            f"a decision of the night of {night_of(at)} would change what was published on {published}; nothing was decided"
        )
    return _as_object(
        record(
            folder,
            kind,
            file.sha256,
            who=said.who,
            why=said.why,
            decided_at=at,
            rows=rows,
            undoes=undoes,
        )
    )


def _is_judged(file: File) -> None:
    if not file.is_loaded:
        raise OfficeFault(
            f"file {file.sha256[:SHORTEST]} has come for the night of {file.night} and is not judged yet; until then it can only be withdrawn"
        )


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
        raise OfficeFault(
            f"file {short} has a row {number} on {len(here)} sheets; name one with --sheet"
        )
    if not here:
        raise OfficeFault(f"file {short} has no row of data {number}")
    if here[0] not in left:
        by = here[0].resolved_by
        why = (
            f"file {by[:SHORTEST]} brought it right"
            if by and not here[0].is_open
            else f"it is {here[0].fate}, or was decided about before"
        )
        raise OfficeFault(f"row {number} of file {short} does not wait: {why}")
    return here[0]


def _pending(folder: DataFolder, known: Known) -> list[Decision]:
    """Decisions in force that the night did not know yet."""
    return [made for made in in_force(read_decisions(folder)) if made.id not in known.taken]


def _decided(pending: Sequence[Decision], sha256: str, row_id: str | None) -> str | None:
    """The last decision to come about a file, or about a row of it, in words."""
    about = [
        made for made in pending if made.sha256 == sha256 and (not made.rows or row_id in made.rows)
    ]
    return (
        f"{about[-1].decision} {about[-1].id[:SHORTEST]}, from the night of {about[-1].night}"
        if about
        else None
    )


def _month(month: int | None) -> str | None:
    if month is None:
        return None
    year, of_year = year_and_month(month)
    return f"{year}-{of_year:02d}"


def _marked_copy(folder: DataFolder, file: File) -> str | None:
    """Where the marked copy that went home lies, from the data folder; a star for its sender's name
    of it, which may be that of a person."""
    folders = [
        folder.outbox / name / str(file.night)
        for name in folders_of(folder, file.receipt, file.agent_code)
    ]
    found = sorted(
        path for day in folders for path in day.glob(f"*-{file.sha256[:SHORTEST]}.xls[xm]")
    )
    if not found:
        return None
    return f"{found[-1].parent.relative_to(folder.root).as_posix()}/*-{file.sha256[:SHORTEST]}{found[-1].suffix}"
