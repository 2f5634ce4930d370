"""The warehouse built anew from landing: to put it in place (`baophu rebuild`), and to hold every
published version against it (`baophu rebuild --verify`).

Both build in a scratch folder, by the functions of a night. `--verify` changes nothing that it
looks at.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

from baophu.airflow_night import LEAST_SPACE, alone
from core.data_folder import DataFolder
from core.errors import BaophuError, MachineFault, OfficeFault, WarehouseDamaged, machine_faults
from core.locks import take
from core.whole_files import write_whole
from ingestion import nightly
from ingestion.arrival import ledger as landings
from ingestion.arrival.decisions import read_decisions, verify_audit
from ingestion.arrival.landed import inspect_landing, link_landing, read_arrivals
from ingestion.warehouse.load import is_of_this_schema
from publishing.as_of import write_as_of
from publishing.compare import Difference
from publishing.errors import NothingPublished, PublishBlocked
from publishing.ledger import (
    Publication,
    lost_line,
    newest_lines,
    read_publications,
    unlisted_versions,
)
from publishing.marts import build_marts
from publishing.program import Program, this_program
from publishing.release import Release, publish
from publishing.reproduce import (
    Reproduced,
    altered_figures,
    altered_files,
    altered_lines,
    altered_marts,
    altered_rows,
    altered_stable_files,
    lost_files,
    reproduce,
    words_of,
)
from publishing.store import read_warehouse
from publishing.versions import STORE

Tell = Callable[[str, int, int], None]
"""Told of each step before it begins: its name, how many of its parts are done, and of how many."""
_CAUSES = {
    "program": "chương trình đã thay đổi",
    "program or data": "chương trình đã thay đổi, hồ sơ gốc bị sửa",
    "data": "hồ sơ gốc bị sửa",
    "late": "có tệp nhận sau khi công bố",
    "unknown": "bản công bố bị sửa hoặc lỗi của chương trình",
}
_COPIES = 3
"""A rebuild needs so many times the space of the warehouse: rebuilt, its snapshot, the kept one."""


@dataclass(frozen=True)
class Found:
    """What `--verify` found wrong. `about`: landing, decision, ledger, published or warehouse."""

    about: str
    sentence: str


@dataclass(frozen=True)
class CheckedVersion:
    """A version that was published, and what landing gives for it.

    `cause` of one that differs: `program` (its parts in `changed`), `data`, `program or data`,
    `late` (files in `late` were landed after it was published, with an earlier date), or `unknown`.
    """

    publication: Publication
    reproduced: Reproduced | None
    """None where nothing could be rebuilt."""
    altered: tuple[str, ...] = ()
    difference: str = ""
    cause: str = ""
    changed: tuple[str, ...] = ()
    late: tuple[str, ...] = ()

    @property
    def is_reproduced(self) -> bool:
        """Whether landing gives its content hash."""
        return (
            self.reproduced is not None
            and self.reproduced.content_hash == self.publication.content_hash
        )


@dataclass
class Verified:
    """What `--verify` came to, versions in the order in which they were published."""

    night: date
    versions: list[CheckedVersion] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether every version is reproduced and nothing was found."""
        return not self.found and all(version.is_reproduced for version in self.versions)


@dataclass(frozen=True)
class Rebuilt:
    """The warehouse that was put in place, and what was published from it."""

    night: date
    files: int
    rows: int
    hash_before: str | None
    """Content hash of what was published before; None where nothing was."""
    release: Release


def rebuild(folder: DataFolder, tell: Tell) -> Rebuilt:
    """Build the warehouse anew from landing, put it in place of the old one, and publish.

    Raises OfficeFault, with nothing replaced, when landing is not whole, or when the warehouse
    holds a later night than can be rebuilt; PublishBlocked and MachineFault as a night does.
    """
    with alone(folder), _scratch(folder) as scratch:
        publications = _publications(folder)[0]
        night = _night_to_rebuild(folder, publications)
        tell("landing", 0, 0)
        if problems := inspect_landing(folder):
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise OfficeFault(
                f"landing is not whole, so the warehouse was left as it is: {problems[0]}{more}; `baophu rebuild --verify` names all"
            )
        verify_audit(folder, _known_decisions(folder.warehouse))
        _link(folder, scratch, None)
        counts = _build(scratch, night, tell)
        tell("publish", 0, 0)
        _put_in_place(folder, scratch, night)
        before = max(publications, key=lambda made: (made.known_on, made.line), default=None)
        return Rebuilt(
            night,
            counts["files"],
            counts["rows"],
            before.content_hash if before else None,
            publish(folder.root),
        )


