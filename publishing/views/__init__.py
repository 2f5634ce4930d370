"""Views of a published file: the newest rows of each KPI table, and Vietnamese tables for people
(views.yml).

They cost nothing to publish and are outside the content hash. Their SQL runs on DuckDB and on
PostgreSQL alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict

from core.vietnamese import BASES
from core.words import STATES, VERDICTS
from core.yaml_file import read_yaml
from publishing.dictionary import UNITS, short_name
from publishing.store import describe_statements, quoted

MOST_BYTES = 63
"""PostgreSQL cuts a longer name off."""
LATEST = "_latest"
"""What the name of a view adds to that of its KPI table."""

VALUES: dict[str, dict[str, str]] = {
    "report_status": {
        "on_time": "đúng hạn",
        "late": "muộn",
        "empty": "không phát sinh",
        "not_judged": "đã gửi, hệ thống chưa xét được",
        "missing": "chưa báo cáo",
    },
    "holder_type": {
        "district": "huyện",
        "commune": "xã, thị trấn",
        "association": "tổ chức hội",
        "officer": "cán bộ phụ trách",
        "agent": "đại lý thu",
        "system": "hệ thống đại lý",
    },
    "target_basis": BASES,
    "verdict": {code: word.vi for code, word in VERDICTS.items()},
    "severity": {code: word.vi for code, word in STATES.items()},
    "kind": {
        "farmers": "Hội Nông dân",
        "women": "Hội Phụ nữ",
        "veterans": "Hội Cựu chiến binh",
        "youth": "Đoàn Thanh niên",
    },
    "unit": UNITS | {"ratio": "%"},
}
"""Column -> its codes in words. A code without a word is shown as it is."""

VALUE_COLUMNS = ("value_before", "value_now", "difference")
"""Of `publication_changes`: in the unit of the row's figure."""

Described = Mapping[str, Mapping[str, str]]
"""Table -> column -> its comment, Vietnamese · English, in the table's own order."""


class _Spec(BaseModel):
    """One view as views.yml has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: str
    source: str
    where: str | None = None
    columns: list[str]


class _Book(BaseModel):
    """The whole of views.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    names: dict[str, str]
    rounded: dict[str, int | Literal["floor", "ceil"]]
    views: dict[str, _Spec]


@dataclass(frozen=True)
class View:
    """A view. `words`: its comment. `query`: its SELECT. `columns`: column -> comment. Comments are
    Vietnamese · English."""

    name: str
    words: str
    query: str
    columns: Mapping[str, str]

    def statements(self) -> Iterator[str]:
        """The SQL that creates and describes it."""
        yield f"create view {quoted(self.name)} as {self.query}"
        yield from describe_statements("view", quoted(self.name), self.words, self.columns)


def views(described: Described) -> list[View]:
    """All views over tables with these columns, each after those that it reads. A column that is
    named and not there is a KeyError: a bug of ours."""
    newest = {
        name: _latest(name, columns)
        for name, columns in described.items()
        if name.startswith("kpi_by_")
    }
    known = {**described, **{view.name: view.columns for view in newest.values()}}
    return [
        *newest.values(),
        *(_for_people(name, spec, known) for name, spec in _book().views.items()),
    ]


def view_statements(described: Described) -> list[str]:
    """The SQL that creates and describes all views, in order, for DuckDB and PostgreSQL. The tables
    stand in the schema that unqualified names mean."""
    return [statement for view in views(described) for statement in view.statements()]


def described_tables(con: duckdb.DuckDBPyConnection) -> Described:
    """The tables of a connection's own file. A column that nobody described has an empty
    comment."""
    described: dict[str, dict[str, str]] = {}
    for table, column, comment in con.execute(
        """
        select columns.table_name, columns.column_name, coalesce(columns.comment, '')
        from duckdb_columns() as columns inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where database_name = current_database() and schema_name = current_schema()
        order by columns.table_name, columns.column_index
        """
    ).fetchall():
        described.setdefault(table, {})[column] = comment
    return described


