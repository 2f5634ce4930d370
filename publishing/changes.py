"""`publication_changes`: every figure of the KPI tables that differs from the version before.

The version before is the newest one of an earlier night, so that a version made anew says the same;
of several of one night, the one that was published last. A version that is damaged is passed over.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from publishing.errors import NothingPublished
from publishing.store import describe, literal, read_store
from publishing.versions import STORE

CHANGES = "publication_changes"
HOLDERS = ("commune", "district", "agent", "officer", "association", "system")
"""Of whom the tables kpi_by_… speak."""
COLUMNS = {
    "previous_version": ("VARCHAR", "Phiên bản trước · Version before"),
    "reporting_date": ("DATE", "Ngày của số liệu · Day the figures are for"),
    "reporting_date_before": (
        "DATE",
        "Ngày số liệu so sánh của phiên bản trước · Reporting date of the version before that it is compared with: the same day, or the newest with the newest",
    ),
    "holder_type": ("VARCHAR", f"Loại đơn vị: {', '.join(HOLDERS)} · Of whom the figure speaks"),
    "holder_code": ("VARCHAR", "Mã đơn vị (dạng chữ) · Code of the holder, text"),
    "holder_name": ("VARCHAR", "Tên đơn vị · Name of the holder"),
    "kpi_code": ("VARCHAR", "Mã số đo · Code of the figure in kpi_definition"),
    "value_before": (
        "DOUBLE",
        "Giá trị ở phiên bản trước, trống là chưa có · Value in the version before, NULL where it had none",
    ),
    "value_now": (
        "DOUBLE",
        "Giá trị ở phiên bản này, trống là không có · Value in this version, NULL where it has none",
    ),
    "difference": (
        "DOUBLE",
        "Chênh lệch · This version's value less the one before, NULL where a side is missing",
    ),
}
"""Column -> (type, comment)."""


def version_before(versions: Path, known_on: date) -> Path | None:
    """The folder of the version before those of the night `known_on`; None where there is none that
    can be read."""
    found = []
    for folder in versions.glob("[0-9]*_*"):
        if folder.name.partition("_")[0] < known_on.isoformat():
            try:
                with read_store(folder / STORE, "publication") as con:
                    (order,) = con.execute(
                        "select known_on, published_at, version from publication"
                    ).fetchall()
            except (NothingPublished, ValueError):
                continue
            found.append((order, folder))
    return max(found)[1] if found else None


def write_changes(con: duckdb.DuckDBPyConnection, alias: str, before: Path | None) -> None:
    """Create and describe the table in the attached file `alias`, which holds the marts and
    `publication`. `before`: the folder of the version before."""
    table = f"{alias}.main.{CHANGES}"
    con.execute(
        f"create table {table} ({', '.join(f'{name} {kind}' for name, (kind, _) in COLUMNS.items())})"
    )
    describe(
        con,
        table,
        "Số đo khác với phiên bản trước · Figures that differ from the version before",
        {n: w for n, (_, w) in COLUMNS.items()},
    )
    if before is None:
        return
    con.execute(f"attach '{literal(before / STORE)}' as version_before (read_only)")
    try:
        for holder in HOLDERS:
            figures = _figures_of_both(con, alias, f"kpi_by_{holder}")
            if figures:
                con.execute(f"insert into {table} {_differences(alias, holder, figures)}")
    finally:
        con.execute("detach version_before")


def _figures_of_both(con: duckdb.DuckDBPyConnection, alias: str, table: str) -> list[str]:
    """The numbers of a table that both versions have: the program may have learnt one since, or
    lost one."""
    found = con.execute(
        "select column_name from duckdb_columns() where table_name = ? and database_name in (?, 'version_before') "
        "and data_type in ('BIGINT', 'INTEGER', 'DOUBLE') group by column_name having count(*) = 2 order by min(column_index)",
        [table, alias],
    ).fetchall()
    return [name for (name,) in found]


def _differences(alias: str, holder: str, figures: list[str]) -> str:
    """Rows are compared whole before figures are: most are as they were."""
    table, code, name = f"kpi_by_{holder}", f"{holder}_code", f"{holder}_name"
    where = "where boundaries = 'then'" if holder == "commune" else ""
    numbers = {side: ", ".join(f"{side}.{figure}" for figure in figures) for side in ("now", "was")}
    values = ", ".join(
        f"{{figure: '{f}', was: cast(was.{f} as double), now: cast(now.{f} as double)}}"
        for f in figures
    )
    return f"""
        with publications as (
            select
                (select reporting_date from {alias}.main.publication) as newest,
                (select reporting_date from version_before.main.publication) as newest_before,
                (select version from version_before.main.publication) as previous_version
        ),
        dates_before as (select distinct reporting_date from version_before.main.{table}),
        pairs as (
            select
                dates.reporting_date,
                coalesce(dates_before.reporting_date, publications.newest_before) as reporting_date_before,
                publications.previous_version
            from (select distinct reporting_date from {alias}.main.{table}) as dates
            cross join publications
            left join dates_before on dates.reporting_date = dates_before.reporting_date
            where dates_before.reporting_date is not null or dates.reporting_date = publications.newest
        ),
        now as (select pairs.*, marts.* exclude (reporting_date)
            from pairs inner join (from {alias}.main.{table} {where}) as marts on pairs.reporting_date = marts.reporting_date),
        was as (select pairs.*, marts.* exclude (reporting_date)
            from pairs inner join (from version_before.main.{table} {where}) as marts on pairs.reporting_date_before = marts.reporting_date),
        changed as (
            select
                coalesce(now.previous_version, was.previous_version) as previous_version,
                coalesce(now.reporting_date, was.reporting_date) as reporting_date,
                coalesce(now.reporting_date_before, was.reporting_date_before) as reporting_date_before,
                coalesce(now.{code}, was.{code}) as holder_code,
                coalesce(now.{name}, was.{name}) as holder_name,
                unnest([{values}]) as compared
            from now full join was on now.reporting_date = was.reporting_date and now.{code} = was.{code}
            where ({numbers["now"]}) is distinct from ({numbers["was"]})
        )
        select
            previous_version, reporting_date, reporting_date_before, '{holder}', holder_code, holder_name,
            -- a name that means something else in this table has a code of its own
            coalesce(own.code, compared.figure), compared.was, compared.now, compared.now - compared.was
        from changed
        left join {alias}.main.kpi_definition as own on own.code = '{table}.' || compared.figure
        where compared.was is distinct from compared.now
        order by all
    """