def verify(folder: DataFolder, tell: Tell) -> Verified:
    """Rebuild in scratch, and compare every version ever published, landing, decisions, the
    warehouse and the published files with what they are said to be.

    Raises NothingPublished where there is no version; MachineFault for locks and space.
    """
    with _scratch(folder) as scratch:
        publications, found = _publications(folder)
        if not publications:
            raise NothingPublished(
                "nothing is published on this data folder yet: run `baophu night` first"
            )
        versions = list(newest_lines(publications).values())
        newest = [m for m in versions if m.known_on == max(v.known_on for v in versions)]
        told = Verified(newest[-1].known_on, found=found)
        kept = _copy_warehouse(folder, scratch)
        altered: dict[str, list[str]] = {}
        for number, made in enumerate(versions):
            tell("files", number, len(versions))
            altered[made.version] = altered_files(folder, made)
        told.found += _about("published", [words for of in altered.values() for words in of])
        told.found += _about("published", altered_stable_files(folder, newest))
        told.found += _about("ledger", altered_lines(folder, publications))
        tell("landing", 0, 0)
        told.found += _look_at_landing(folder, publications, kept)
        known = [made.landing[0] for made in publications if made.landing]
        lines = max(known) if len(known) == len(publications) else None
        if _rebuild_what_can_be(folder, scratch, told, lines, tell):
            told.found += _about("warehouse", _look_at_warehouse(folder, scratch, told.night, kept))
            told.versions = _reproduce(folder, scratch, versions, altered, tell)
        else:
            told.versions = [
                CheckedVersion(made, None, tuple(altered[made.version])) for made in versions
            ]
        program = this_program()
        is_data_altered = any(each.about in ("landing", "decision") for each in told.found)
        told.versions = [
            _with_cause(folder, version, publications, program, is_data_altered)
            for version in told.versions
        ]
        return told


def _publications(folder: DataFolder) -> tuple[list[Publication], list[Found]]:
    """Every line of the ledger, then the versions that it does not name, as a publish would take
    them in; and what is wrong with it."""
    known, problems = read_publications(folder)
    placed = []
    last = max((made.line for made in known), default=0)
    for number, (made, line) in enumerate(unlisted_versions(folder, known), start=last + 1):
        if line is not None and line != number:
            problems.append(lost_line(made, line))
        placed.append(replace(made, line=number))
    return [*known, *placed], _about("ledger", problems)


def _night_to_rebuild(folder: DataFolder, publications: Sequence[Publication]) -> date:
    """The last night that was published, or loaded."""
    nights = [made.known_on for made in publications]
    if folder.warehouse.exists():
        with contextlib.suppress(duckdb.Error), read_warehouse(folder.warehouse) as con:
            nights += [n for (n,) in con.execute("select night from ops.nights").fetchall()]
    if not nights:
        raise NothingPublished("no night has run on this data folder yet: run `baophu night` first")
    return max(nights)


def _link(folder: DataFolder, scratch: DataFolder, lines: int | None) -> None:
    """What a rebuild reads: landing, as far as these lines of its ledger, and the snapshot that
    knows which versions of the reference workbook were accepted."""
    link_landing(folder, scratch, lines)
    scratch.as_of.parent.mkdir(exist_ok=True)
    if folder.as_of.exists():
        scratch.as_of.symlink_to(folder.as_of)


def _build(scratch: DataFolder, night: date, tell: Tell) -> dict[str, int]:
    """A night's own stages on the scratch folder: all that is landed there, then the marts and the
    snapshot that answers for other nights."""
    tell("plan", 0, 0)
    chunks = nightly.plan(scratch, night)
    for number, chunk in enumerate(chunks):
        tell("judge", number, len(chunks))
        # as in a night: files on which our code fails are loaded as not judged
        with contextlib.suppress(RuntimeError):
            nightly.judge_chunk(scratch, night, chunk)
    tell("load", 0, 0)
    counts = nightly.load_night(scratch, night)
    tell("marts", 0, 0)
    models = [node for node in build_marts(scratch.root).nodes if node.kind == "model"]
    with scratch.warehouse.open("rb") as warehouse:
        write_as_of(warehouse, scratch, models)
    return counts


