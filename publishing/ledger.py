"""The ledger of publications: `published/ledger.jsonl`, one line for every version that was let
out, only ever added to. The same rows stand in each published file as `publication_ledger`.

A line names the version, its content hash, what it was made with, how far the ledger of landings
went, and the SHA-256 of the manifest, which names every published file with its hash. The table in
a published file cannot name the manifest of that same file, so its last row does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from core import chained_lines
from core.data_folder import DataFolder
from publishing.program import Program
from publishing.store import describe, file_hash, read_store
from publishing.versions import MANIFEST, STORE, is_sound, read_manifest

TABLE = "publication_ledger"
COLUMNS = {
    "line": ("BIGINT", "Số thứ tự trong sổ công bố · Line of the ledger, from 1"),
    "version": ("VARCHAR", "Mã phiên bản · Version"),
    "known_on": ("DATE", "Đêm cuối cùng đã xử lý · Last night known"),
    "reporting_date": ("DATE", "Ngày của số liệu mới nhất · Newest reporting date"),
    "published_at": ("TIMESTAMP", "Thời điểm công bố (UTC) · Instant of publishing, UTC"),
    "content_hash": ("VARCHAR", "Mã băm nội dung · Hash of the content"),
    "program_version": (
        "VARCHAR",
        "Phiên bản chương trình, trống là không ghi lại · Version of the program, NULL where it was not recorded",
    ),
    "models_hash": ("VARCHAR", "Mã băm cách tính · Hash of the models, seeds among them"),
    "rules_hash": ("VARCHAR", "Mã băm bộ quy tắc · Hash of the rule book"),
    "contracts_hash": ("VARCHAR", "Mã băm bản mô tả mẫu · Hash of the forms"),
    "code_hash": ("VARCHAR", "Mã băm mã chương trình · Hash of the program's code"),
    "libraries_hash": ("VARCHAR", "Mã băm thư viện · Hash of the versions of libraries"),
    "settings_hash": ("VARCHAR", "Mã băm thiết lập · Hash of the settings that decide verdicts"),
    "landing_lines": (
        "BIGINT",
        "Số dòng của sổ tiếp nhận khi công bố · Lines of the ledger of landings when it was published",
    ),
    "landing_hash": ("VARCHAR", "Mã băm dòng cuối của sổ tiếp nhận · Hash of the last of them"),
    "is_taken_in": (
        "BOOLEAN",
        "Công bố từ trước khi có sổ, ghi vào sau · Published before there was a ledger, entered later",
    ),
    "previous_hash": (
        "VARCHAR",
        "Mã băm dòng trước của sổ · Hash of the line before in the ledger",
    ),
}
"""Column -> (type, comment)."""


@dataclass(frozen=True)
class Publication:
    """One line. `program` and `landing` are None of a version that was published before there was
    a ledger (`is_taken_in`)."""

    version: str
    known_on: date
    reporting_date: date
    published_at: datetime
    """Naive UTC."""
    content_hash: str
    program: Program | None
    landing: tuple[int, str] | None
    """Lines of the ledger of landings, and the hash of the last."""
    manifest: str | None = None
    """SHA-256 of the version's manifest; None while that is not written."""
    is_taken_in: bool = False
    line: int = 0
    previous: str = chained_lines.FIRST

    def as_json(self) -> dict[str, Any]:
        """What its line of the ledger says, but for `previous`."""
        landing = self.landing and {"lines": self.landing[0], "sha256": self.landing[1]}
        return {
            "version": self.version,
            "known_on": self.known_on.isoformat(),
            "reporting_date": self.reporting_date.isoformat(),
            "published_at": self.published_at.isoformat(),
            "content_hash": self.content_hash,
            "program": self.program and self.program.as_json(),
            "landing": landing,
            "manifest": self.manifest,
            "is_taken_in": self.is_taken_in,
        }

    def as_row(self) -> list[Any]:
        """Its row of `publication_ledger`, in the order of COLUMNS."""
        program: dict[str, str | None] = dict.fromkeys(Program.__dataclass_fields__)
        program |= self.program.as_json() if self.program else {}
        return [
            self.line,
            self.version,
            self.known_on,
            self.reporting_date,
            self.published_at,
            self.content_hash,
            *program.values(),
            *(self.landing or (None, None)),
            self.is_taken_in,
            self.previous,
        ]


def read_publications(places: DataFolder) -> tuple[list[Publication], list[str]]:
    """(every line that can be read, in order; a sentence for each that cannot, or that does not
    follow the line before it)."""
    lines = chained_lines.whole_lines(places.publications, "read the ledger of publications") or []
    found, problems = [], []
    previous = chained_lines.FIRST
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            made = _publication(said, number)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems.append(f"line {number} of published/ledger.jsonl is no line of ours")
        else:
            if said["previous"] != previous:
                problems.append(
                    f"line {number - 1} of published/ledger.jsonl was changed, or a line was taken out or put in before line {number}"
                    if number > 1
                    else "line 1 of published/ledger.jsonl follows a line that is missing"
                )
            found.append(made)
        previous = chained_lines.digest_of(line)
    return found, problems


