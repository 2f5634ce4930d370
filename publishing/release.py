"""Let the marts out: a version folder, then the stable file and the stable page, each replaced in
one step. Readers see the old version or the new one, whole.

The same content as what is published makes no version. The private snapshot for other dates follows
the stable file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from core.errors import machine_faults
from core.locks import take
from core.whole_files import replace_file
from publishing.as_of import built, month_ends, write_as_of
from publishing.build_results import PASSED, Node, read_results
from publishing.changes import version_before, write_changes
from publishing.content_hash import Table, hash_of_hashes, table_hash
from publishing.errors import NothingPublished
from publishing.guard import alarms
from publishing.keys import keys_as_json
from publishing.ledger import (
    Publication,
    begin,
    enter,
    landing_now,
    newest_lines,
    read_publications,
    take_in_versions,
    write_table,
)
from publishing.page.write import write_page
from publishing.program import this_program
from publishing.report.files import write_reports
from publishing.store import (
    create_store,
    describe,
    file_hash,
    quoted,
    read_store,
    read_warehouse,
    remove,
    write_parquet,
)
from publishing.versions import (
    MANIFEST,
    PAGE,
    STORE,
    is_of_some_version,
    is_sound,
    put_version,
)
from publishing.views import create_views

PUBLICATION_COLUMNS = {
    "version": "Mã phiên bản · Version",
    "published_at": "Thời điểm công bố (UTC) · Instant of publishing, UTC",
    "reporting_date": "Ngày của số liệu mới nhất · Newest reporting date",
    "known_on": "Đêm cuối cùng đã xử lý · Last night known",
    "content_hash": "Mã băm nội dung · Hash of the content",
    "files_behind": "Số tệp được ghi nhận · Files with accepted rows or empty reports behind the figures",
    "rows_behind": "Số dòng được ghi nhận · Accepted rows behind the figures",
    "overrides": "Số dòng được người có thẩm quyền cho ghi nhận · Rows in force by a person's release",
    "is_complete": "Đủ báo cáo của mọi đại lý · Every expected agent reported",
    "incomplete_reason": "Vì sao chưa đủ · Why not complete, in Vietnamese",
}


@dataclass(frozen=True)
class Release:
    """A published version. `unchanged`: it stood already, sound. `repaired`: it, or a stable file,
    was damaged, missing or not ours, and was made anew. `alarms`: what the engineer must hear of
    it, a sentence each."""

    version: str
    content_hash: str
    reporting_date: date
    known_on: date
    path: Path
    tables: int
    rows: int
    unchanged: bool = False
    repaired: bool = False
    alarms: tuple[str, ...] = ()


def publish(data: Path) -> Release:
    """Publish what the marts hold now.

    Raises NothingPublished when the marts were never built, WarehouseDamaged, and MachineFault for
    space, permission and locks; then nothing is half done.
    """
    places = DataFolder(data)
    models = _built_models(places)
    with (
        _alone(places),
        machine_faults("read the warehouse"),
        places.warehouse.open(
            "rb"
        ) as warehouse,  # closed after the connection, whose lock would go with it
        read_warehouse(places.warehouse) as con,
    ):
        reporting_date, known_on = con.execute(
            "select max(reporting_date), max(known_on) from ops.reporting_dates"
        ).fetchall()[0]
        stable_files = {STORE: places.published, PAGE: places.page}
        were_sound = {
            name: is_of_some_version(stable, places.versions)
            for name, stable in stable_files.items()
        }
        release = _write_if_needed(con, places, reporting_date, known_on, models)
        with machine_faults("write the published version"):
            for name, stable in stable_files.items():
                if file_hash(stable) != file_hash(release.path / name):
                    release = replace(release, repaired=release.repaired or not were_sound[name])
                    replace_file(release.path / name, stable)
            write_as_of(warehouse, places, models)
        told = (*release.alarms, *alarms(con, reporting_date, known_on))
        return replace(release, alarms=told)


def version_of_night(data: Path, night: date) -> Release:
    """The version of an earlier night, as that night knew it; the stable file stays with the last
    night. Written where it does not stand yet.

    Raises as `publish` does, and AsOfRefused when the night has not run.
    """
    places = DataFolder(data)
    models = _built_models(places)
    with (
        _alone(places),
        built(places, None, month_ends(places, night), night) as con,
        machine_faults("write the published version"),
    ):
        return _write_if_needed(con, places, night, night, models)


def published_night(data: Path) -> date | None:
    """The last night that the stable file knows; None where nothing is published, or the file is
    damaged or not ours."""
    try:
        with read_store(DataFolder(data).published, "publication") as con:
            night = con.execute("select known_on from publication").fetchall()[0][0]
    except NothingPublished:
        return None
    assert isinstance(night, date)
    return night


def _built_models(places: DataFolder) -> list[Node]:
    """The models of the build that made the marts. Raises NothingPublished without one that passed
    every test."""
    try:
        nodes = read_results(places.build_results) if places.warehouse.exists() else ()
    except (FileNotFoundError, ValueError):
        nodes = ()
    if not nodes:
        raise NothingPublished("the marts are not built yet: run `baophu night` first")
    if any(node.status not in PASSED for node in nodes):
        raise NothingPublished(
            "the last build of the marts failed, and is not published: run `baophu night` again"
        )
    return [node for node in nodes if node.kind == "model"]


def _write_if_needed(
    con: duckdb.DuckDBPyConnection,
    places: DataFolder,
    reporting_date: date,
    known_on: date,
    models: Sequence[Node],
) -> Release:
    """The version of the marts that `con` shows: what stands is looked at, and written where it is
    missing, damaged or not ours."""
    tables = read_marts(con)
    hashes = {name: table_hash(name, table) for name, table in tables.items()}
    content = hash_of_hashes(hashes)
    version = f"{known_on.isoformat()}_{content[:12]}"
    folder = places.versions / version
    release = Release(
        version,
        content,
        reporting_date,
        known_on,
        folder,
        len(tables),
        sum(len(t.rows) for t in tables.values()),
    )
    with machine_faults("write the published version"):
        _sweep(places)
        release = replace(release, alarms=tuple(take_in_versions(places)))
        entered = newest_lines(read_publications(places)[0]).get(version)
        if (
            entered is not None
            and is_sound(folder, version, content)
            and file_hash(folder / MANIFEST) == entered.manifest
        ):
            return replace(release, unchanged=True)
        stood = os.path.lexists(folder)
        _write_version(con, places, release, tables, hashes, models)
    return replace(release, repaired=stood)


def read_marts(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    """The published tables, as the models in `con` have made them. Raises NothingPublished where
    there are none."""
    names = con.execute(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'marts' order by table_name"
    ).fetchall()
    if not names:
        raise NothingPublished("the marts are not built yet: run `baophu night` first")
    tables = {}
    for (name,) in names:
        found = con.execute(f"select * from marts.{quoted(name)} order by all")
        tables[name] = Table([column[0] for column in found.description], found.fetchall())
    return tables


def _write_version(
    con: duckdb.DuckDBPyConnection,
    places: DataFolder,
    release: Release,
    tables: dict[str, Table],
    hashes: dict[str, str],
    models: Sequence[Node],
) -> None:
    part = places.versions / f".{release.version}.tmp-{os.getpid()}"
    part.mkdir(parents=True)
    store = part / STORE
    made, before = begin(places, _publication_of(places, release))
    with create_store(con, store, "out"):
        for name in tables:
            con.execute(
                f"create table out.main.{quoted(name)} as select * from marts.{quoted(name)} order by all"
            )
            describe(con, f"out.main.{quoted(name)}", *_words(models, name))
            write_parquet(con, f"marts.{quoted(name)}", part / f"{name}.parquet")
        publication = _publication(con, release, made.published_at)
        con.execute(
            "create table out.main.publication (version VARCHAR, published_at TIMESTAMP, reporting_date DATE, known_on DATE, content_hash VARCHAR, "
            "files_behind BIGINT, rows_behind BIGINT, overrides BIGINT, is_complete BOOLEAN, incomplete_reason VARCHAR)"
        )
        con.execute(
            "insert into out.main.publication values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", publication
        )
        describe(
            con,
            "out.main.publication",
            "Phiên bản công bố · The version published, one row",
            PUBLICATION_COLUMNS,
        )
        write_table(con, "out", [*before, made])
        write_changes(con, "out", version_before(places.versions, release.known_on))
        create_views(con, "out")
    write_page(store, part / PAGE)
    write_reports(store, part)
    said = {
        "version": release.version,
        "content_hash": release.content_hash,
        "reporting_date": release.reporting_date.isoformat(),
        "known_on": release.known_on.isoformat(),
        "tables": {
            name: {"rows": len(table.rows), "hash": hashes[name]} for name, table in tables.items()
        },
        "keys": keys_as_json(),
        "ledger_line": made.line,
        "program": made.program and made.program.as_json(),
        "landing": made.as_json()["landing"],
    }
    put_version(part, said, release.path)
    enter(places, replace(made, manifest=file_hash(release.path / MANIFEST)))


def _publication_of(places: DataFolder, release: Release) -> Publication:
    """What the ledger will say of a version that is about to be written."""
    return Publication(
        version=release.version,
        known_on=release.known_on,
        reporting_date=release.reporting_date,
        published_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        content_hash=release.content_hash,
        program=this_program(),
        landing=landing_now(places),
    )


def _publication(
    con: duckdb.DuckDBPyConnection, release: Release, published_at: datetime
) -> list[Any]:
    behind = con.execute(
        "select count(*), coalesce(sum(rows_accepted), 0), coalesce(sum(rows_released), 0) from marts.fct_submissions "
        "where form not like 'reference/%' and (rows_accepted > 0 or (is_empty_report and verdict = 'accepted'))"
    ).fetchall()[0]
    complete = con.execute(
        "select bool_and(is_complete), string_agg(incomplete_reason, '; ' order by district_code) from marts.kpi_by_district where reporting_date = ?",
        [release.reporting_date],
    ).fetchall()[0]
    return [
        release.version,
        published_at,
        release.reporting_date,
        release.known_on,
        release.content_hash,
        *behind,
        *complete,
    ]


def _words(models: Sequence[Node], name: str) -> tuple[str, dict[str, str]]:
    model = next(model for model in models if model.name == name)
    # a figure's description goes on with how it is worked out; that is in kpi_definition
    return model.description, {
        column: said.partition("\n")[0] for column, said in model.columns.items()
    }


def _alone(places: DataFolder) -> AbstractContextManager[None]:
    """One publish at a time."""
    return take(
        places.warehouse.parent / "publish.lock",
        "write beside the warehouse",
        refusal="another publish is at work on this data folder; this one did nothing",
    )


def _sweep(places: DataFolder) -> None:
    """Remove what a run that died left half written."""
    places.versions.mkdir(parents=True, exist_ok=True)
    for folder in (places.versions, places.versions.parent):
        folder.chmod(folder.stat().st_mode | 0o755)
    # another's folder: who gave it to us lets readers through, or not
    with contextlib.suppress(PermissionError):
        places.root.chmod(places.root.stat().st_mode | 0o111)
    for left in places.versions.glob(".*.tmp-*"):
        remove(left)