def _put_in_place(folder: DataFolder, scratch: DataFolder, night: date) -> None:
    """Replace the warehouse, and what its last build told, by the rebuilt ones. The nights that ran
    stay known."""
    nights: list[tuple[date]] = []
    if folder.warehouse.exists():
        with (
            contextlib.suppress(WarehouseDamaged, duckdb.Error),
            machine_faults("replace the warehouse"),
            duckdb.connect(str(folder.warehouse)) as con,  # nobody else has it
        ):
            nights = con.execute("select night from ops.nights").fetchall()
    if any(ran > night for (ran,) in nights):
        raise OfficeFault(
            "a night was loaded while the warehouse was rebuilt; it was left as it is: run `baophu rebuild` again"
        )
    with machine_faults("replace the warehouse"):
        with duckdb.connect(str(scratch.warehouse)) as con:
            for (ran,) in nights:
                con.execute("insert or ignore into ops.nights values (?)", [ran])
        results = scratch.build_results.read_bytes()
        folder.dbt.mkdir(parents=True, exist_ok=True)
        folder.build_results.unlink(missing_ok=True)  # while the warehouse is not that of a build
        scratch.warehouse.replace(folder.warehouse)
        folder.warehouse.with_name(f"{folder.warehouse.name}.wal").unlink(missing_ok=True)
        write_whole(folder.build_results, results, "write dbt's files", is_lasting=False)


def _copy_warehouse(folder: DataFolder, scratch: DataFolder) -> Path | None:
    """A copy of the warehouse, made while nobody writes it, so that a night that begins now finds
    it free; None where there is none that can be read."""
    if not folder.warehouse.exists():
        return None
    kept = scratch.root / "kept.duckdb"
    try:
        with (
            machine_faults("read the warehouse"),
            folder.warehouse.open("rb") as source,
            read_warehouse(folder.warehouse),
            kept.open("wb") as copy,
        ):
            shutil.copyfileobj(source, copy, 1 << 20)
        log = folder.warehouse.with_name(f"{folder.warehouse.name}.wal")
        if log.exists():  # of a writer that was killed
            shutil.copyfile(log, kept.with_name(f"{kept.name}.wal"))
            duckdb.connect(str(kept)).close()
    except (WarehouseDamaged, duckdb.Error):
        return None
    return kept


def _look_at_landing(
    folder: DataFolder, publications: Sequence[Publication], kept: Path | None
) -> list[Found]:
    found = []
    try:
        found += _about("landing", inspect_landing(folder))
    except OfficeFault as exc:
        found.append(Found("landing", str(exc)))
    try:
        verify_audit(folder, _known_decisions(kept))
    except OfficeFault as exc:
        if str(exc) not in {each.sentence for each in found}:  # a broken ledger is said once
            found.append(Found("decision", str(exc)))
    for made in publications:
        if made.landing and landings.digest_of_line(folder, made.landing[0]) != made.landing[1]:
            words = f"line {made.landing[0]} of landing/ledger.jsonl is not what it was when version {made.version} was published"
            found.append(Found("landing", words))
            break
    return found


def _rebuild_what_can_be(
    folder: DataFolder, scratch: DataFolder, told: Verified, lines: int | None, tell: Tell
) -> bool:
    """Whether the scratch folder holds a rebuilt warehouse; else why not is told."""
    try:
        _link(folder, scratch, lines)
        _build(scratch, told.night, tell)
    except MachineFault:
        raise
    except PublishBlocked as exc:
        words = f"what landing gives fails {len(exc.failed_tests)} tests of the marts ({', '.join(exc.failed_tests[:3])}), so no version could be reproduced"
        told.found.append(Found("landing", words))
        return False
    except BaophuError as exc:
        words = f"nothing could be rebuilt from landing: {exc}"
        if not any(str(exc) == each.sentence for each in told.found):
            told.found.append(Found("landing", words))
        return False
    return True


