"""Landing: bytes as received, write-once, named by their SHA-256, each arrival with a receipt.

`landing/received=YYYY-MM-DD/<sha256>.<ext>` holds the bytes, once, whatever number of times they
arrive. Beside them `<sha256>.json` is the receipt of the first arrival of that day; a further
arrival there is `<sha256>.<arrival id>.json`. An arrival's id is a hash of what it says, so landing
the same arrival again (a run killed half way) writes nothing new.

A zip of workbooks is landed as it came, and each of its members as a file of its own: received when
the zip was, from the same sender, with the zip's hash as `inside` in the receipt.

A pass waits for the disk twice, whatever the number of its files: for all bytes and receipts, then
for the ledger (see `ledger`), which lists the receipts. A file leaves the inbox after that. Cut off
before, landing may hold bytes or a receipt that are half there: nobody reads a receipt that is not
listed, and the next pass lands the file again and puts right what does not hold. What is read is
verified: receipts against the ledger, bytes against their name. What does not hold is named and
left out; what nobody landed is set aside under `landing/unreadable/`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import IO, Any

from core.clock import night_of, parse_instant
from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault, machine_faults
from core.foreign_text import visible
from core.locks import share
from core.settings import TIMEZONE
from core.whole_files import give_name, part_in, remove_parts, sync_all
from ingestion.arrival import archives, ledger
from ingestion.arrival.landed import (
    BYTES_NAME,
    PASSES,
    adopt_old_landing,
    arrival_of,
    days_of,
    hashes_to,
)
from ingestion.arrival.landed import read_arrivals as read_arrivals
from ingestion.arrival.landed import read_receipts as read_receipts
from ingestion.arrival.side_files import CALENDAR, SideFile, read_side_file
from ingestion.arrival.side_files import side_file_of as side_file_of
from ingestion.model import OFFICE, Arrival

_SCRATCH_AGE = 3600
"""Seconds after which a scratch file is nobody's: landing one file takes less than one."""

CLOCKS_DIFFER_BY = timedelta(days=1)
"""How far after now a file may be dated: senders' clocks are not ours."""


class StillWritten(Exception):
    """Internal to landing: not a whole file now; the next pass sees it again."""


class CannotOpen(MachineFault):
    """One file that came in may not be read, or its disk is broken there."""


class FromTheFuture(OfficeFault):
    """A file dated after now: it waits until then."""


@dataclass(frozen=True)
class Landed:
    """What landing one file came to. `already_known`: these bytes had been landed before this call;
    `member`: its name inside a zip."""

    arrival: Arrival
    already_known: bool
    member: str | None = None