def create_views(con: duckdb.DuckDBPyConnection, alias: str) -> None:
    """Create the views in the attached file `alias`, over the tables that it holds."""
    (before,) = con.execute("select current_database()").fetchall()[0]
    con.execute(f"use {alias}")  # names in a view are read where the view lies
    try:
        described = described_tables(con)
        con.execute("begin")
        for statement in view_statements(described):
            con.execute(statement)
        con.execute("commit")
    except duckdb.Error:
        con.execute("rollback")
        raise
    finally:
        con.execute(f"use {quoted(before)}")


@cache
def _book() -> _Book:
    return _Book.model_validate(read_yaml(Path(__file__).with_name("views.yml")))


def _latest(table: str, columns: Mapping[str, str]) -> View:
    """The rows of a KPI table for the newest reporting date: one for each of whom it speaks."""
    boundaries = " and boundaries = 'then'" if "boundaries" in columns else ""
    return View(
        table + LATEST,
        f"{table} vào ngày số liệu mới nhất · {table} on the newest reporting date",
        f"select * from {table} where reporting_date = (select max(reporting_date) from publication){boundaries}",
        columns,
    )


def _for_people(name: str, spec: _Spec, known: Described) -> View:
    source = spec.source.split()[0]
    shown, comments = [], {}
    for entry in spec.columns:
        table, _, column = entry.rpartition(".")
        comment = known[table or source][column]
        heading = _heading(table or source, column, comment)
        shown.append(f"{_shown(table or source, column)} as {quoted(heading)}")
        comments[heading] = comment
    where = f" where {spec.where}" if spec.where else ""
    return View(name, spec.words, f"select {', '.join(shown)} from {spec.source}{where}", comments)


def _heading(table: str, column: str, comment: str) -> str:
    """The Vietnamese name of a column, with its unit where that is not people."""
    names = _book().names
    name = names.get(f"{table}.{column}") or names.get(column) or short_name(comment)
    if _is_share(column):
        return f"{name} (%)"
    return f"{name} (đồng)" if column.endswith("_vnd") else name


def _is_share(column: str) -> bool:
    """Whether the tables hold it as 0 to 1."""
    return bool(re.search(r"_rate(_low|_high)?$", column))


def _shown(table: str, column: str) -> str:
    """The expression for a column as people read it."""
    value = f"{table}.{column}"
    if _is_share(column):
        return _rounded(f"100 * {value}", 1)
    if column in (rounded := _book().rounded):
        how = rounded[column]
        return _rounded(value, how) if isinstance(how, int) else f"{how}({value})"
    if column in VALUES:
        whens = " ".join(f"when '{code}' then '{word}'" for code, word in VALUES[column].items())
        return f"case {value} {whens} else {value} end"
    if column.startswith("is_"):
        return f"case when {value} then 'có' when not {value} then 'không' end"
    if column in VALUE_COLUMNS:
        return f"case when kpi_definition.unit = 'ratio' then {_rounded(f'100 * {value}', 1)} else {_rounded(value, 1)} end"
    if column == "target_period":
        return _period_in_words(value)
    if column == "received_at":
        return f"{value} + interval '7 hours'"
    return value


def _rounded(value: str, digits: int) -> str:
    """Rounded as a double: PostgreSQL rounds numerics only."""
    return f"cast(round(cast({value} as numeric(18, 6)), {digits}) as double precision)"


def _period_in_words(period: str) -> str:
    """2019 → năm 2019, 2019-H1 → 6 tháng đầu năm 2019, 2019-Q3 → quý 3 năm 2019, 2019-07 → tháng
    07/2019."""
    year, part = f"substring({period}, 1, 4)", f"substring({period}, 6, 2)"
    return (
        f"case when length({period}) = 4 then 'năm ' || {year} "
        f"when {part} = 'H1' then '6 tháng đầu năm ' || {year} when {part} = 'H2' then '6 tháng cuối năm ' || {year} "
        f"when substring({period}, 6, 1) = 'Q' then 'quý ' || substring({period}, 7, 1) || ' năm ' || {year} "
        f"else 'tháng ' || {part} || '/' || {year} end"
    )
