"""A bundle for Superset, written from a published file: the database, its tables as data sets with
Vietnamese descriptions and metrics, and the dashboard of dashboard.yml.

`python -m publishing.superset OUT.zip` writes it. The same published file gives the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict

from core.yaml_file import read_yaml
from publishing.dictionary import UNITS, Definition, definitions, short_name
from publishing.metrics import AGENT, RATIOS, adding
from publishing.store import quoted, read_store

NAMESPACE = UUID("5d2f7a54-6a63-5a0e-9a0c-6f1d0c6c3b18")
"""Of the bundle's own ids: an import finds again what the one before it made."""
VERSION = "1.0.0"
"""Of Superset's format of bundles."""
NEVER_CACHED = -1
"""Seconds. A file of DuckDB answers in milliseconds, and a cache would show the night before."""
OVERLAPPING = ("kpi_by_association", "kpi_by_officer")
"""Tables whose people overlap from row to row: they have no sums."""
ROWS_SHOWN = "rows_shown"
"""The metric that counts the rows of a table."""
PLACES_ONLY = "Cộng được giữa các đơn vị trong một ngày, không cộng giữa các ngày."
FORMATS = {"BIGINT": ",d", "INTEGER": ",d", "DOUBLE": ",.1f"}
"""Type of a column -> how d3 writes its numbers."""
MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of all files in the archive, so that their bytes do not depend on the clock."""


class _Chart(BaseModel):
    """One chart as dashboard.yml has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    words: str
    source: str
    viz_type: str
    params: dict[str, Any]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    height: int
    charts: dict[str, int]


class _Dashboard(BaseModel):
    """The whole of dashboard.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    slug: str
    database: str
    rows: list[_Row]
    charts: dict[str, _Chart]


Columns = Mapping[str, tuple[str, str]]
"""Column -> (type, comment), in the table's own order."""


def bundle(published: Path, seen_at: str) -> bytes:
    """The ZIP archive for Superset's import. `published`: the file that it is written from.
    `seen_at`: the path of the published file where Superset runs.

    Raises NothingPublished where there is none.
    """
    book = _Dashboard.model_validate(read_yaml(Path(__file__).with_name("dashboard.yml")))
    with read_store(published, "kpi_by_district_latest") as con:
        rows = definitions(con, "kpi_definition")
        tables = {source: _columns(con, source) for source in _sources(book)}
        districts = [
            str(name)
            for (name,) in con.execute(
                "select district_name from kpi_by_district_latest order by district_name"
            ).fetchall()
        ]
    files = {
        "metadata.yaml": {"version": VERSION},
        "databases/bao-phu.yaml": _database(book, seen_at),
        f"dashboards/{book.slug}.yaml": _dashboard(book, ", ".join(districts)),
    }
    for source, columns in tables.items():
        files[f"datasets/bao-phu/{source}.yaml"] = _data_set(source, columns, rows)
    for code, chart in book.charts.items():
        files[f"charts/{code}.yaml"] = _chart(code, chart, tables[chart.source])
    return _archive(files)


