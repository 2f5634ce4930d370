"""What was published, held against what it says of itself, and against what landing gives again.

Nothing here writes into `published/`. The rows of people in the warehouse are named by file, sheet
and row; their values are told to nobody.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from core.data_folder import DataFolder
from publishing.as_of import built, month_ends
from publishing.compare import Difference, first_difference
from publishing.content_hash import hash_of_hashes, table_hash
from publishing.entities import read_entities
from publishing.errors import NothingPublished
from publishing.ledger import COLUMNS as LEDGER_COLUMNS
from publishing.ledger import TABLE as LEDGER
from publishing.ledger import Publication
from publishing.release import read_marts
from publishing.store import file_hash, literal, quoted, read_store
from publishing.versions import MANIFEST, PAGE, STORE, is_sound, read_manifest

_ROW_KEYS = {
    "raw.submissions": ("sha256", "arrival_id"),
    "raw.sheet_rows": ("row_id",),
    "raw.decisions": ("sequence", "row_id"),
    "raw.repairs": ("sha256", "sheet", "row_number", "field"),
    "ops.findings": ("sha256", "row_id", "code", "field", "cell"),
}
"""Tables of the warehouse -> what names a row of them. Every other table of `raw` is one of the
reference workbook, whose rows are named by the version that they stand in."""
_NAMED = {"arrival_id", "row_id", "sha256", "sequence", "row_number", "code", "reference_sha256"}
"""Columns that name a row without a word of its sender."""


@dataclass(frozen=True)
class Reproduced:
    """What landing gives for a version: its content hash, and the first difference from the
    published file where there is one that can be read."""

    content_hash: str
    tables: tuple[str, ...]
    """Those that differ, by name."""
    difference: Difference | None


def altered_files(places: DataFolder, made: Publication) -> list[str]:
    """What of a version is no longer what was published: a sentence for each file."""
    folder = places.versions / made.version
    name = f"published/versions/{made.version}"
    if not folder.is_dir():
        return [f"version {made.version} is missing: {name} is not there"]
    if made.manifest is not None and file_hash(folder / MANIFEST) != made.manifest:
        return [
            f"{name}/{MANIFEST} is not the one that the ledger of publications names in line {made.line}"
        ]
    said = read_manifest(folder)
    if said is None:
        return [f"{name}/{MANIFEST} is no manifest of ours"]
    if said["content_hash"] != made.content_hash:
        return [f"{name}/{MANIFEST} has another content hash than line {made.line} of the ledger"]
    there = {path.name for path in folder.iterdir()} - {MANIFEST}
    problems = [f"{name}/{file} is missing" for file in sorted(said["files"].keys() - there)]
    problems += [
        f"{name}/{file} was put there by somebody else"
        for file in sorted(there - said["files"].keys())
    ]
    problems += [
        f"{name}/{file} was altered after it was published"
        for file in sorted(there & said["files"].keys())
        if file_hash(folder / file) != said["files"][file]
    ]
    if not problems and not is_sound(folder, made.version, made.content_hash):
        problems.append(f"{name} is not whole")
    return problems


def altered_stable_files(places: DataFolder, newest: Sequence[Publication]) -> list[str]:
    """Of `published/baophu.duckdb` and `published/index.html`: a sentence for each that is the file
    of none of these versions."""
    manifests = [read_manifest(places.versions / made.version) or {} for made in newest]
    return [
        f"published/{stable.name} is not the file of the newest version ({newest[-1].version})"
        for name, stable in ((STORE, places.published), (PAGE, places.page))
        if (found := file_hash(stable)) is None
        or found not in [said.get("files", {}).get(name) for said in manifests]
    ]


def altered_lines(places: DataFolder, publications: Sequence[Publication]) -> list[str]:
    """Lines of the ledger that differ from what the published files remember of it, each named
    once."""
    found: dict[int, str] = {}
    known = {made.line: made.as_row() for made in publications}
    columns = ", ".join(LEDGER_COLUMNS)
    for made in reversed(publications):
        store = places.versions / made.version / STORE
        try:
            with read_store(store, LEDGER) as con:
                rows = con.execute(f"select {columns} from {LEDGER} order by line").fetchall()
        except (NothingPublished, duckdb.Error):  # of before, or told as altered
            continue
        for row in rows:
            if known.get(row[0]) != list(row):
                is_there = row[0] in known
                words = "is not what it was" if is_there else "is missing"
                found.setdefault(
                    row[0],
                    f"line {row[0]} of published/ledger.jsonl {words} when version {made.version} was published",
                )
    return [found[line] for line in sorted(found)]


def reproduce(places: DataFolder, rebuilt: DataFolder, made: Publication) -> Reproduced:
    """The version of a night, computed from a rebuilt snapshot as that night knew it.

    Raises AsOfRefused for a night after the last that was rebuilt.
    """
    night = made.known_on
    with built(rebuilt, None, month_ends(rebuilt, night), night) as con:
        tables = read_marts(con)
        hashes = {name: table_hash(name, table) for name, table in tables.items()}
        content = hash_of_hashes(hashes)
        if content == made.content_hash:
            return Reproduced(content, (), None)
        folder = places.versions / made.version
        said = (read_manifest(folder) or {}).get("tables", {})
        published = {name: told["hash"] for name, told in said.items()}
        if hash_of_hashes(published) == made.content_hash:
            names = hashes.keys() | published.keys()
            differing = sorted(n for n in names if hashes.get(n) != published.get(n))
        else:
            differing = sorted(hashes)
        return Reproduced(content, tuple(differing), _in_store(con, folder / STORE, differing))


def altered_figures(rebuilt: DataFolder, store: Path, night: date) -> Difference | None:
    """The first figure in which a published file differs from what landing gives, for a file that
    can still be opened."""
    with built(rebuilt, None, month_ends(rebuilt, night), night) as con:
        return _in_store(con, store, sorted(read_marts(con)))


def altered_rows(kept: Path, rebuilt: Path, name: str) -> list[str]:
    """Rows in which a warehouse, or the snapshot of one, differs from the rebuilt one: a sentence
    for the first of each table. `name`: how the sentences call the file. Of files that landing no
    longer gives, nothing is compared; decisions are compared as far as both have them."""
    problems = []
    with _side_by_side(kept, rebuilt) as con:
        # what is found across files speaks of the lost ones too
        findings = "false" if lost_files(kept, rebuilt) else "table_name = 'findings'"
        tables = con.execute(
            f"select distinct schema_name, table_name from duckdb_tables() where schema_name = 'raw' "
            f"or (schema_name = 'ops' and {findings}) order by all"
        ).fetchall()
        for schema, table in tables:
            key = _ROW_KEYS.get(f"{schema}.{table}", ("reference_sha256",))
            where = "sha256 in (select sha256 from rebuilt.raw.submissions)"
            if table.startswith("ref_"):
                where = f"reference_{where}"
            if table == "decisions":
                where = "sequence <= (select coalesce(max(sequence), 0) from kept.raw.decisions)"
            try:
                found = first_difference(
                    con,
                    f"{schema}.{table}",
                    f"kept.{schema}.{quoted(table)}",
                    f"rebuilt.{schema}.{quoted(table)}",
                    key,
                    where,
                )
            except duckdb.CatalogException:
                problems.append(f"{name}: the table {schema}.{table} is missing")
                continue
            if found is not None:
                problems.append(f"{name}: {_of_row(found)}")
    return problems


def lost_files(kept: Path, rebuilt: Path) -> list[str]:
    """sha256 of the files that a warehouse knows and landing no longer gives."""
    with _side_by_side(kept, rebuilt) as con:
        found = con.execute(
            "select sha256 from kept.raw.submissions except select sha256 from rebuilt.raw.submissions order by 1"
        ).fetchall()
    return [sha256 for (sha256,) in found]


def altered_marts(kept: Path, rebuilt: Path) -> list[str]:
    """Figures of the warehouse's marts that differ from the rebuilt ones: a sentence for the first
    of each table."""
    problems = []
    keys = {entity.name: entity.key for entity in read_entities()}
    with _side_by_side(kept, rebuilt) as con:
        for table, key in keys.items():
            kept_table, rebuilt_table = (
                f"{side}.marts.{quoted(table)}" for side in ("kept", "rebuilt")
            )
            with contextlib.suppress(duckdb.CatalogException):  # of another program
                if found := first_difference(con, f"marts.{table}", kept_table, rebuilt_table, key):
                    problems.append(f"warehouse/baophu.duckdb: {words_of(found)}")
    return problems


@contextlib.contextmanager
def _side_by_side(kept: Path, rebuilt: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads both warehouses, as `kept` and `rebuilt`."""
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{literal(kept)}' as kept (read_only)")
        con.execute(f"attach '{literal(rebuilt)}' as rebuilt (read_only)")
        yield con


