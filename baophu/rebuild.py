"""The warehouse built anew from landing: in a scratch folder, by the functions of a night, then put
in place of the old one (`baophu rebuild`). `baophu/verify.py` holds what was published against it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from baophu.airflow_night import LEAST_SPACE, alone
from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault, WarehouseDamaged, machine_faults
from core.locks import take
from core.whole_files import write_whole
from ingestion import nightly
from ingestion.arrival.decisions import verify_audit
from ingestion.arrival.landed import inspect_landing, link_landing
from publishing.as_of import write_as_of
from publishing.errors import NothingPublished
from publishing.ledger import Publication, read_publications, unlisted_versions
from publishing.marts import build_marts
from publishing.release import Release, publish
from publishing.store import read_warehouse, write_ahead_log

Tell = Callable[[str, int, int], None]
"""Told of each step before it begins: its name, how many of its parts are done, and of how many."""
_COPIES = 3
"""A rebuild needs so many times the space of the warehouse: rebuilt, its snapshot, the kept one."""


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
    with alone(folder), scratch_of(folder) as scratch:
        publications = read_publications(folder)[0]
        publications += [made for made, _ in unlisted_versions(folder, publications)]
        night = _night_to_rebuild(folder, publications)
        tell("landing", 0, 0)
        if problems := inspect_landing(folder):
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise OfficeFault(
                f"landing is not whole, so the warehouse was left as it is: {problems[0]}{more}; `baophu rebuild --verify` names all"
            )
        verify_audit(folder, known_decisions(folder.warehouse))
        link(folder, scratch, None)
        counts = build(scratch, night, tell)
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


def _night_to_rebuild(folder: DataFolder, publications: Sequence[Publication]) -> date:
    """The last night that was published, or loaded."""
    nights = [made.known_on for made in publications]
    if folder.warehouse.exists():
        with contextlib.suppress(duckdb.Error), read_warehouse(folder.warehouse) as con:
            nights += [n for (n,) in con.execute("select night from ops.nights").fetchall()]
    if not nights:
        raise NothingPublished("no night has run on this data folder yet: run `baophu night` first")
    return max(nights)


def link(folder: DataFolder, scratch: DataFolder, lines: int | None) -> None:
    """What a rebuild reads: landing, as far as these lines of its ledger, and the snapshot that
    knows which versions of the reference workbook were accepted."""
    link_landing(folder, scratch, lines)
    scratch.as_of.parent.mkdir(exist_ok=True)
    if folder.as_of.exists():
        scratch.as_of.symlink_to(folder.as_of)


def build(scratch: DataFolder, night: date, tell: Tell) -> dict[str, int]:
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
        write_ahead_log(folder.warehouse).unlink(missing_ok=True)
        write_whole(folder.build_results, results, "write dbt's files", is_lasting=False)


def known_decisions(warehouse: Path | None) -> list[tuple[int, str]]:
    """(sequence, id) of every decision that a warehouse has seen."""
    if warehouse is None or not warehouse.exists():
        return []
    query = "select sequence, decision_id from ops.audit order by sequence"
    with contextlib.suppress(duckdb.Error), read_warehouse(warehouse) as con:
        return [(int(sequence), str(name)) for sequence, name in con.execute(query).fetchall()]
    return []


@contextlib.contextmanager
def scratch_of(folder: DataFolder) -> Iterator[DataFolder]:
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


def _one_rebuild(folder: DataFolder) -> contextlib.AbstractContextManager[None]:
    if not folder.root.is_dir():
        raise NothingPublished("no night has run on this data folder yet: run `baophu night` first")
    return take(
        folder.root / "warehouse" / "rebuild.lock",
        "write beside the warehouse",
        refusal=f"another rebuild is running on {folder.root}; this one did nothing",
    )
