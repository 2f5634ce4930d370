"""Landing: bytes as received, write-once, named by their SHA-256, each arrival with a receipt.

`landing/received=YYYY-MM-DD/<sha256>.<ext>` holds the bytes, once, whatever number of times they arrive. Beside them `<sha256>.json`
is the receipt of the first arrival of that day; a further arrival there is `<sha256>.<arrival id>.json`. An arrival's id is a hash of what
it says, so landing the same arrival again (a run killed half way) writes nothing new.

A zip of workbooks is landed as it came, and each of its members as a file of its own: received when the zip was, from the same sender, with the
zip's hash as `inside` in the receipt.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from ingestion import archives
from ingestion.errors import machine_faults
from ingestion.model import Arrival
from ingestion.nights import night_of, parse_instant
from ingestion.settings import TIMEZONE, DataFolder

_BYTES_NAME = re.compile(r"^([0-9a-f]{64})\.(?!json$)[a-z0-9]{1,5}$")

_SCRATCH_AGE = 3600
"""Seconds after which a scratch file is nobody's: landing one file takes less than one."""


class StillWritten(Exception):
    """Internal to landing: not a whole file now; the next pass sees it again."""


@dataclass(frozen=True)
class Landed:
    """What landing one file came to. `already_known`: these bytes had been landed before this call; `member`: its name inside a zip."""

    arrival: Arrival
    already_known: bool
    member: str | None = None


class Landing:
    """The landing zone of a data folder, with an index of the bytes it holds (read once, kept while this object lands files)."""

    def __init__(self, folder: DataFolder) -> None:
        self.root = folder.landing
        self._bytes: dict[str, str] = {}
        for day in _days(self.root):
            for entry in os.scandir(day):
                match = _BYTES_NAME.match(entry.name)
                if entry.name.startswith((".landing-", ".receipt-")) and entry.stat().st_mtime < time.time() - _SCRATCH_AGE:
                    Path(entry.path).unlink(missing_ok=True)  # of a run that died
                elif match:
                    self._bytes.setdefault(match[1], f"{day.name}/{entry.name}")

    def land(self, path: Path, *, received_at: datetime | None, agent_code: str | None, channel: str) -> Landed:
        """Land one file. `received_at` (aware) and `agent_code` stand where its side file says nothing; without either
        the clock of the file system counts.

        Raises MachineFault when the folder cannot be written, StillWritten when the file changes meanwhile or is none.
        """
        said = _read_receipt_of(path, received_at=received_at, agent_code=agent_code, channel=channel)
        with open_file(path) as source:
            before = stamp(os.fstat(source.fileno()))
            return self._land(source, _extension(path.name), said, lambda: stamp(os.fstat(source.fileno())) == before)

    def land_all(self, path: Path, *, received_at: datetime | None, agent_code: str | None, channel: str) -> list[Landed]:
        """Land one file and, when it is a zip of workbooks that can be taken, every member of it. Raises as `land` does."""
        landed = [self.land(path, received_at=received_at, agent_code=agent_code, channel=channel)]
        stored = self.root / landed[0].arrival.bytes_path
        if archives.is_archive(stored) and not archives.why_refused(stored):
            receipt = json.loads((self.root / landed[0].arrival.receipt).read_text(encoding="utf-8"))
            for name, source in archives.members(stored):
                arrived = self._land(source, _extension(name), _receipt_inside(receipt, name), lambda: True)
                landed.append(replace(arrived, member=name))
        return landed

    def _land(self, source: IO[bytes], extension: str, said: dict[str, Any], is_whole: Callable[[], bool]) -> Landed:
        with machine_faults("write to the landing folder"):
            day = self.root / f"received={said['received_at'][:10]}"
            day.mkdir(parents=True, exist_ok=True)
            sha256, size, stored = self._store_bytes(source, extension, day, is_whole)
        receipt = _complete(said, sha256, size, self._bytes[sha256])
        with machine_faults("write to the landing folder"):
            name = _write_receipt(day, receipt)
        return Landed(_arrival(receipt, f"{day.name}/{name}"), already_known=not stored)

    def _store_bytes(self, source: IO[bytes], extension: str, day: Path, is_whole: Callable[[], bool]) -> tuple[str, int, bool]:
        """Copy to a private name while hashing, then link under the hash: a reader never sees half a file."""
        with tempfile.NamedTemporaryFile(dir=day, prefix=".landing-", delete=False) as scratch:
            try:
                digest = hashlib.sha256()
                while block := source.read(1 << 20):
                    digest.update(block)
                    scratch.write(block)
                if not is_whole():
                    raise StillWritten
                size = scratch.tell()
                sha256 = digest.hexdigest()
                if sha256 in self._bytes:
                    return sha256, size, False
                scratch.flush()
                os.fsync(scratch.fileno())
                final = day / f"{sha256}.{extension}"
                try:
                    os.link(scratch.name, final)
                    stored = True
                except FileExistsError:  # another process landed the same bytes meanwhile
                    stored = False
                self._bytes[sha256] = f"{day.name}/{final.name}"
                return sha256, size, stored
            finally:
                Path(scratch.name).unlink()


