"""Let an outward version out, beside those that were let out before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault, machine_faults
from core.locks import take
from publishing.outward.facts import Cell, Fact, Figures, read_facts, read_figures
from publishing.outward.hiding import FEWEST, choose_hidden
from publishing.outward.rules import leaving_tables
from publishing.outward.writing import (
    HIDDEN,
    PUBLICATION,
    Names,
    content_of,
    counts_of,
    followers,
    write_publication,
    write_tables,
)
from publishing.store import (
    create_store,
    quoted,
    read_store,
    read_warehouse,
    remove,
    write_parquet,
)
from publishing.versions import MANIFEST, STORE, is_sound, put_version
from publishing.views import described_tables

RULES = [
    "whole months only; no table about a person, a file or an agent's people; no money",
    f"counts of people from 1 to {FEWEST - 1} are empty, and others where they would tell them, in this version or beside an earlier one",
    f"a figure that follows from an empty one is empty too; the table {HIDDEN} lists every such cell; 0 is 0, and what is empty and not listed is not known",
]


@dataclass(frozen=True)
class Outward:
    """An outward version. `figures`: counts of people that leave or are hidden; `hidden`: how many
    of those are hidden; `cells_hidden`: with what follows from them. `unchanged`: it was let out
    before."""

    version: str
    path: Path
    tables: int
    rows: int
    figures: int
    hidden: int
    cells_hidden: int
    unchanged: bool


@dataclass(frozen=True)
class _Earlier:
    """All that was let out before. `told`: facts that stand in it; `hidden`: facts that did not;
    `figures`: both, with their laws."""

    figures: tuple[Figures, ...]
    told: frozenset[Fact]
    hidden: frozenset[Fact]


def publish_outward(data: Path, out: Path, names: Names = "code") -> Outward:
    """Write what may leave of the version published now into the folder `out`, which holds outward
    versions and nothing else.

    Raises NothingPublished; OfficeFault for a folder that will not do, for an earlier version that
    is damaged or of which the office's own version is gone; MachineFault when the machine cannot
    write. Then nothing is half done.
    """
    places, out = DataFolder(data), out.expanduser().resolve()
    _refuse_place(places, out)
    with (
        take(
            places.warehouse.parent / "outward.lock",
            "write beside the warehouse",
            refusal="another outward publish is at work on this data folder; this one did nothing",
        ),
        machine_faults(f"write an outward version to {out}"),
    ):
        with read_store(places.published, PUBLICATION) as con:
            (version, known_on, content) = con.execute(
                "select version, known_on, content_hash from publication"
            ).fetchall()[0]
        _make(out)
        earlier = _read_earlier(places, out)
        with _own_version(places, version, content) as con:
            source = {"of_version": version, "of_content_hash": content}
            return _write(con, out, earlier, names, {"known_on": known_on, **source})


def _write(
    con: duckdb.DuckDBPyConnection,
    out: Path,
    earlier: _Earlier,
    names: Names,
    source: dict[str, Any],
) -> Outward:
    tables = leaving_tables({name: set(columns) for name, columns in described_tables(con).items()})
    figures = read_figures(con)
    written = {fact for fact in figures.facts if fact.is_written}
    if not written:
        raise OfficeFault("no whole month is published yet: there is nothing to let out")
    everything = (figures, *earlier.figures)
    chosen = choose_hidden(
        {fact for each in everything for fact in each.facts},
        {law for each in everything for law in each.laws},
        earlier.told,
        earlier.hidden,
    )
    hidden: set[Cell] = {fact.cell for fact in written & chosen}
    cells = hidden | followers(con, tables, hidden)
    part = out / f".version.tmp-{os.getpid()}"
    part.mkdir()
    try:
        with create_store(con, part / STORE, "out"):
            held = write_tables(con, "out", tables, cells, names)
            content, hashes = content_of(held)
            last_day = max(fact.cell.day for fact in written)
            version = f"{last_day.isoformat()}_{content[:12]}"
            said = {"version": version, "content_hash": content, "names": names}
            write_publication(
                con,
                "out",
                {
                    **said,
                    "reporting_date": last_day,
                    "known_on": source["known_on"],
                    "hidden_below": FEWEST,
                },
            )
            for table in (*held, PUBLICATION):
                write_parquet(con, f"out.main.{quoted(table)}", part / f"{table}.parquet")
        target = out / version
        is_unchanged = is_sound(target, version, content, [STORE])
        if not is_unchanged:
            put_version(
                part,
                {
                    "outward": True,
                    **said,
                    "reporting_date": last_day.isoformat(),
                    **{key: str(value) for key, value in source.items()},
                    "rules": RULES,
                    "hidden_below": FEWEST,
                    "hidden": counts_of(cells),
                    "tables": {
                        name: {"rows": len(table.rows), "hash": hashes[name]}
                        for name, table in held.items()
                    },
                },
                target,
            )
    finally:
        remove(part)
    rows = sum(len(table.rows) for table in held.values())
    return Outward(
        version, target, len(held), rows, len(written), len(hidden), len(cells), is_unchanged
    )


def _refuse_place(places: DataFolder, out: Path) -> None:
    if out == places.root or places.root in out.parents or out in places.root.parents:
        raise OfficeFault(
            f"{out} is not apart from the data folder {places.root}: what leaves the office needs a folder of its own"
        )
    if out.exists() and not out.is_dir():
        raise OfficeFault(f"{out} is not a folder")


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise MachineFault(f"cannot make the folder {out}: {exc.strerror}") from exc


def _read_earlier(places: DataFolder, out: Path) -> _Earlier:
    """What was let out before, beside what the office's own versions say it left empty."""
    for left in out.glob(".version.tmp-*"):
        remove(left)
    figures, told, hidden = [], set(), set()
    for folder in sorted(out.iterdir()):
        said = _said_by(folder)
        if not is_sound(folder, folder.name, str(said.get("content_hash")), [STORE]):
            raise OfficeFault(
                f"the outward version {folder} is damaged, so what it has told is not known: put back a copy of it"
            )
        with _own_version(
            places, str(said["of_version"]), str(said["of_content_hash"]), of=folder.name
        ) as con:
            own = read_figures(con)
        with duckdb.connect(str(folder / STORE), read_only=True) as con:
            let_out = {Fact(cell, people) for cell, people in read_facts(con).items()}
        figures.append(own)
        told |= let_out
        hidden |= {fact for fact in own.facts if fact.is_written and fact not in let_out}
    return _Earlier(tuple(figures), frozenset(told), frozenset(hidden))


def _said_by(folder: Path) -> dict[str, Any]:
    """The manifest of an outward version. Raises OfficeFault where `folder` is none."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if said["outward"] is True and said["version"] and said["of_version"]:
            return dict(said)
    except PermissionError:
        raise
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise OfficeFault(
        f"{folder} is no outward version: what leaves the office needs a folder of its own"
    )


@contextmanager
def _own_version(
    places: DataFolder, version: str, content_hash: str, of: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the exact tables of a version. `of`: the outward version made from it."""
    folder = places.versions / version
    if not is_sound(folder, version, content_hash):
        told = f", of which the outward version {of} was made," if of else ""
        raise OfficeFault(
            f"the version {folder}{told} is missing or damaged: `baophu night --date {version[:10]}` makes that of its night anew"
        )
    with read_warehouse(folder / STORE) as con:
        yield con
