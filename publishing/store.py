"""DuckDB files that others open: written beside, synced, then put in place in one step."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

import duckdb

from core.errors import is_machine_trouble
from publishing.errors import NothingPublished

STORAGE_VERSION = "v1.0.0"
"""So that clients from DuckDB 1.0 on can open the file."""


@contextmanager
def create_store(con: duckdb.DuckDBPyConnection, path: Path, alias: str) -> Iterator[None]:
    """A new DuckDB file attached to `con` as `alias` inside the block; complete and closed after
    it."""
    con.execute(f"attach '{literal(path)}' as {alias} (storage_version '{STORAGE_VERSION}')")
    try:
        yield
        con.execute(f"checkpoint {alias}")
    finally:
        con.execute(f"detach {alias}")


@contextmanager
def read_warehouse(path: Path, name: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the warehouse and may attach files of its own to write. `name`: what
    SQL calls it (default: as its file is called)."""
    catalog = quoted(name or path.stem)
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{literal(path)}' as {catalog} (read_only)")
        con.execute(f"use {catalog}")
        yield con


@contextmanager
def read_store(path: Path, table: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads a published file, or the snapshot beside the warehouse. `table`: one
    that it must hold.

    Raises NothingPublished where it is missing, damaged or not ours.
    """
    if not path.exists():
        raise NothingPublished(
            "nothing is published on this data folder yet: run `baophu night` first"
        )
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            con.execute(f"from {table} limit 0")
            yield con
    except (
        duckdb.IOException,
        duckdb.CatalogException,
        duckdb.SerializationException,
        duckdb.FatalException,
    ) as exc:
        if is_machine_trouble(str(exc)):
            raise
        raise NothingPublished(
            f"{path} is damaged or not ours: `baophu publish` makes it anew"
        ) from exc


def read_rows(
    con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query, each a dict by column. `values`: of its parameters, by name."""
    found = con.execute(query, dict(values or {}))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def copy_warehouse(opened: BinaryIO, path: Path, to: Path) -> None:
    """Copy a warehouse file that nobody writes meanwhile, with what a writer that was killed has
    committed and not put into it. `opened`: the file `path`, opened by who sees to that."""
    with to.open("wb") as copy:
        opened.seek(0)
        shutil.copyfileobj(opened, copy, 1 << 20)
    if (log := write_ahead_log(path)).exists():
        shutil.copyfile(log, write_ahead_log(to))


def write_ahead_log(path: Path) -> Path:
    """Where DuckDB keeps what is committed to a file and not yet in it."""
    return path.with_name(f"{path.name}.wal")


def file_hash(path: Path) -> str | None:
    """SHA-256 of a file; None where there is no plain file."""
    if not path.is_file():
        return None
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def remove(path: Path) -> None:
    """A file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def describe(
    con: duckdb.DuckDBPyConnection, table: str, words: str, columns: Mapping[str, str]
) -> None:
    """Comment a table and its columns. `table` is quoted already."""
    for statement in describe_statements("table", table, words, columns):
        con.execute(statement)


def describe_statements(
    kind: Literal["table", "view"], name: str, words: str, columns: Mapping[str, str]
) -> Iterator[str]:
    """The SQL that comments a table or a view, and its columns. `name` is quoted already."""
    yield f"comment on {kind} {name} is {_text(words)}"
    for column, comment in columns.items():
        yield f"comment on column {name}.{quoted(column)} is {_text(comment)}"


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def literal(path: Path) -> str:
    """A path between the quotes of SQL."""
    return str(path).replace("'", "''")


def write_parquet(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """A table once more, sorted, as a Parquet file. `table`: as SQL names it, quoted."""
    con.execute(f"copy (select * from {table} order by all) to '{literal(path)}' (format parquet)")
