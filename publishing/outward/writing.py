"""The tables of an outward version, with what is hidden left empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Literal

import duckdb

from core.clock import month_index
from publishing.content_hash import Table, hash_of_hashes, table_hash
from publishing.outward.facts import Cell
from publishing.outward.rules import EVERY_MONTH, TableRule
from publishing.store import describe, quoted, read_rows
from publishing.views import described_tables

Names = Literal["code", "working"]
"""How staff are called outside: by code, or by working name."""
HIDDEN, PUBLICATION = "outward_hidden", "publication"
_MONTHS_OF_A_RANGE = 25
"""Months on which the range of a forecast rests: 24 changes (docs/decisions/0006)."""
_HIDDEN_WORDS = "Ô không cho biết trong bản công bố ra ngoài · Cells that are hidden here"
_HIDDEN_COLUMNS = {
    "table_name": "Bảng · Table",
    "place_key": "Khóa của xã, của hội, hoặc mã huyện · Key of the commune or association, or code of the district",
    "reporting_date": "Ngày số liệu · Reporting date",
    "column_name": "Cột · Column",
}
_PUBLICATION_WORDS = "Phiên bản công bố ra ngoài · The outward version, one row"
_PUBLICATION_COLUMNS = {
    "version": "Mã phiên bản · Version",
    "reporting_date": "Tháng trọn gần nhất · Last day of the newest whole month",
    "known_on": "Đêm cuối cùng đã xử lý · Last night known",
    "content_hash": "Mã băm nội dung · Hash of the content",
    "hidden_below": "Số người từ 1 đến dưới số này không cho biết · Counts of people from 1 to below it are hidden",
    "names": "Cán bộ, đại lý ghi bằng mã (code) hay tên công vụ (working) · Staff by code or by working name",
}


def followers(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, TableRule], hidden: Collection[Cell]
) -> set[Cell]:
    """The cells that follow from a count that is hidden, or that does not stand in what leaves."""
    found = set()
    for table, rule in tables.items():
        if not rule.follows:
            continue
        rows = {
            (str(row[str(rule.place)]), row["reporting_date"]): row
            for row in read_rows(con, f"select * from {quoted(table)} where {rule.where}")
        }
        days = sorted({day for _, day in rows})

        def leaves(
            place: str, day: date, figure: str, table: str = table, rows: Mapping[Any, Any] = rows
        ) -> bool:
            row = rows.get((place, day))
            return (
                row is not None
                and row[figure] is not None
                and Cell(table, place, day, figure) not in hidden
            )

        for (place, day), row in rows.items():
            for column, parts in rule.follows.items():
                if row[column] is None:
                    continue
                for part in parts:
                    figure, _, moment = part.partition("@")
                    moments = _moments(day, moment, days)
                    # a place that was counted otherwise then: what is compared stands nowhere
                    said = row.get(f"{figure}_{moment}")
                    is_another = said is not None and (
                        (place, moments[0]) not in rows or said != rows[place, moments[0]][figure]
                    )
                    if is_another or not all(leaves(place, at, figure) for at in moments):
                        found.add(Cell(table, place, day, column))
    return found


def _moments(day: date, moment: str, days: Collection[date]) -> list[date]:
    """The month ends of a moment, as seen from a month's last day. `days`: those that leave."""
    month = month_index(day.year, day.month)
    if moment == EVERY_MONTH:
        return [
            at
            for at in days
            if month - _MONTHS_OF_A_RANGE < month_index(at.year, at.month) <= month
        ]
    of_year = (month - 1) % 12
    back = {
        "": 0,
        "prev_month": 1,
        "prev_year_end": of_year + 1,
        "same_day_last_year": 12,
        "before_half": of_year % 6 + 1,
    }[moment]
    at = month - back
    after = date(at // 12, at % 12 + 1, 1)  # the first day of the month after
    return [date.fromordinal(after.toordinal() - 1)]


def write_tables(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    tables: Mapping[str, TableRule],
    hidden: Collection[Cell],
    names: Names,
) -> dict[str, Table]:
    """Create the tables of an outward version in the attached file `alias`, from those of `con`'s
    own; returns what they hold."""
    described = described_tables(con)
    words = dict(
        con.execute(
            "select table_name, comment from duckdb_tables() where database_name = current_database() and schema_name = current_schema()"
        ).fetchall()
    )
    out = f"{alias}.main"
    con.execute(
        f"create table {out}.{HIDDEN} (table_name VARCHAR, place_key VARCHAR, reporting_date DATE, column_name VARCHAR)"
    )
    if hidden:
        con.executemany(
            f"insert into {out}.{HIDDEN} values (?, ?, ?, ?)",
            [list(cell) for cell in sorted(hidden)],
        )
    describe(con, f"{out}.{HIDDEN}", _HIDDEN_WORDS, _HIDDEN_COLUMNS)
    for table, rule in tables.items():
        kept = [column for column in described[table] if column in rule.leaving]
        listed = ", ".join(_column(out, table, rule, column, names) for column in kept)
        con.execute(
            f"create table {out}.{quoted(table)} as select {listed} from {quoted(table)} where {rule.where} order by all"
        )
        describe(
            con,
            f"{out}.{quoted(table)}",
            words[table],
            {column: described[table][column] for column in kept},
        )
    _keep_definitions(con, out, tables)
    held = {}
    for table in (HIDDEN, *tables):
        found = con.execute(f"select * from {out}.{quoted(table)} order by all")
        held[table] = Table([column[0] for column in found.description], found.fetchall())
    return held


def _column(out: str, table: str, rule: TableRule, column: str, names: Names) -> str:
    """A column as it leaves."""
    if column in rule.names and names == "code":
        return f"{quoted(rule.names[column])} as {quoted(column)}"
    if column in rule.people or column in rule.follows:
        return (
            f"case when not exists (from {out}.{HIDDEN} as hidden where hidden.table_name = '{table}' "
            f"and hidden.column_name = '{column}' and hidden.place_key = {quoted(str(rule.place))} "
            f"and hidden.reporting_date = {quoted(table)}.reporting_date) then {quoted(column)} end as {quoted(column)}"
        )
    return quoted(column)


def _keep_definitions(
    con: duckdb.DuckDBPyConnection, out: str, tables: Mapping[str, TableRule]
) -> None:
    """Of the dictionary, the figures that leave, each with the tables that it leaves in."""
    for code, inside in con.execute("select code, tables from kpi_definition").fetchall():
        column = code.rpartition(".")[2]
        left = [t for t in inside.split(", ") if t in tables and column in tables[t].leaving]
        if left:
            con.execute(
                f"update {out}.kpi_definition set tables = ? where code = ?",
                [", ".join(left), code],
            )
        else:
            con.execute(f"delete from {out}.kpi_definition where code = ?", [code])


def content_of(held: Mapping[str, Table]) -> tuple[str, dict[str, str]]:
    """The content hash, and that of each table."""
    hashes = {name: table_hash(name, table) for name, table in held.items()}
    return hash_of_hashes(hashes), hashes


def write_publication(con: duckdb.DuckDBPyConnection, alias: str, row: Mapping[str, Any]) -> None:
    """The table `publication`, outside the hash that it holds."""
    con.execute(
        f"create table {alias}.main.{PUBLICATION} (version VARCHAR, reporting_date DATE, known_on DATE, content_hash VARCHAR, hidden_below INTEGER, names VARCHAR)"
    )
    con.execute(
        f"insert into {alias}.main.{PUBLICATION} values (?, ?, ?, ?, ?, ?)",
        [row[column] for column in _PUBLICATION_COLUMNS],
    )
    describe(con, f"{alias}.main.{PUBLICATION}", _PUBLICATION_WORDS, _PUBLICATION_COLUMNS)


def counts_of(hidden: Collection[Cell]) -> dict[str, dict[str, int]]:
    """Table -> column -> how many of its cells are hidden."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for table, _, _, column in sorted(hidden):
        counted[table][column] = counted[table].get(column, 0) + 1
    return dict(counted)
