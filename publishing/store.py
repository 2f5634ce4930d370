"""DuckDB files that others open: written beside, synced, then put in place in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

STORAGE_VERSION = "v1.0.0"
"""So that clients from DuckDB 1.0 on can open the file."""


@contextmanager
def create_store(con: duckdb.DuckDBPyConnection, path: Path, alias: str) -> Iterator[None]:
    """A new DuckDB file attached to `con` as `alias` inside the block; complete and closed after it."""
    con.execute(f"attach '{literal(path)}' as {alias} (storage_version '{STORAGE_VERSION}')")
    try:
        yield
        con.execute(f"checkpoint {alias}")
    finally:
        con.execute(f"detach {alias}")


@contextmanager
def read_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the warehouse and may attach files of its own to write."""
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{literal(path)}' as {quoted(path.stem)} (read_only)")
        con.execute(f"use {quoted(path.stem)}")
        yield con


def replace_file(source: Path, target: Path) -> None:
    """Put a copy of `source` where `target` is, in one step: a reader has the old file or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}.tmp-*"):  # of a run that died
        left.unlink()
    beside = target.with_name(f".{target.name}.tmp-{os.getpid()}")
    try:
        shutil.copyfile(source, beside)
        shutil.copymode(source, beside)
        sync(beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    sync(target.parent)


def sync(path: Path) -> None:
    """Make a file or a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def describe(con: duckdb.DuckDBPyConnection, table: str, words: str, columns: Mapping[str, str]) -> None:
    """Comment a table and its columns. `table` is quoted already."""
    con.execute(f"comment on table {table} is {_text(words)}")
    for column, said in columns.items():
        con.execute(f"comment on column {table}.{quoted(column)} is {_text(said)}")


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def literal(path: Path) -> str:
    """A path between the quotes of SQL."""
    return str(path).replace("'", "''")