def describe(path: Path, *, received_at: datetime, agent_code: str | None, channel: str) -> Arrival:
    """The arrival that landing this file would make; nothing is written."""
    said = _read_receipt_of(path, received_at=received_at, agent_code=agent_code, channel=channel)
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    return _arrival(_complete(said, sha256, path.stat().st_size, f"{sha256}.{_extension(path.name)}"), "")


def describe_all(
    path: Path, scratch: Path, *, received_at: datetime, agent_code: str | None, channel: str
) -> Iterator[tuple[str | None, Arrival, Path]]:
    """(name inside the zip or None, arrival, where its bytes lie) of a file and, for a zip of workbooks, of its members. These are
    unpacked into `scratch` under names of our own; nothing else is written."""
    whole = describe(path, received_at=received_at, agent_code=agent_code, channel=channel)
    yield None, whole, path
    if not archives.is_archive(path) or archives.why_refused(path):
        return
    said = _read_receipt_of(path, received_at=received_at, agent_code=agent_code, channel=channel) | {"sha256": whole.sha256}
    for number, (name, source) in enumerate(archives.members(path)):
        where = scratch / f"{whole.sha256[:16]}-{number}"
        with where.open("wb") as target:
            shutil.copyfileobj(source, target)
        with where.open("rb") as stored:
            sha256 = hashlib.file_digest(stored, "sha256").hexdigest()
        receipt = _complete(_receipt_inside(said, name), sha256, where.stat().st_size, f"{sha256}.{_extension(name)}")
        yield name, _arrival(receipt, ""), where


def _receipt_inside(of_zip: dict[str, Any], name: str) -> dict[str, Any]:
    """What a member's receipt says: as its zip's, but for its name and where it came in."""
    kept = ("received_at", "night", "agent_code", "channel", "side_file_problem")
    return {**{key: of_zip[key] for key in kept}, "original_name": name.rsplit("/", 1)[-1], "member": name, "inside": of_zip["sha256"]}


def _read_receipt_of(path: Path, *, received_at: datetime | None, agent_code: str | None, channel: str) -> dict[str, Any]:
    side = read_side_file(path)
    moment = side.received_at or received_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    local = moment.astimezone(TIMEZONE)
    return {
        "received_at": local.isoformat(),
        "night": night_of(local).isoformat(),
        "agent_code": side.agent_code or agent_code,
        "channel": side.channel or channel,
        "original_name": path.name,
        "side_file_problem": side.problem,
    }


def _complete(said: dict[str, Any], sha256: str, size: int, bytes_path: str) -> dict[str, Any]:
    receipt = {**said, "sha256": sha256, "size": size, "bytes": bytes_path}
    identity = [receipt[k] for k in ("sha256", "received_at", "agent_code", "channel", "original_name")]
    if "inside" in receipt:
        identity += [receipt["inside"], receipt["member"]]
    receipt["arrival_id"] = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    return receipt


@dataclass(frozen=True)
class SideFile:
    received_at: datetime | None = None
    agent_code: str | None = None
    channel: str | None = None
    problem: str | None = None


def side_file_of(path: Path) -> Path | None:
    """The side file `<name>.json` of a file, or None. `<name>` is the whole name; the name without its ending is understood too."""
    for candidate in (path.with_name(path.name + ".json"), path.with_suffix(".json")):
        if candidate != path and candidate.is_file():
            return candidate
    return None