def begin(places: DataFolder, made: Publication) -> tuple[Publication, list[Publication]]:
    """(`made` with the place that it will have in the ledger, the publications before it)."""
    lines = chained_lines.whole_lines(places.publications, "read the ledger of publications") or []
    previous = chained_lines.digest_of(lines[-1]) if lines else chained_lines.FIRST
    before = read_publications(places)[0]
    return replace(made, line=len(lines) + 1, previous=previous), before


def enter(places: DataFolder, made: Publication) -> None:
    """Add a publication; on the disk when this returns. Raises MachineFault."""
    places.publications.parent.mkdir(parents=True, exist_ok=True)
    chained_lines.append(
        places.publications, [made.as_json()], "write the ledger of publications", mode=0o644
    )
    places.publications.chmod(0o644)  # published: readable for everybody


def take_in_versions(places: DataFolder) -> list[str]:
    """Enter the sound versions that no line names: those of before there was a ledger, and that of
    a publish that was killed before it entered it. A sentence for what shows that the ledger was
    changed or has lost lines."""
    known, problems = read_publications(places)
    for made, line in unlisted_versions(places, known):
        placed, _before = begin(places, made)
        if line is not None and line != placed.line:
            problems.append(f"{lost_line(made, line)}; it was entered again as line {placed.line}")
        enter(places, placed)
    return problems


def unlisted_versions(
    places: DataFolder, known: Sequence[Publication]
) -> list[tuple[Publication, int | None]]:
    """The sound versions that no line names, in the order in which they were published, each with
    the line that its manifest gives it; None of a version of before there was a ledger."""
    names = {made.version for made in known}
    found = []
    for folder in places.versions.glob("[!.]*"):
        if (
            folder.name not in names
            and (said := read_manifest(folder)) is not None
            and is_sound(folder, folder.name, said["content_hash"])
        ):
            found.append((_of_version(folder, said), said.get("ledger_line")))
    return sorted(found, key=lambda each: (each[0].published_at, each[0].version))


def lost_line(made: Publication, line: int) -> str:
    """That the ledger no longer has a line, which the version of that line still knows of."""
    return f"line {line} of published/ledger.jsonl, version {made.version}, is missing"


def newest_lines(publications: Sequence[Publication]) -> dict[str, Publication]:
    """Version -> the newest line that names it, in the order in which versions were first
    published."""
    return {made.version: made for made in publications}


def write_table(con: duckdb.DuckDBPyConnection, alias: str, rows: Sequence[Publication]) -> None:
    """Create and describe `publication_ledger` in the attached file `alias`."""
    table = f"{alias}.main.{TABLE}"
    con.execute(f"create table {table} ({', '.join(f'{n} {t}' for n, (t, _) in COLUMNS.items())})")
    con.executemany(
        f"insert into {table} values ({', '.join('?' * len(COLUMNS))})",
        [made.as_row() for made in rows],
    )
    words = "Sổ công bố: mọi phiên bản đến phiên bản này · Ledger of publications up to this one"
    describe(con, table, words, {name: comment for name, (_, comment) in COLUMNS.items()})


def landing_now(places: DataFolder) -> tuple[int, str] | None:
    """How far the ledger of landings goes: (lines, hash of the last)."""
    lines = chained_lines.whole_lines(places.landings, "read the landing folder")
    return (len(lines), chained_lines.digest_of(lines[-1])) if lines else None


def _publication(said: Mapping[str, Any], line: int) -> Publication:
    landing = said["landing"]
    return Publication(
        version=str(said["version"]),
        known_on=date.fromisoformat(said["known_on"]),
        reporting_date=date.fromisoformat(said["reporting_date"]),
        published_at=datetime.fromisoformat(said["published_at"]),
        content_hash=str(said["content_hash"]),
        program=said["program"] and Program.from_json(said["program"]),
        landing=landing and (int(landing["lines"]), str(landing["sha256"])),
        manifest=said["manifest"],
        is_taken_in=bool(said["is_taken_in"]),
        line=line,
        previous=str(said["previous"]),
    )


def _of_version(folder: Path, said: Mapping[str, Any]) -> Publication:
    """What the folder of a sound version says of its publication."""
    with read_store(folder / STORE, "publication") as con:
        published_at = con.execute("select published_at from publication").fetchall()[0][0]
    program, landing = said.get("program"), said.get("landing")
    return Publication(
        version=said["version"],
        known_on=date.fromisoformat(said["known_on"]),
        reporting_date=date.fromisoformat(said["reporting_date"]),
        published_at=published_at,
        content_hash=said["content_hash"],
        program=Program.from_json(program) if program else None,
        landing=(landing["lines"], landing["sha256"]) if landing else None,
        manifest=file_hash(folder / MANIFEST),
        is_taken_in=program is None,
    )