def _look_at_warehouse(
    folder: DataFolder, scratch: DataFolder, night: date, kept: Path | None
) -> list[str]:
    name = "warehouse/baophu.duckdb"
    if kept is None:
        return [f"{name} is missing or damaged: the next night builds it anew from landing"]
    with duckdb.connect(str(kept), read_only=True) as con:
        if not is_of_this_schema(con):
            return [f"{name} was made by another version of the program; it was not compared"]
        last = con.execute("select max(night) from ops.nights").fetchall()[0][0]
    if last is not None and last > night:
        return [f"{name} holds the night of {last}, which is not published; it was not compared"]
    lost = lost_files(kept, scratch.as_of)
    problems = [
        f"{name} holds file {sha256[:12]}, which landing no longer gives" for sha256 in lost
    ]
    problems += altered_rows(kept, scratch.as_of, name)
    if not lost:  # else the figures of their places differ
        problems += altered_marts(kept, scratch.as_of)
    if folder.as_of.exists():
        try:
            problems += altered_rows(folder.as_of, scratch.as_of, "warehouse/asof.duckdb")
        except duckdb.Error:
            problems.append("warehouse/asof.duckdb is damaged: `baophu publish` makes it anew")
    return problems


def _reproduce(
    folder: DataFolder,
    scratch: DataFolder,
    versions: Sequence[Publication],
    altered: dict[str, list[str]],
    tell: Tell,
) -> list[CheckedVersion]:
    checked = []
    for number, made in enumerate(versions):
        tell("reproduce", number, len(versions))
        given = reproduce(folder, scratch, made)
        difference: Difference | None = given.difference
        store = f"published/versions/{made.version}/{STORE}"
        if difference is None and any(words.startswith(store) for words in altered[made.version]):
            path = folder.versions / made.version / STORE
            difference = altered_figures(scratch, path, made.known_on)
        checked.append(
            CheckedVersion(
                made,
                given,
                tuple(altered[made.version]),
                words_of(difference, "in the published file") if difference else "",
            )
        )
    return checked


def _with_cause(
    folder: DataFolder,
    version: CheckedVersion,
    publications: Sequence[Publication],
    program: Program,
    is_data_altered: bool,
) -> CheckedVersion:
    """Why a version is not reproduced. Its rows may have been judged by the program of any version
    before it, its figures were computed by its own."""
    if version.is_reproduced or version.reproduced is None:
        return version
    made = version.publication
    before = [each for each in publications if each.line <= made.line]
    changed: set[str] = set()
    for each in before:
        if each.program is None:
            changed.add("not recorded")
        else:
            own = each.line == made.line
            changed |= {
                part for part in program.differs_in(each.program) if own or part != "models"
            }
    changed -= {"version"} if len(changed) > 1 else set()
    late = _landed_later(folder, made) if made.landing else ()
    if changed:
        cause = "program or data" if is_data_altered else "program"
    elif late:
        cause = "late"
    else:
        cause = "data" if is_data_altered else "unknown"
    return replace(version, cause=cause, changed=tuple(sorted(changed)), late=late)


def _landed_later(folder: DataFolder, made: Publication) -> tuple[str, ...]:
    """Files of the version's nights that were landed after it was published."""
    assert made.landing is not None
    with contextlib.suppress(OfficeFault):
        lines = landings.positions(folder)
        later = [
            arrival.sha256
            for arrival in read_arrivals(folder, made.known_on, problems=[])
            if lines.get(arrival.receipt, 0) > made.landing[0]
        ]
        decided = [
            f"decision {decision.id}"
            for decision in read_decisions(folder)
            if decision.night <= made.known_on
            and lines.get(f"decisions/{decision.night.isoformat()}/{decision.id}.json", 0)
            > made.landing[0]
        ]
        return (*(sha256[:12] for sha256 in later), *(words[:21] for words in decided))
    return ()


def _known_decisions(warehouse: Path | None) -> list[tuple[int, str]]:
    """(sequence, id) of every decision that a warehouse has seen."""
    if warehouse is None or not warehouse.exists():
        return []
    query = "select sequence, decision_id from ops.audit order by sequence"
    with contextlib.suppress(duckdb.Error), read_warehouse(warehouse) as con:
        return [(int(sequence), str(name)) for sequence, name in con.execute(query).fetchall()]
    return []


