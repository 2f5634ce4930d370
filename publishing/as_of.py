"""The private snapshot that answers for other dates, and how it answers: with the models' own SQL,
so that every number has one definition."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, BinaryIO

import duckdb

from core.data_folder import DataFolder
from core.errors import machine_faults
from core.whole_files import put_in_place
from publishing.build_results import Node
from publishing.errors import AsOfRefused, NothingPublished
from publishing.store import copy_warehouse, literal, quoted, read_store, write_ahead_log

KEPT_SCHEMAS = ("raw", "ops", "seeds")


def write_as_of(warehouse: BinaryIO, places: DataFolder, models: Sequence[Node]) -> None:
    """Replace `warehouse/asof.duckdb` by a copy of the warehouse, with the SQL of each model.

    `models`: each after those that it reads. `warehouse`: its file. Nobody may write it meanwhile,
    which a connection that reads it sees to. Close this handle after that connection: a process
    that closes any handle on a file gives up its locks on it. The copy is as private as the
    warehouse. It holds the built models, too; what answers reads `KEPT_SCHEMAS` only.
    """
    for left in places.as_of.parent.glob(".asof.tmp-*"):
        left.unlink()
    part = places.as_of.with_name(f".asof.tmp-{os.getpid()}.duckdb")
    try:
        copy_warehouse(warehouse, places.warehouse, part)
        with duckdb.connect(str(part)) as con:
            con.execute(
                "create or replace table ops.compiled_models "
                "(position INTEGER, model VARCHAR, schema_name VARCHAR, sql VARCHAR, parents VARCHAR)"
            )
            rows = [
                [n, model.name, model.schema, model.sql, json.dumps(model.parents)]
                for n, model in enumerate(models)
            ]
            con.executemany("insert into ops.compiled_models values (?, ?, ?, ?, ?)", rows)
            con.execute("checkpoint")
        put_in_place(part, places.as_of)
    finally:
        part.unlink(missing_ok=True)
        write_ahead_log(part).unlink(missing_ok=True)


def last_night(places: DataFolder) -> date:
    """The last night that ran and was published."""
    with read_store(places.as_of, "ops.compiled_models") as con:
        night = con.execute("select max(known_on) from ops.reporting_dates").fetchall()[0][0]
    assert isinstance(night, date)
    return night


def month_ends(places: DataFolder, night: date) -> list[date]:
    """The reporting dates of the version of an earlier night: the month ends up to it, and
    itself."""
    with read_store(places.as_of, "ops.compiled_models") as con:
        found = con.execute(
            "select reporting_date from ops.reporting_dates where reporting_date = last_day(reporting_date) and reporting_date < ?",
            [night],
        ).fetchall()
    return [*(day for (day,) in found), night]


def compute(
    places: DataFolder, table: str, on: date, known_on: date
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The rows of one model (a published table, or what it rests on) for the reporting date `on`,
    as known on `known_on`: (columns, rows).

    Raises AsOfRefused when `on` lies after `known_on`, or `known_on` after the last night that ran.
    """
    with built(places, [table], [on], known_on) as con:
        schema = con.execute(
            "select schema_name from snapshot.ops.compiled_models where model = ?", [table]
        ).fetchall()[0][0]
        found = con.execute(f"from {quoted(schema)}.{quoted(table)} order by all")
        return [column[0] for column in found.description], found.fetchall()


@contextmanager
def built(
    places: DataFolder,
    tables: Sequence[str] | None,
    dates: Sequence[date],
    known_on: date,
    *,
    is_published: bool = True,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection, private to the block, in which these models (None: all) and all they rest on
    stand as `schema.model` for these reporting dates. Without `is_published` they stand on what the
    warehouse holds, also of nights that were loaded and not published.

    Raises AsOfRefused as `compute` does; NothingPublished when the snapshot is of a program that
    had no such model; MachineFault when the warehouse is asked for and a night holds it.
    """
    newest = last_night(places)
    if is_published and known_on > newest:
        raise AsOfRefused(f"known-on {known_on} lies after the last night that ran ({newest})")
    if max(dates) > known_on:
        raise AsOfRefused(f"the reporting date {max(dates)} lies after the known-on {known_on}")
    catalog = quoted(places.warehouse.stem)  # the name that the models' SQL calls the warehouse by
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{literal(places.as_of)}' as snapshot (read_only)")
        con.execute(f"attach ':memory:' as {catalog}")
        models = con.execute(
            "select model, schema_name, sql, parents from snapshot.ops.compiled_models order by position"
        ).fetchall()
        parents = {model: json.loads(names) for model, _, _, names in models}
        if not parents.keys() >= set(tables or ()):
            raise NothingPublished(
                "the last night was published by another version of the program: run `baophu night` first"
            )
        needed = {
            model
            for table in (parents if tables is None else tables)
            for model in _ancestors(table, parents)
        }
        for schema in {*KEPT_SCHEMAS, *(schema for _, schema, _, _ in models)}:
            con.execute(f"create schema {catalog}.{quoted(schema)}")
        _take(con, catalog, "snapshot", "view", KEPT_SCHEMAS if is_published else ("seeds",))
        if not is_published:
            with machine_faults("read the warehouse"):
                con.execute(f"attach '{literal(places.warehouse)}' as loaded (read_only)")
            # copied, so that a night that begins now finds the warehouse free
            _take(con, catalog, "loaded", "table", ("raw", "ops"))
            con.execute("detach loaded")
        con.execute(
            f"create table {catalog}.ops.reporting_dates as select distinct unnest(?::date[]) as reporting_date, ?::date as known_on",
            [list(dates), known_on],
        )
        for model, schema, sql, _ in models:
            if model in needed:
                con.execute(f"create table {catalog}.{quoted(schema)}.{quoted(model)} as {sql}")
        con.execute(f"use {catalog}")
        yield con


def _take(
    con: duckdb.DuckDBPyConnection, catalog: str, source: str, kind: str, schemas: Sequence[str]
) -> None:
    """What the models read, out of an attached file: all but the dates, which are asked for."""
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ?", [source]
    ).fetchall()
    for schema, name in found:
        if schema in schemas and (schema, name) not in (
            ("ops", "reporting_dates"),
            ("ops", "compiled_models"),
        ):
            con.execute(
                f"create {kind} {catalog}.{quoted(schema)}.{quoted(name)} as from {source}.{quoted(schema)}.{quoted(name)}"
            )


def _ancestors(table: str, parents: dict[str, list[str]]) -> set[str]:
    needed, waiting = set(), [table]
    while waiting:
        model = waiting.pop()
        if model not in needed:
            needed.add(model)
            waiting += parents[model]
    return needed
