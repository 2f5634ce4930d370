"""Decisions of people: append-only records under `landing/decisions/<night>/<id>.json`, chained so
that none can be altered or lost unseen.

A record's id is the hash of all it says, the id of the record before it among that. It is written
once (mode 0400) and never again; who changes their mind lands one more record, which undoes the
first. Records take effect with their night, as files do: the first 21:00 at or after `decided_at`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from core.clock import night_of, parse_instant
from core.data_folder import DataFolder
from core.errors import OfficeFault, machine_faults
from core.locks import take
from core.settings import TIMEZONE
from core.whole_files import write_new
from ingestion.arrival import ledger
from ingestion.arrival.landed import adopt_old_landing

Kind = Literal["release", "reject", "withdraw", "hold", "undo"]
"""`hold` is the system's own: a file that kept a night from being published waits for a person."""
SYSTEM = "hệ thống"
"""Who decided, of a hold."""
SENT_AGAIN_CODE = "BP-035"
"""The rule that holds bytes sent again after they were taken back."""


@dataclass(frozen=True)
class Decision:
    """One record. `rows`: the keys of the rows that it is about; empty: the whole file. `undoes`:
    id of the decision that an `undo` takes back."""

    sequence: int
    """1 for the first ever, without gaps."""
    decision: Kind
    sha256: str
    rows: tuple[str, ...]
    who: str
    why: str
    decided_at: datetime
    undoes: str | None
    previous: str | None
    """Id of the record before; None for the first."""
    id: str = ""

    @property
    def night(self) -> date:
        """From this night on it is known."""
        return night_of(self.decided_at)


def record(
    folder: DataFolder,
    decision: Kind,
    sha256: str,
    *,
    who: str,
    why: str,
    decided_at: datetime,
    rows: Sequence[str] = (),
    undoes: str | None = None,
) -> Decision:
    """Append one decision to the chain. `decided_at` is aware.

    Raises OfficeFault when `who` or `why` says nothing, when `decided_at` lies before the decision
    before it, or when the chain is broken; MachineFault when landing cannot be written.
    """
    if not who.strip() or not why.strip():
        raise OfficeFault("a decision needs the name of who decides (--who) and the reason (--why)")
    with _alone(folder):
        before = read_decisions(folder)
        if before and decided_at < before[-1].decided_at:
            raise OfficeFault(
                f"the last decision was made at {before[-1].decided_at.isoformat()}; one cannot be put before it"
            )
        made = _sealed(
            Decision(
                sequence=len(before) + 1,
                decision=decision,
                sha256=sha256,
                rows=tuple(sorted(rows)),
                who=who.strip(),
                why=why.strip(),
                decided_at=decided_at.astimezone(TIMEZONE),
                undoes=undoes,
                previous=before[-1].id if before else None,
            )
        )
        # listed first: killed in between, a line is left whose decision was never made; a record
        # without a line is nobody's
        path = _root(folder) / made.night.isoformat() / f"{made.id}.json"
        adopt_old_landing(folder)
        ledger.append(
            folder, [(path.relative_to(folder.landing).as_posix(), ledger.digest_of(_text(made)))]
        )
        with machine_faults("write to the landing folder"):
            path.parent.mkdir(parents=True, exist_ok=True)
            with write_new(path, mode=0o400) as out:
                out.write(_text(made))
    return made


def read_decisions(folder: DataFolder) -> list[Decision]:
    """Every decision landed, in order.

    Raises OfficeFault when a record was altered, or when one that a later one stands on is missing.
    """
    listed = ledger.read_ledger(folder)
    found = sorted(
        (_read(folder, path, listed) for path in _root(folder).glob("*/*.json")),
        key=lambda d: (d.sequence, d.id),
    )
    previous: Decision | None = None
    for expected, made in enumerate(found, start=1):
        if made.sequence != expected or made.previous != (previous.id if previous else None):
            raise OfficeFault(
                f"decision {expected} is missing from landing/decisions or does not belong there (the next one there is {made.id[:12]}); "
                "put the folder back from a copy, nothing was loaded"
            )
        previous = made
    return found