class Landing:
    """The landing zone of a data folder, with an index of the bytes it holds (read once, kept while
    this object lands files)."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self.root = folder.landing
        self._bytes: dict[str, str] = {}
        self._written: list[ledger.Line] = []
        self._not_synced: set[Path] = set()
        self._is_pass = False
        self.problems = adopt_old_landing(folder)
        self._listed = ledger.read_ledger(folder) or {}
        for day in days_of(self.root):
            remove_parts(day, older_than=_SCRATCH_AGE)
            for entry in os.scandir(day):
                if match := BYTES_NAME.match(entry.name):
                    self._bytes.setdefault(match[1], f"{day.name}/{entry.name}")

    def land(
        self, path: Path, *, received_at: datetime | None, agent_code: str | None, channel: str
    ) -> Landed:
        """Land one file. `received_at` (aware) and `agent_code` stand where its side file says
        nothing; without either the clock of the file system counts.

        Raises MachineFault when the folder cannot be written (CannotOpen: when this file cannot be
        read), StillWritten when the file changes meanwhile or is none, FromTheFuture when it is
        dated after now.
        """
        with self.one_pass():
            said = _read_receipt_of(
                path, received_at=received_at, agent_code=agent_code, channel=channel
            )
            _refuse_the_future(parse_instant(said["received_at"]))
            with open_file(path) as source:
                before = stamp(os.fstat(source.fileno()))
                return self._land(
                    source,
                    _extension(path.name),
                    said,
                    lambda: stamp(os.fstat(source.fileno())) == before,
                )

    def land_all(
        self, path: Path, *, received_at: datetime | None, agent_code: str | None, channel: str
    ) -> list[Landed]:
        """Land one file and, when it is a zip of workbooks that can be taken, every member of it.
        Raises as `land` does."""
        with self.one_pass():
            landed = [
                self.land(path, received_at=received_at, agent_code=agent_code, channel=channel)
            ]
            stored = self.root / landed[0].arrival.bytes_path
            if archives.is_archive(stored) and not archives.why_refused(stored):
                receipt = json.loads(
                    (self.root / landed[0].arrival.receipt).read_text(encoding="utf-8")
                )
                for name, source in archives.members(stored):
                    arrived = self._land(
                        source, _extension(name), _receipt_inside(receipt, name), lambda: True
                    )
                    landed.append(replace(arrived, member=name))
            return landed

    @contextmanager
    def one_pass(self) -> Iterator[None]:
        """What is landed inside the block is on the disk, then listed in the ledger, at its end:
        two waits for the disk for many files. Meanwhile nobody takes a receipt that is not listed
        yet for a foreign one."""
        if self._is_pass:
            yield
            return
        with share(self.root / PASSES, "write to the landing folder"):
            self._is_pass = True
            try:
                yield
            finally:
                self._is_pass = False
                written, not_synced, self._written, self._not_synced = (
                    self._written,
                    self._not_synced,
                    [],
                    set(),
                )
                with machine_faults("write to the landing folder"):
                    sync_all(not_synced)
                ledger.append(
                    self._folder, [line for line in written if self._listed.get(line[0]) != line[1]]
                )
                self._listed |= dict(written)

    def _land(
        self, source: IO[bytes], extension: str, said: dict[str, Any], is_whole: Callable[[], bool]
    ) -> Landed:
        with machine_faults("write to the landing folder"):
            day = self.root / f"received={said['received_at'][:10]}"
            day.mkdir(parents=True, exist_ok=True)
            sha256, size, stored = self._store_bytes(source, extension, day, is_whole)
        receipt = _complete(said, sha256, size, self._bytes[sha256])
        with machine_faults("write to the landing folder"):
            name, text = _write_receipt(day, receipt, self._listed)
        # bytes that lay there already, too: another pass may have put them there and not synced
        # them yet
        self._not_synced |= {self.root / self._bytes[sha256], day / name}
        self._written.append((f"{day.name}/{name}", ledger.digest_of(text)))
        return Landed(arrival_of(receipt, f"{day.name}/{name}"), already_known=not stored)

    def _store_bytes(
        self, source: IO[bytes], extension: str, day: Path, is_whole: Callable[[], bool]
    ) -> tuple[str, int, bool]:
        """Copy to a private name while hashing, then link under the hash: a reader never sees half
        a file."""
        with part_in(day) as scratch:
            digest = hashlib.sha256()
            while block := source.read(1 << 20):
                digest.update(block)
                scratch.write(block)
            if not is_whole():
                raise StillWritten
            size = scratch.tell()
            sha256 = digest.hexdigest()
            if sha256 in self._bytes and hashes_to(self.root / self._bytes[sha256], sha256):
                return sha256, size, False
            scratch.flush()
            # what lies under this name is something else, or was lost: it is put back
            if sha256 in self._bytes:
                self.root.joinpath(self._bytes[sha256]).parent.mkdir(exist_ok=True)
                Path(scratch.name).replace(self.root / self._bytes[sha256])
                return sha256, size, False
            final = day / f"{sha256}.{extension}"
            try:
                give_name(Path(scratch.name), final)
                stored = True
            except FileExistsError:  # another process landed the same bytes meanwhile
                stored = False
            self._bytes[sha256] = f"{day.name}/{final.name}"
            return sha256, size, stored


def verify_time(path: Path, received_at: datetime | None) -> None:
    """Raises FromTheFuture when landing this file would, by its side file or by `received_at`."""
    _refuse_the_future(_received(path, read_side_file(path), received_at)[0])


def _refuse_the_future(moment: datetime) -> None:
    if moment > datetime.now(UTC) + CLOCKS_DIFFER_BY:
        raise FromTheFuture(
            f"it is dated {moment.astimezone(TIMEZONE):%Y-%m-%d}, which lies after now"
        )


def describe(path: Path, *, received_at: datetime, agent_code: str | None, channel: str) -> Arrival:
    """The arrival that landing this file would make; nothing is written."""
    said = _read_receipt_of(path, received_at=received_at, agent_code=agent_code, channel=channel)
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    return arrival_of(
        _complete(said, sha256, path.stat().st_size, f"{sha256}.{_extension(path.name)}"), ""
    )


def describe_all(
    path: Path, scratch: Path, *, received_at: datetime, agent_code: str | None, channel: str
) -> Iterator[tuple[str | None, Arrival, Path]]:
    """(name inside the zip or None, arrival, where its bytes lie) of a file and, for a zip of
    workbooks, of its members. These are unpacked into `scratch` under names of our own; nothing
    else is written."""
    whole = describe(path, received_at=received_at, agent_code=agent_code, channel=channel)
    yield None, whole, path
    if not archives.is_archive(path) or archives.why_refused(path):
        return
    said = _read_receipt_of(
        path, received_at=received_at, agent_code=agent_code, channel=channel
    ) | {"sha256": whole.sha256}
    for number, (name, source) in enumerate(archives.members(path)):
        where = scratch / f"{whole.sha256[:16]}-{number}"
        with where.open("wb") as target:
            shutil.copyfileobj(source, target)
        with where.open("rb") as stored:
            sha256 = hashlib.file_digest(stored, "sha256").hexdigest()
        receipt = _complete(
            _receipt_inside(said, name),
            sha256,
            where.stat().st_size,
            f"{sha256}.{_extension(name)}",
        )
        yield name, arrival_of(receipt, ""), where


def _receipt_inside(of_zip: dict[str, Any], name: str) -> dict[str, Any]:
    """What a member's receipt says: as its zip's, but for its name and where it came in."""
    kept = ("received_at", "night", "agent_code", "channel", "role", "side_file_problem")
    name = visible(name)
    return {
        **{key: of_zip[key] for key in kept if key in of_zip},
        "original_name": name.rsplit("/", 1)[-1],
        "member": name,
        "inside": of_zip["sha256"],
    }


def _read_receipt_of(
    path: Path, *, received_at: datetime | None, agent_code: str | None, channel: str
) -> dict[str, Any]:
    side = read_side_file(path)
    moment, problem = _received(path, side, received_at)
    local = moment.astimezone(TIMEZONE)
    return {
        "received_at": local.isoformat(),
        "night": night_of(local).isoformat(),
        "agent_code": side.agent_code or agent_code,
        "channel": channel if OFFICE in (channel, side.channel) else side.channel or channel,
        "role": OFFICE if channel == OFFICE else "sender",
        "original_name": visible(path.name),
        "side_file_problem": problem,
    }


def _received(
    path: Path, side: SideFile, otherwise: datetime | None
) -> tuple[datetime, str | None]:
    """When a file was received, and what is wrong with what it is told by: its side file, else what
    the caller says, else the time of the file itself; a time outside of any calendar says nothing,
    and the clock counts."""
    if moment := side.received_at or otherwise:
        return moment, side.problem
    try:
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if CALENDAR[0] <= moment.year < CALENDAR[1]:
            return moment, side.problem
    except (ValueError, OverflowError):
        pass
    return datetime.now(UTC), "file-time"


def nights_of_inbox(folder: DataFolder) -> list[date]:
    """The nights that the files of the inbox belong to; those of files dated after now are left
    out."""
    latest = datetime.now(UTC) + CLOCKS_DIFFER_BY
    moments = (
        [_received(path, read_side_file(path), None)[0] for path in files_under(folder.inbox)]
        if folder.inbox.is_dir()
        else []
    )
    return [night_of(moment) for moment in moments if moment <= latest]


def _complete(said: dict[str, Any], sha256: str, size: int, bytes_path: str) -> dict[str, Any]:
    receipt = {**said, "sha256": sha256, "size": size, "bytes": bytes_path}
    identity = [
        receipt[k] for k in ("sha256", "received_at", "agent_code", "channel", "original_name")
    ]
    if "inside" in receipt:
        identity += [receipt["inside"], receipt["member"]]
    receipt["arrival_id"] = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    return receipt


def files_under(path: Path) -> Iterator[Path]:
    """The files a path means: itself, or for a folder every file in it, sorted, side files, links
    and hidden files apart."""
    if not path.is_dir():
        yield path
        return
    for child in sorted(path.rglob("*")):
        if os.path.islink(child) or not os.path.isfile(child):  # noqa: PTH113, PTH114 - a folder that may not be entered is passed over
            continue
        if any(part.startswith((".", "~$")) for part in child.relative_to(path).parts):
            continue
        if child.suffix.lower() != ".json":
            yield child


def stamp(status: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file does."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def open_file(path: Path) -> BufferedReader:
    """Open a plain file; what has become a link, pipe or device since it was seen raises
    StillWritten, and is not waited for."""
    try:
        with machine_faults("read a file that came in"):
            source = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")
    except MachineFault as exc:
        if isinstance(exc.__cause__, OSError) and exc.__cause__.errno in (
            errno.EACCES,
            errno.EPERM,
            errno.EIO,
        ):
            raise CannotOpen(str(exc)) from exc
        raise
    except OSError as exc:
        if exc.errno in (errno.ELOOP, errno.ENXIO):
            raise StillWritten from exc
        raise
    if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
        source.close()
        raise StillWritten
    return source


def _write_receipt(
    day: Path, receipt: dict[str, Any], listed: Mapping[str, str]
) -> tuple[str, bytes]:
    """Write once: the plain name, or the name with the arrival's id when another arrival of that
    day holds the plain one. Name and text.

    The same arrival again (a run killed half way) finds its receipt there; one that was altered
    since is put back.
    """
    text = (json.dumps(receipt, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    sha256, arrival_id = receipt["sha256"], receipt["arrival_id"]
    for name in (f"{sha256}.json", f"{sha256}.{arrival_id}.json"):
        with part_in(day) as scratch:
            scratch.write(text)
            scratch.flush()
            try:
                give_name(Path(scratch.name), day / name)
                return name, text
            except FileExistsError:
                there = (day / name).read_bytes()
                known = listed.get(f"{day.name}/{name}")
                is_genuine = known == ledger.digest_of(there)
                if is_genuine and json.loads(there)["arrival_id"] == arrival_id:
                    return name, there
                if known == ledger.digest_of(text) or (
                    not is_genuine and known is None and _id_in(there) in (arrival_id, None)
                ):
                    Path(scratch.name).replace(day / name)
                    return name, text
    raise OfficeFault(
        f"the receipt {day.name}/{sha256[:12]}… was altered after it was landed; put it back from a copy"
    )


def _id_in(receipt: bytes) -> str | None:
    """The arrival that a receipt is of; None where that cannot be read."""
    try:
        return str(json.loads(receipt)["arrival_id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _extension(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    return ending if re.fullmatch(r"[a-z0-9]{1,5}", ending) and ending != "json" else "bin"
