"""`baophu rebuild --verify`: every version that was published, landing, decisions, the warehouse
and the published files, held against what landing gives again. Changes nothing that it looks at."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from baophu.rebuild import Tell, build, known_decisions, link, scratch_of
from core.data_folder import DataFolder
from core.errors import BaophuError, MachineFault, OfficeFault, WarehouseDamaged, machine_faults
from ingestion.arrival import ledger as landings
from ingestion.arrival.decisions import read_decisions, verify_audit
from ingestion.arrival.landed import inspect_landing, read_arrivals
from ingestion.warehouse.load import is_of_this_schema
from publishing.compare import Difference
from publishing.errors import NothingPublished, PublishBlocked
from publishing.ledger import (
    Publication,
    lost_line,
    newest_lines,
    read_publications,
    unlisted_versions,
)
from publishing.program import Program, this_program
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
from publishing.store import copy_warehouse, read_warehouse, write_ahead_log
from publishing.versions import STORE


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


def verify(folder: DataFolder, tell: Tell) -> Verified:
    """Rebuild in scratch, and compare every version ever published, landing, decisions, the
    warehouse and the published files with what they are said to be.

    Raises NothingPublished where there is no version; MachineFault for locks and space.
    """
    with scratch_of(folder) as scratch:
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
        ):
            copy_warehouse(source, folder.warehouse, kept)
        if write_ahead_log(kept).exists():
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
        verify_audit(folder, known_decisions(kept))
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
        link(folder, scratch, lines)
        build(scratch, told.night, tell)
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


def _about(about: str, sentences: Sequence[str]) -> list[Found]:
    return [Found(about, words) for words in dict.fromkeys(sentences)]