def is_side_file(path: Path) -> bool:
    """Whether this is the side file of a file that lies beside it."""
    return path.suffix.lower() == ".json" and any(side_file_of(other) == path for other in path.parent.glob(f"{glob.escape(path.stem)}*"))


def read_side_file(path: Path) -> SideFile:
    """What the side file says of `path`; one that cannot be understood is said in `problem`, and counts as absent."""
    side = side_file_of(path)
    if side is None:
        return SideFile()
    try:
        said = json.loads(side.read_text(encoding="utf-8-sig"))
        moment = said.get("received_at")
        return SideFile(
            received_at=parse_instant(moment) if moment else None,
            agent_code=str(said["agent_code"]) if said.get("agent_code") is not None else None,
            channel=str(said["channel"]) if said.get("channel") else None,
        )
    except (ValueError, AttributeError, TypeError):
        return SideFile(problem="unreadable")


def files_under(path: Path) -> Iterator[Path]:
    """The files a path means: itself, or for a folder every file in it, sorted, side files, links and hidden files apart."""
    if not path.is_dir():
        yield path
        return
    for child in sorted(path.rglob("*")):
        if child.is_symlink() or not child.is_file():
            continue
        if any(part.startswith((".", "~$")) for part in child.relative_to(path).parts):
            continue
        if child.suffix.lower() != ".json":
            yield child


def stamp(status: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file does."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def open_file(path: Path) -> BinaryIO:
    """Open a plain file; what has become a link, pipe or device since it was seen raises StillWritten, and is not waited for."""
    try:
        with machine_faults("read a file that came in"):
            source = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")
    except OSError as exc:
        if exc.errno in (errno.ELOOP, errno.ENXIO):
            raise StillWritten from exc
        raise
    if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
        source.close()
        raise StillWritten
    return source


def read_arrivals(folder: DataFolder, until: date, skip: Collection[str] = ()) -> list[Arrival]:
    """Arrivals whose night is `until` or earlier, but those whose receipt path is in `skip`; by (received_at, arrival_id)."""
    arrivals = []
    for day in _days(folder.landing):
        if day.name > f"received={until.isoformat()}":
            continue
        for entry in os.scandir(day):
            relative = f"{day.name}/{entry.name}"
            if entry.name.endswith(".json") and not entry.name.startswith(".") and relative not in skip:
                arrival = _arrival(json.loads(Path(entry.path).read_text(encoding="utf-8")), relative)
                if arrival.night <= until:
                    arrivals.append(arrival)
    return sorted(arrivals, key=lambda a: (a.received_at, a.arrival_id))


def read_receipts(folder: DataFolder, receipts: Iterable[str]) -> list[Arrival]:
    """The arrivals of these receipts (paths relative to landing/), by (received_at, arrival_id)."""
    arrivals = [_arrival(json.loads((folder.landing / name).read_text(encoding="utf-8")), name) for name in receipts]
    return sorted(arrivals, key=lambda a: (a.received_at, a.arrival_id))


def _arrival(receipt: dict[str, Any], relative: str) -> Arrival:
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
        is_named_reference=receipt["original_name"].lower().startswith("reference"),
        side_file_problem=receipt.get("side_file_problem"),
        inside=receipt.get("inside"),
    )


def _write_receipt(day: Path, receipt: dict[str, Any]) -> str:
    """Write once: the plain name, or the name with the arrival's id when another arrival of that day holds the plain one."""
    text = json.dumps(receipt, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    sha256, arrival_id = receipt["sha256"], receipt["arrival_id"]
    for name in (f"{sha256}.json", f"{sha256}.{arrival_id}.json"):
        with tempfile.NamedTemporaryFile("w", dir=day, prefix=".receipt-", delete=False, encoding="utf-8") as scratch:
            scratch.write(text)
            scratch.flush()
            os.fsync(scratch.fileno())
        try:
            os.link(scratch.name, day / name)
            return name
        except FileExistsError:
            if json.loads((day / name).read_text(encoding="utf-8"))["arrival_id"] == arrival_id:
                return name
        finally:
            Path(scratch.name).unlink()
    raise AssertionError("two arrivals with one id but different receipts")


def _extension(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    return ending if re.fullmatch(r"[a-z0-9]{1,5}", ending) and ending != "json" else "bin"


def _days(root: Path) -> list[Path]:
    return sorted(p for p in root.glob("received=*") if p.is_dir()) if root.is_dir() else []