@contextlib.contextmanager
def _scratch(folder: DataFolder) -> Iterator[DataFolder]:
    """An empty data folder inside the warehouse's, removed at the end."""
    with _one_rebuild(folder):
        scratch = folder.rebuilding
        shutil.rmtree(scratch.root, ignore_errors=True)  # of a rebuild that was killed
        size = folder.warehouse.stat().st_size if folder.warehouse.exists() else 0
        needed = _COPIES * size + LEAST_SPACE
        if shutil.disk_usage(folder.root).free < needed:
            raise MachineFault(
                f"there is no space left on the disk of {folder.root}; a rebuild needs {needed >> 20} MiB"
            )
        with machine_faults("write the scratch of a rebuild"):
            scratch.root.mkdir(parents=True)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch.root, ignore_errors=True)


def _one_rebuild(folder: DataFolder) -> AbstractContextManager[None]:
    if not folder.root.is_dir():
        raise NothingPublished("no night has run on this data folder yet: run `baophu night` first")
    return take(
        folder.root / "warehouse" / "rebuild.lock",
        "write beside the warehouse",
        refusal=f"another rebuild is running on {folder.root}; this one did nothing",
    )


def _about(about: str, sentences: Sequence[str]) -> list[Found]:
    return [Found(about, words) for words in dict.fromkeys(sentences)]


def as_object(told: Verified) -> dict[str, Any]:
    """For programs."""
    return {
        "night": told.night,
        "is_whole": told.is_whole,
        "versions": [
            {
                "version": version.publication.version,
                "known_on": version.publication.known_on,
                "published_at": version.publication.published_at,
                "content_hash": version.publication.content_hash,
                "reproduced_hash": version.reproduced and version.reproduced.content_hash,
                "is_reproduced": version.is_reproduced,
                "is_taken_in": version.publication.is_taken_in,
                "tables": list(version.reproduced.tables) if version.reproduced else [],
                "difference": version.difference or None,
                "cause": version.cause or None,
                "changed": list(version.changed),
                "late": list(version.late),
            }
            for version in told.versions
        ],
        "findings": [{"about": found.about, "sentence": found.sentence} for found in told.found],
    }


def print_verified(console: Console, told: Verified) -> None:
    """A table of versions, then what was found, a sentence each."""
    table = Table(box=box.SIMPLE_HEAVY)
    for title in ("Phiên bản", "Tính đến đêm", "Công bố lúc (UTC)", "Kết quả"):
        table.add_column(title)
    for version in told.versions:
        made = version.publication
        if version.is_reproduced:
            result = "tính lại giống hệt"
        elif version.reproduced is None:
            result = "không tính lại được"
        else:
            result = f"khác: {_CAUSES[version.cause]}"
        table.add_row(
            made.version, f"{made.known_on:%d/%m/%Y}", f"{made.published_at:%d/%m/%Y %H:%M}", result
        )
    console.print(table)
    for words in sentences(told):
        console.print(words, highlight=False, soft_wrap=True)
    same = sum(version.is_reproduced for version in told.versions)
    console.print(
        f"{same}/{len(told.versions)} phiên bản tính lại từ hồ sơ gốc giống hệt; {len(told.found)} điểm bị sửa, thiếu hoặc lạ.",
        highlight=False,
    )


def sentences(told: Verified) -> list[str]:
    """What is wrong, in English: what was found, then each version that is not reproduced."""
    found = [each.sentence for each in told.found]
    for version in told.versions:
        if version.reproduced is None or version.is_reproduced:
            continue
        name, tables = version.publication.version, version.reproduced.tables
        where = version.difference or f"{len(tables)} tables, the first {tables[0]}"
        found.append(f"version {name} is not reproduced: {where}; {_why(version)}")
    return found


def _why(version: CheckedVersion) -> str:
    changed = f"the program is not the one that it was made with ({', '.join(version.changed)})"
    late = ", ".join(version.late[:5]) + (" and others" if len(version.late) > 5 else "")
    return {
        "program": changed,
        "program or data": f"{changed}, and landing was altered, as said above",
        "data": "landing was altered, as said above; the program is the same",
        "late": f"landed after it was published, and dated before: {late}",
        "unknown": "landing holds and the program is the same, so the version and its line of the ledger were altered, or this is a bug of ours",
    }[version.cause]