def _archive(files: Mapping[str, Mapping[str, Any]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"bao-phu/{name}", MOMENT)
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _sources(book: _Dashboard) -> list[str]:
    return sorted({chart.source for chart in book.charts.values()})


def _columns(con: duckdb.DuckDBPyConnection, source: str) -> Columns:
    return {
        name: (kind, comment)
        for name, kind, comment in con.execute(
            """
            select column_name, data_type, coalesce(comment, '') from duckdb_columns()
            where table_name = ? and not internal order by column_index
            """,
            [source],
        ).fetchall()
    }


def _id(kind: str, name: str = "") -> str:
    return str(uuid5(NAMESPACE, f"{kind}/{name}"))


def _database(book: _Dashboard, seen_at: str) -> dict[str, Any]:
    """Superset takes a connection of its own for each query (SQLAlchemy's NullPool), so that it
    sees the new file after a publish."""
    return {
        "database_name": book.database,
        "sqlalchemy_uri": f"duckdb:///{seen_at}?access_mode=READ_ONLY",
        "cache_timeout": NEVER_CACHED,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": _id("database"),
        "version": VERSION,
    }


def _data_set(source: str, columns: Columns, rows: Sequence[Definition]) -> dict[str, Any]:
    days = [name for name, (kind, _) in columns.items() if kind == "DATE"]
    return {
        "table_name": source,
        "main_dttm_col": days[0] if days else None,
        "description": None,
        "schema": "main",
        "cache_timeout": NEVER_CACHED,
        "filter_select_enabled": True,
        "uuid": _id("dataset", source),
        "database_uuid": _id("database"),
        "version": VERSION,
        "columns": [_column(name, *said) for name, said in columns.items()],
        "metrics": list(_metrics(source, columns, rows)),
    }


def _column(name: str, kind: str, comment: str) -> dict[str, Any]:
    return {
        "column_name": name,
        "verbose_name": name if not name.isascii() or " " in name else short_name(comment),
        "description": comment.partition(" · ")[0],
        "is_dttm": kind == "DATE" or kind.startswith("TIMESTAMP"),
        "is_active": True,
        "type": kind,
        "groupby": True,
        "filterable": True,
        "expression": None,
    }


def _metrics(source: str, columns: Columns, rows: Sequence[Definition]) -> Iterator[dict[str, Any]]:
    """What adds up, as a sum; a share of what adds up, as a ratio of sums; and the rows."""
    yield _metric(ROWS_SHOWN, "count(*)", "Số dòng", "Số dòng của bảng", ",d")
    table = source.removesuffix("_latest")
    if table in OVERLAPPING:
        return
    by_code = {str(row["code"]): row for row in rows}
    sums = {code: row for code, row in adding(table, by_code) if code in columns}
    for code, row in sums.items():
        only_places = PLACES_ONLY if row["adds"] == "places" and table == source else None
        yield _metric(
            code,
            f"sum({quoted(code)})",
            f"{row['name_vi']}{_unit(row)}",
            str(row["formula_vi"]),
            ",d",
            only_places,
        )
    for metric, share in RATIOS.items():
        name = metric.removeprefix(AGENT)
        if not {share.above, share.below} <= sums.keys() or name not in columns:
            continue
        above, below = (
            f"sum(case when {quoted(share.basis)} = 'stock' then {quoted(side)} end)"
            if share.basis
            else f"sum({quoted(side)})"
            for side in (share.above, share.below)
        )
        row = by_code[name]
        yield _metric(
            name,
            f"cast({above} as double) / nullif({below}, 0)",
            str(row["name_vi"]),
            str(row["formula_vi"]),
            ".1%",
            PLACES_ONLY if table == source else None,
        )


def _unit(row: Definition) -> str:
    return f" ({UNITS['đồng']})" if row["unit"] == "đồng" else ""


def _metric(
    code: str, expression: str, name: str, words: str, form: str, warning: str | None = None
) -> dict[str, Any]:
    return {
        "metric_name": code,
        "verbose_name": name,
        "metric_type": None,
        "expression": expression,
        "description": words,
        "d3format": form,
        "warning_text": warning,
    }


def _chart(code: str, chart: _Chart, columns: Columns) -> dict[str, Any]:
    params: dict[str, Any] = {"viz_type": chart.viz_type, "adhoc_filters": []}
    if chart.viz_type == "table":
        params |= {
            "query_mode": "raw",
            "show_cell_bars": False,
            "column_config": {
                name: {"d3NumberFormat": FORMATS[columns[name][0]]}
                for name in chart.params["all_columns"]
                if columns[name][0] in FORMATS
            },
        }
    return {
        "slice_name": chart.title,
        "description": chart.words,
        "viz_type": chart.viz_type,
        "params": params | chart.params,
        "cache_timeout": NEVER_CACHED,
        "uuid": _id("chart", code),
        "version": VERSION,
        "dataset_uuid": _id("dataset", chart.source),
    }


def _dashboard(book: _Dashboard, districts: str) -> dict[str, Any]:
    return {
        "dashboard_title": book.title.format(district=districts),
        "description": None,
        "css": "",
        "slug": book.slug,
        "uuid": _id("dashboard"),
        "position": _position(book, districts),
        "metadata": {"color_scheme": "supersetColors", "cross_filters_enabled": True},
        "published": True,
        "version": VERSION,
    }


def _position(book: _Dashboard, districts: str) -> dict[str, Any]:
    """Where each chart lies. An import puts its own numbers in place of `chartId`."""
    made: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {
            "type": "HEADER",
            "id": "HEADER_ID",
            "meta": {"text": book.title.format(district=districts)},
        },
    }
    numbers = {code: number for number, code in enumerate(book.charts, start=1)}
    lines = []
    for place, row in enumerate(book.rows, start=1):
        lines.append(f"ROW-{place}")
        made[f"ROW-{place}"] = {
            "type": "ROW",
            "id": f"ROW-{place}",
            "parents": ["ROOT_ID", "GRID_ID"],
            "children": [f"CHART-{code}" for code in row.charts],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for code, width in row.charts.items():
            made[f"CHART-{code}"] = {
                "type": "CHART",
                "id": f"CHART-{code}",
                "parents": ["ROOT_ID", "GRID_ID", f"ROW-{place}"],
                "children": [],
                "meta": {
                    "chartId": numbers[code],
                    "uuid": _id("chart", code),
                    "sliceName": book.charts[code].title,
                    "width": width,
                    "height": row.height,
                },
            }
    made["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "parents": ["ROOT_ID"], "children": lines}
    return made