def words_of(found: Difference, left: str = "there", right: str = "by landing") -> str:
    """A difference of published figures in words, its values among them."""
    if found.key is None:
        return f"{found.place()} stands only {left if found.is_left else right}"
    if found.column is None:
        return f"{found.place()}: the row stands only {left if found.is_left else right}"
    return f"{found.place()} is {_shown(found.left)} {left} and {_shown(found.right)} {right}"


def _of_row(found: Difference) -> str:
    """A difference of rows of people: the place alone. Sheets and fields have their senders'
    names, so only what our own program has given stands here."""
    key = {
        name: value[:12] if isinstance(value, str) and name.endswith("sha256") else value
        for name, value in (found.key or {}).items()
        if name in _NAMED and value is not None
    }
    if "row_id" in key:
        sha256, sheet, row = str(key.pop("row_id")).split(":")
        place = f"file {sha256[:12]}, sheet {int(sheet) + 1}, row {row}"
        key.pop("sha256", None)
        key.pop("row_number", None)
    else:
        place = ""
    rest = ", ".join(f"{name} {value}" for name, value in key.items())
    where = ", ".join(part for part in (found.table, place, rest) if part)
    if found.column is None:
        return f"{where}: the row {'was added' if found.is_left else 'is missing'}"
    return f"{where}: column {found.column} is not what landing gives"


def _in_store(
    con: duckdb.DuckDBPyConnection, store: Path, tables: Sequence[str]
) -> Difference | None:
    """The first difference of a published file (left) from the marts in `con` (right)."""
    keys = {entity.name: entity.key for entity in read_entities()}
    with _attached(con, store) as is_readable:
        if not is_readable:
            return None
        for table in tables:
            where = "verdict is distinct from 'duplicate'" if table == "fct_submissions" else "true"
            sides = (f"published.main.{quoted(table)}", f"marts.{quoted(table)}")
            try:
                found = first_difference(con, table, *sides, keys[table], where)
            except duckdb.CatalogException as exc:
                of_ours = "marts." in str(exc)
                return Difference(table, is_left=of_ours, is_right=not of_ours)
            except duckdb.Error:  # a damaged block
                return None
            if found is not None:
                return found
    return None


@contextlib.contextmanager
def _attached(con: duckdb.DuckDBPyConnection, store: Path) -> Iterator[bool]:
    try:
        con.execute(f"attach '{literal(store)}' as published (read_only)")
    except duckdb.Error:
        yield False
        return
    try:
        yield True
    finally:
        con.execute("detach published")


def _shown(value: object) -> str:
    return "unknown" if value is None else str(value)
