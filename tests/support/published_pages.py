"""Published files for the page: the sample's own, changed by a test, and an invented province."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from core.data_folder import DataFolder
from publishing.page.figures import read_figures
from publishing.page.write import page_html
from publishing.versions import STORE


def sample_store(data: Path) -> Path:
    """The published file of the only version of the data folder."""
    (version,) = (
        folder for folder in DataFolder(data).versions.iterdir() if not folder.name.startswith(".")
    )
    return version / STORE


def changed_store(data: Path, path: Path, *statements: str) -> Path:
    """A copy of the sample's published file, after these statements."""
    shutil.copyfile(sample_store(data), path)
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)
    return path


def page_of(store: Path) -> str:
    """The page of a published file."""
    return page_html(read_figures(store))


def province(data: Path, path: Path, districts: int = 8) -> Path:
    """The sample's district so many times over, each with its own codes: 8 districts have 168
    communes, 10 of Hưng Yên had 161."""

    def named(column: str) -> str:
        return f"case when copy = 1 then {column} else {column} || '-' || copy end as {column}"

    shutil.copyfile(sample_store(data), path)
    with duckdb.connect(str(path)) as con:
        tables = con.execute(
            "select table_name, list(column_name) from duckdb_columns() where not internal and table_name in (select table_name from duckdb_tables()) group by 1"
        ).fetchall()
        for table, columns in tables:
            codes = [
                c
                for c in columns
                if c.endswith(("_code", "_key", "_name"))
                and c not in ("rule_code", "province_code")
            ]
            if (
                table
                not in (
                    "publication",
                    "publication_changes",
                    "kpi_definition",
                    "dim_month",
                    "fct_submissions",
                    "fct_rejections",
                )
                and codes
            ):
                con.execute(
                    f'create or replace table "{table}" as select * replace ({", ".join(map(named, codes))}) '
                    f'from "{table}" cross join (select copy from range(1, {districts} + 1) as copies(copy)) order by copy'
                )
                con.execute(
                    f'create or replace table "{table}" as select * exclude (copy) from "{table}"'
                )
    return path
