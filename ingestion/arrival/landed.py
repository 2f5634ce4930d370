"""What is landed, read again: receipts are verified against the ledger, bytes against their name.
What does not hold is named and left out."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.clock import night_of, parse_instant
from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault, machine_faults
from core.foreign_text import visible
from core.locks import take, take_if_free
from core.settings import TIMEZONE
from core.whole_files import PART
from ingestion.arrival import ledger
from ingestion.arrival.side_files import side_file_of
from ingestion.model import OFFICE, Arrival

_LOG = logging.getLogger(__name__)
PASSES = ".passes"
"""Lock file: shared by those who land, alone for who looks for what nobody landed."""
BYTES_NAME = re.compile(r"^([0-9a-f]{64})\.(?!json$)[a-z0-9]{1,5}$")


def read_arrivals(
    folder: DataFolder, until: date, skip: Collection[str] = (), problems: list[str] | None = None
) -> list[Arrival]:
    """Arrivals whose night is `until` or earlier, but those whose receipt path is in `skip`; by
    (received_at, arrival_id).

    A receipt that does not hold is left out and said in `problems`; one that the ledger does not
    list (yet) is left out (`verify_landing` says which are foreign).
    """
    listed = ledger.read_ledger(folder)
    arrivals = []
    for day in days_of(folder.landing):
        if day.name > f"received={until.isoformat()}":
            continue
        for entry in os.scandir(day):
            relative = f"{day.name}/{entry.name}"
            if (
                not _is_receipt(entry.name)
                or relative in skip
                or (listed is not None and relative not in listed)
            ):
                continue
            try:
                arrival = _read_arrival(folder, relative, listed)
            except OfficeFault as exc:
                if problems is not None:
                    problems.append(f"{exc}; it is left out until it is put back from a copy")
                continue
            if arrival.night <= until:
                arrivals.append(arrival)
    return sorted(arrivals, key=lambda a: (a.received_at, a.arrival_id))


def read_receipts(
    folder: DataFolder, receipts: Iterable[str], problems: list[str] | None = None
) -> list[Arrival]:
    """The arrivals of these receipts (paths relative to landing/), by (received_at, arrival_id).

    Raises OfficeFault when one of them was altered or is missing; with `problems`, it is left out
    and said there.
    """
    listed = ledger.read_ledger(folder)
    arrivals = []
    for name in receipts:
        try:
            arrivals.append(_read_arrival(folder, name, listed))
        except OfficeFault as exc:
            if problems is None:
                raise
            problems.append(f"{exc}; what is known of its file stays as it is")
    return sorted(arrivals, key=lambda a: (a.received_at, a.arrival_id))


def with_sound_bytes(
    folder: DataFolder, arrivals: Iterable[Arrival], problems: list[str]
) -> list[Arrival]:
    """Those of the arrivals whose bytes are those that came in; the others are said in
    `problems`."""
    looked_at: dict[str, bool] = {}
    kept = []
    for arrival in arrivals:
        if arrival.bytes_path not in looked_at:
            holds = looked_at[arrival.bytes_path] = hashes_to(
                folder.landing / arrival.bytes_path, arrival.sha256
            )
            if not holds:
                is_there = (folder.landing / arrival.bytes_path).exists()
                words = "is no longer what came in" if is_there else "is missing from landing"
                problems.append(
                    f"file {arrival.sha256[:12]}, received {arrival.received_at:%Y-%m-%d}, {words}; it is left out until it is put back from a copy or sent again"
                )
        if looked_at[arrival.bytes_path]:
            kept.append(arrival)
    return kept


def verify_landing(folder: DataFolder) -> list[str]:
    """Compare what lies in landing with the ledger: a sentence for each receipt that is missing,
    and for each foreign file, which is set aside under `landing/unreadable/`. The receipts of a
    pass at work are let alone. A landing without a ledger is taken as it is, once.

    Raises OfficeFault when the ledger itself was altered.
    """
    if not folder.landing.is_dir():
        return []
    problems = adopt_old_landing(folder)
    with take_if_free(folder.landing / PASSES, "write to the landing folder") as is_quiet:
        listed = ledger.read_ledger(folder) or {}
        missing, foreign = _look_through(folder, listed)
        for path in foreign if is_quiet else ():
            where = set_aside(folder, path, "it lay in landing and nobody had landed it")
            problems.append(
                f"a file that nobody had landed lay in landing/{path.parent.name}; it was set aside as {where}"
            )
    for name in missing:
        problems.append(
            f"the receipt {_short(name)} is missing from landing; its file is left out until it is put back from a copy"
        )
    ledger.note_what_was_seen(folder)
    return problems


def inspect_landing(folder: DataFolder) -> list[str]:
    """Compare everything in landing with the ledger and with its own hash, and change nothing: a
    sentence for each receipt or file of bytes that is missing or altered, and for each foreign
    file.

    Raises OfficeFault when the ledger itself was altered.
    """
    listed = ledger.read_ledger(folder)
    problems: list[str] = []
    if listed is not None:
        missing, foreign = _look_through(folder, listed)
        problems += [f"the receipt {_short(name)} is missing from landing" for name in missing]
        problems += [
            f"a file that nobody had landed lies in landing/{path.parent.name}" for path in foreign
        ]
    with_sound_bytes(folder, read_arrivals(folder, date.max, (), problems), problems)
    return problems


def link_landing(folder: DataFolder, to: DataFolder, lines: int | None) -> None:
    """Lay a landing of links to this one's files into another data folder: what the first `lines`
    of the ledger list (None: all). Waits for who lands files now.

    Raises MachineFault when it cannot be written.
    """
    with (
        machine_faults("write the scratch of a rebuild"),
        take(folder.landing / PASSES, "write to the landing folder"),
    ):
        to.landing.mkdir(parents=True)
        listed: Collection[str] | None = ledger.copy_beginning(folder, to, lines)
        if folder.uses.exists():
            to.uses.symlink_to(folder.uses)
        for path in folder.landing.glob("*/**/[!.]*"):
            relative = path.relative_to(folder.landing)
            if relative.parts[0] == "unreadable" or not path.is_file():
                continue
            if (
                listed is None
                or relative.as_posix() in listed
                or (relative.parts[0] != "decisions" and BYTES_NAME.match(path.name))
            ):
                (to.landing / relative).parent.mkdir(parents=True, exist_ok=True)
                (to.landing / relative).symlink_to(path)


def _look_through(folder: DataFolder, listed: Collection[str]) -> tuple[list[str], list[Path]]:
    """(listed receipts that are not there, files that nobody landed)"""
    there: set[str] = set()
    foreign = []
    for day in days_of(folder.landing):
        for entry in os.scandir(day):
            relative = f"{day.name}/{entry.name}"
            if _is_receipt(entry.name):
                there.add(relative)
            is_ours = (
                relative in listed or BYTES_NAME.match(entry.name) or entry.name.startswith(PART)
            )
            if not is_ours:
                foreign.append(Path(entry.path))
    missing = [name for name in listed if name.startswith("received=") and name not in there]
    return missing, foreign


def adopt_old_landing(folder: DataFolder) -> list[str]:
    """Begin the ledger of a landing of before there were ledgers, with all that lies in it; nothing
    where there is a ledger, or nothing to list. What cannot be read as a receipt is set aside: a
    sentence for each."""
    if ledger.read_ledger(folder) is not None:
        return []
    lines: list[ledger.Line] = []
    problems = []
    for day in days_of(folder.landing):
        for path in sorted(
            Path(entry.path) for entry in os.scandir(day) if _is_receipt(entry.name)
        ):
            relative = f"{day.name}/{path.name}"
            try:
                _read_arrival(folder, relative, None)
            except OfficeFault as exc:
                where = set_aside(folder, path, str(exc))
                problems.append(f"{exc}; it was set aside as {where}")
                continue
            lines.append((relative, ledger.digest_of(path.read_bytes())))
    for path in sorted(folder.landing.glob("decisions/*/*.json")):
        lines.append(
            (path.relative_to(folder.landing).as_posix(), ledger.digest_of(path.read_bytes()))
        )
    if lines:
        ledger.append(folder, lines)
        _LOG.warning(
            "landing had no ledger yet: the %d receipts and decisions in it were taken as they are",
            len(lines),
        )
    return problems


class CannotLeave(MachineFault):
    """A file may not be taken away from the folder that it lies in."""


def set_aside(folder: DataFolder, path: Path, why: str) -> str:
    """Move a file that cannot be taken in, with its side file, to `landing/unreadable/`, and write
    a note of why beside it. Its new name.

    Raises CannotLeave when its folder does not let it go: then nothing is written, and it stays.
    """
    with machine_faults("write to the landing folder"):
        room = folder.landing / "unreadable"
        room.mkdir(exist_ok=True, parents=True)
        try:
            digest = ledger.digest_of(path.read_bytes())[:12]
        except OSError:
            digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
        name = next(
            n
            for n in (digest, *(f"{digest}-{i}" for i in range(2, 1000)))
            if not (room / f"{n}.note.json").exists()
        )
        note = {
            "name": visible(path.name),
            "why": why,
            "set_aside_at": datetime.now(TIMEZONE).isoformat(timespec="seconds"),
        }
        (room / f"{name}.note.json").write_text(
            json.dumps(note, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        side = side_file_of(path)
        try:
            shutil.move(path, room / f"{name}.bin")
        except OSError as exc:
            if exc.errno not in (errno.EACCES, errno.EPERM, errno.EROFS) or path.is_dir():
                raise
            # the room takes files: it is the folder that lets none go
            for written in (
                room / f"{name}.bin",
                room / f"{name}.note.json",
            ):
                written.unlink(missing_ok=True)
            raise CannotLeave(f"cannot set a file aside: {exc.strerror}") from exc
        if side:
            shutil.move(side, room / f"{name}.side.json")
    return f"landing/unreadable/{name}.bin"


def _read_arrival(folder: DataFolder, relative: str, listed: Mapping[str, str] | None) -> Arrival:
    """The arrival of one receipt. `listed`: the ledger; None where there is none. Raises
    OfficeFault when it is not what was landed."""
    try:
        text = (folder.landing / relative).read_bytes()
    except FileNotFoundError:
        raise OfficeFault(f"the receipt {_short(relative)} is missing from landing") from None
    if listed is not None and listed.get(relative) != ledger.digest_of(text):
        raise OfficeFault(f"the receipt {_short(relative)} was altered after it was landed")
    try:
        return arrival_of(json.loads(text), relative)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise OfficeFault(f"landing/{_short(relative)} is no receipt of ours") from None


def _short(relative: str) -> str:
    """The path of a receipt with the beginning of its hash, as logs name files."""
    day, _, name = relative.partition("/")
    return f"{visible(day)}/{visible(name[:12])}…"


def _is_receipt(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")


def hashes_to(path: Path, sha256: str) -> bool:
    """Whether these bytes are there and have this SHA-256."""
    try:
        with path.open("rb") as stored:
            return hashlib.file_digest(stored, "sha256").hexdigest() == sha256
    except (FileNotFoundError, IsADirectoryError):
        return False


def arrival_of(receipt: dict[str, Any], relative: str) -> Arrival:
    """The arrival that a receipt tells of; `relative`: its path in landing."""
    moment = parse_instant(receipt["received_at"])
    return Arrival(
        arrival_id=receipt["arrival_id"],
        sha256=receipt["sha256"],
        received_at=moment,
        night=night_of(moment),
        agent_code=receipt["agent_code"],
        channel=receipt["channel"],
        extension=receipt["bytes"].rsplit(".", 1)[-1],
        receipt=relative,
        bytes_path=receipt["bytes"],
        is_from_office=_is_from_office(receipt),
        side_file_problem=receipt.get("side_file_problem"),
        inside=receipt.get("inside"),
    )


def _is_from_office(receipt: dict[str, Any]) -> bool:
    """Receipts of before this was written down name no role; there what named no agent was the
    office's (decision 12)."""
    role = receipt.get("role")
    return bool(role == OFFICE) if role is not None else receipt["agent_code"] is None


def days_of(root: Path) -> list[Path]:
    """The folders of landing, one for each day of receipt."""
    return sorted(p for p in root.glob("received=*") if p.is_dir()) if root.is_dir() else []