def verify_audit(folder: DataFolder, known: Sequence[tuple[int, str]]) -> list[Decision]:
    """The decisions landed, once the chain holds and begins with all that the warehouse knew
    before: `known` is (sequence, id) of each.

    Raises OfficeFault when a record was altered or removed, also at the end of the chain.
    """
    landed = read_decisions(folder)
    ids = {made.sequence: made.id for made in landed}
    for sequence, decision_id in sorted(known):
        if ids.get(sequence) != decision_id:
            raise OfficeFault(
                f"decision {sequence} ({decision_id[:12]}) was loaded before and is no longer in landing/decisions; "
                "put the folder back from a copy, nothing was loaded"
            )
    return landed


def in_force(decisions: Sequence[Decision]) -> list[Decision]:
    """Those that nobody has undone, in order."""
    undone = {made.undoes for made in decisions}
    return [made for made in decisions if made.decision != "undo" and made.id not in undone]


def withdrawal_of(
    decisions: Sequence[Decision], sha256: str, before: datetime | None = None
) -> Decision | None:
    """The withdrawal of a file that is in force, the newest (decided before an instant)."""
    found = [
        made
        for made in in_force(decisions)
        if made.decision == "withdraw" and made.sha256 == sha256
    ]
    return next(
        (made for made in reversed(found) if before is None or made.decided_at < before), None
    )


def held_by_system(decisions: Sequence[Decision]) -> dict[str, Decision]:
    """sha256 -> the hold of each file that the system holds: nobody has undone it, or decided about
    the file since."""
    about = {made.sha256: made for made in in_force(decisions) if not made.rows}
    return {sha256: made for sha256, made in about.items() if made.decision == "hold"}


def withdrawal_words(who: str, why: str, decided_at: datetime) -> str:
    """Who took a file back, when and why, for the sentence of a finding."""
    return f"{who}, {decided_at.astimezone(TIMEZONE):%d/%m/%Y %H:%M}: {why}"


def _root(folder: DataFolder) -> Path:
    return folder.landing / "decisions"


def _said(made: Decision) -> dict[str, Any]:
    return {
        **asdict(made),
        "rows": list(made.rows),
        "decided_at": made.decided_at.isoformat(),
        "night": made.night.isoformat(),
    }


def _sealed(made: Decision) -> Decision:
    said = {name: value for name, value in _said(made).items() if name != "id"}
    return replace(
        made,
        id=hashlib.sha256(
            json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
        ).hexdigest(),
    )


def _text(made: Decision) -> bytes:
    return (json.dumps(_said(made), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _read(folder: DataFolder, path: Path, listed: Mapping[str, str] | None) -> Decision:
    text = path.read_bytes()
    if listed is not None and path.relative_to(folder.landing).as_posix() not in listed:
        raise OfficeFault(
            f"the decision landing/decisions/{path.parent.name}/{path.name[:12]}… was not made by this program: take it away, nothing was loaded"
        )
    try:
        said = json.loads(text)
        night = said.pop("night")
        made = Decision(
            **{**said, "rows": tuple(said["rows"]), "decided_at": parse_instant(said["decided_at"])}
        )
        is_whole = (
            made == _sealed(made)
            and night == made.night.isoformat() == path.parent.name
            and path.stem == made.id
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        is_whole = False
    if not is_whole:
        raise OfficeFault(
            f"the decision landing/decisions/{path.parent.name}/{path.name[:12]}… was altered after it was made; put it back from a copy, nothing was loaded"
        )
    return made


def _alone(folder: DataFolder) -> AbstractContextManager[None]:
    """One decision at a time: the next must know the one before."""
    return take(_root(folder) / ".lock", "write to the landing folder")
