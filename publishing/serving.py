"""A copy of what is published in a PostgreSQL of the office: for many readers at once, each with
rights of their own.

The copy is filled in one transaction, so a query sees one version whole. Every row carries
`place_key`, the right that a reader needs to see it; row-level security compares it with
`reader_rights`, which the office keeps and no copy ever changes.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import duckdb

from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault, machine_faults
from publishing.keys import declared_keys
from publishing.store import describe_statements, literal, quoted, read_store
from publishing.views import described_tables, views

if TYPE_CHECKING:
    import psycopg2.extensions

SCHEMA = "baophu"
READERS = "baophu_reader"
"""The group role: a reader's role is a member of it, and has rows of its own in `reader_rights`."""
OPEN_TABLES = frozenset(
    {
        "dim_commune",
        "dim_date",
        "dim_month",
        "dim_rule",
        "kpi_definition",
        "publication",
        "publication_ledger",
    }
)
"""Tables without a figure of a place: every reader sees them whole."""
EVERYWHERE = "*"
OLDEST_SERVER = 150_000
"""PostgreSQL 15: the first where a view can leave the rows to the rights of who asks."""
SECONDS_TO_CONNECT, SECONDS_FOR_A_LOCK = 10, 120

TYPES = {
    "VARCHAR": "text",
    "DATE": "date",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "TIMESTAMP": "timestamp",
}
_NULL = "\\N"
PLACE_KEY = "Quyền cần có để xem dòng này · The right that this row asks for"
_DAYS = {
    "reporting_date": "t.reporting_date",
    "measured_on": "t.measured_on",
    "month": "last_day(t.month)",
    "received_at": "cast(t.received_at as date)",
}
"""Column -> the day of a row, for who was where; of a table without one, the newest reporting date.
"""

# Who may see which place. The commune that a right names is the one of that code on the reporting
# date, with those that became part of it.
_RIGHTS = f"""
create table if not exists {SCHEMA}.reader_rights (
    role_name text not null,
    district_code text,
    commune_code text,
    check (num_nonnulls(district_code, commune_code) = 1)
);
comment on table {SCHEMA}.reader_rights is
    'Ai được xem nơi nào · Who may see which place: one row per role and district or commune; district ''*'' is every one';
"""
_PLACES = f"""
create view {SCHEMA}.my_places as
with recursive mine as (
    select rights.district_code, rights.commune_code
    from {SCHEMA}.reader_rights as rights
    inner join pg_catalog.pg_roles as roles on roles.rolname = rights.role_name
    where pg_catalog.pg_has_role(current_user, roles.oid, 'member')
),
communes as (
    select communes.commune_key
    from {SCHEMA}.dim_commune as communes
    cross join {SCHEMA}.publication as publication
    inner join mine on mine.district_code in (communes.district_code, '{EVERYWHERE}')
        or (
            mine.commune_code = communes.commune_code
            and communes.valid_from <= publication.reporting_date
            and coalesce(communes.valid_to, publication.reporting_date) >= publication.reporting_date
        )
    union
    select before.commune_key
    from {SCHEMA}.dim_commune as before
    inner join communes on before.successor_key = communes.commune_key
)
select commune_key as place_key from communes
union
select 'district:' || communes.district_code
from {SCHEMA}.dim_commune as communes
inner join mine on mine.district_code in (communes.district_code, '{EVERYWHERE}')
union
select '{EVERYWHERE}' from mine where district_code = '{EVERYWHERE}'
"""


@dataclass(frozen=True)
class Served:
    """What stands in the database now. `rows` over all tables; `unchanged`: it stood there
    already."""

    version: str
    tables: int
    rows: int
    unchanged: bool


def serve(data: Path, address: str) -> Served:
    """Copy the published file into the schema `baophu` of the database at `address`
    (`postgresql://…`), in one transaction.

    Raises NothingPublished, OfficeFault for an address, a role or a server that will not do, and
    MachineFault when the database cannot be reached or fails; then the copy of before still stands,
    whole.
    """
    with (
        machine_faults("read the published file"),
        read_store(DataFolder(data).published, "publication") as con,
        _connected(address) as server,
    ):
        return _copy(con, server)


@contextmanager
def _connected(address: str) -> Iterator[psycopg2.extensions.connection]:
    """A transaction on the database: committed at the end, rolled back by any error."""
    import psycopg2
    from psycopg2 import errors

    place = _without_secret(address)
    try:
        server = psycopg2.connect(
            address, connect_timeout=SECONDS_TO_CONNECT, application_name="baophu publish"
        )
    except psycopg2.OperationalError as exc:
        raise MachineFault(f"cannot reach the database at {place}: {_first_line(exc)}") from None
    except psycopg2.Error:
        raise OfficeFault(
            "the address of the database is not one of PostgreSQL, such as postgresql://user@host:5432/database"
        ) from None
    try:
        if server.server_version < OLDEST_SERVER:
            raise OfficeFault(
                f"the database at {place} is older than PostgreSQL 15, which cannot keep readers apart in views"
            )
        with server:
            yield server
    except errors.InsufficientPrivilege as exc:
        raise OfficeFault(
            f"the role of {place} may not make the copy: {_first_line(exc)}"
        ) from None
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as exc:
        raise MachineFault(
            f"the database at {place} failed, the copy of before stands: {_first_line(exc)}"
        ) from None
    finally:
        server.close()


def _copy(con: duckdb.DuckDBPyConnection, server: psycopg2.extensions.connection) -> Served:
    tables = [
        name
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where not internal order by table_name"
        ).fetchall()
    ]
    columns = {name: _columns(con, name) for name in tables}
    statements = _statements(con, columns)
    shape = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    version, published_at = con.execute("select version, published_at from publication").fetchall()[
        0
    ]
    with server.cursor() as cursor, tempfile.TemporaryDirectory(prefix="baophu-serve-") as scratch:
        cursor.execute(f"set local lock_timeout = '{SECONDS_FOR_A_LOCK}s'")
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"{SCHEMA} copy"])
        if _shape_that_stands(cursor) != shape:
            _drop(cursor)
            for statement in statements:
                cursor.execute(statement)
            cursor.execute(f"comment on schema {SCHEMA} is %s", [f"Bao Phủ, shape {shape}"])
        else:
            cursor.execute(f"select version, published_at from {SCHEMA}.publication")
            if cursor.fetchall() == [(version, published_at)]:
                return Served(version, len(tables), _rows(con, tables), unchanged=True)
            for name in tables:
                cursor.execute(f"delete from {SCHEMA}.{quoted(name)}")
        for name in tables:
            kept = Path(scratch) / "table.csv"
            con.execute(
                f"copy ({_with_place(name, columns[name])}) to '{literal(kept)}' (format csv, header false, nullstr '{_NULL}')"
            )
            with kept.open(encoding="utf-8") as source:
                cursor.copy_expert(
                    f"copy {SCHEMA}.{quoted(name)} from stdin (format csv, null '{_NULL}')", source
                )
        for name in tables:
            cursor.execute(f"analyze {SCHEMA}.{quoted(name)}")
    return Served(version, len(tables), _rows(con, tables), unchanged=False)


def _rows(con: duckdb.DuckDBPyConnection, tables: list[str]) -> int:
    return sum(
        con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0] for name in tables
    )


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column -> its type in DuckDB, in order."""
    found = con.execute(
        "select column_name, data_type from duckdb_columns() where not internal and table_name = ? order by column_index",
        [table],
    )
    return dict(found.fetchall())


def _shape_that_stands(cursor: psycopg2.extensions.cursor) -> str:
    cursor.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [SCHEMA]
    )
    return next((words.rpartition(" ")[2] for (words,) in cursor.fetchall() if words), "")


def _drop(cursor: psycopg2.extensions.cursor) -> None:
    """Everything of the schema but the rights, which are the office's."""
    cursor.execute(
        "select relname, relkind from pg_class where relnamespace = to_regnamespace(%s) and relkind in ('r', 'v') and relname <> 'reader_rights'",
        [SCHEMA],
    )
    for name, kind in cursor.fetchall():
        cursor.execute(
            f"drop {'view' if kind == 'v' else 'table'} if exists {SCHEMA}.{quoted(name)} cascade"
        )


def _statements(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """What makes the schema, in order; the published file's comments come along."""
    words = dict(
        con.execute("select table_name, comment from duckdb_tables() where not internal").fetchall()
    )
    described = described_tables(con)
    made = [f"create schema if not exists {SCHEMA}", _RIGHTS, _group_role()]
    for name, types in columns.items():
        table = f"{SCHEMA}.{quoted(name)}"
        listed = ", ".join(f"{quoted(column)} {TYPES[kind]}" for column, kind in types.items())
        made.append(f"create table {table} ({listed}, place_key text)")
        made += describe_statements(
            "table", table, words[name], {**described[name], "place_key": PLACE_KEY}
        )
    made += _keys(columns)
    made.append(_PLACES)
    for name in columns:
        table = f"{SCHEMA}.{quoted(name)}"
        made += [
            f"alter table {table} enable row level security",
            f"create policy by_place on {table} for select using (place_key is null or place_key in (select place_key from {SCHEMA}.my_places))",
        ]
    # names in a view are read where the view lies
    made.append(f"set local search_path to {SCHEMA}")
    for view in views(described):
        made += [
            *view.statements(),
            f"alter view {quoted(view.name)} set (security_invoker = true)",
        ]
    return [
        *made,
        f"grant usage on schema {SCHEMA} to {READERS}",
        f"grant select on all tables in schema {SCHEMA} to {READERS}",
        f"revoke all on {SCHEMA}.reader_rights from {READERS}",
    ]


def _keys(columns: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The keys of the tables that are there, so that BI tools find the joins; held at the end of
    the transaction, whatever the order of the copy."""
    declared = {table: keys for table, keys in declared_keys().items() if table in columns}
    for table, keys in declared.items():
        if keys.primary:
            yield f"alter table {SCHEMA}.{quoted(table)} add primary key ({', '.join(keys.primary)})"
    for table, keys in declared.items():
        for key in keys.foreign:
            yield (
                f"alter table {SCHEMA}.{quoted(table)} add foreign key ({key.column}) "
                f"references {SCHEMA}.{quoted(key.to_table)} ({key.to_column}) deferrable initially deferred"
            )


def _group_role() -> str:
    return f"do $$ begin if to_regrole('{READERS}') is null then create role {READERS} nologin; end if; end $$"


def _with_place(table: str, columns: Mapping[str, str]) -> str:
    """The rows of a published table, each with the place whose right it asks for: a commune's key,
    `district:<code>`, `*` or, for everybody, NULL.

    What cannot be placed asks for the right on every place. Raises KeyError for a table that no
    rule fits: a new one must be given one.
    """
    on = next(
        (day for column, day in _DAYS.items() if column in columns),
        "(select reporting_date from publication)",
    )
    if table in OPEN_TABLES:
        return f"select t.*, null as place_key from {quoted(table)} as t"
    if "holder_type" in columns:
        place = (
            f"case t.holder_type when 'commune' then {_commune_on('t.holder_code', on)} when 'district' then 'district:' || t.holder_code "
            f"when 'association' then {_staff_on('dim_association', 'association_code', 't.holder_code', on)} "
            f"when 'agent' then {_staff_on('dim_agent', 'agent_code', 't.holder_code', on)} when 'officer' then {_officer_on('t.holder_code', on)} end"
        )
    elif "commune_key" in columns:
        place = "t.commune_key"
    elif "officer_code" in columns:
        place = _officer_on("t.officer_code", on)
    elif "agent_code" in columns:
        place = _staff_on("dim_agent", "agent_code", "t.agent_code", on)
    elif "district_code" in columns:
        place = "'district:' || t.district_code"
    elif "system_code" in columns:
        place = "null"
    else:
        raise KeyError(f"no rule says who may see {table}")
    return f"select t.*, coalesce({place}, '{EVERYWHERE}') as place_key from {quoted(table)} as t"


def _commune_on(code: str, on: str) -> str:
    """The key of the commune that had `code` on a day."""
    return f"(select max(c.commune_key) from dim_commune as c where c.commune_code = {code} and {_valid('c', on)})"


def _staff_on(table: str, column: str, code: str, on: str) -> str:
    """The commune of an agent or an association on a day; of one that is not in the register then,
    on the last day that it was."""
    return (
        f"(select coalesce(max(s.commune_key) filter ({_valid('s', on)}), max_by(s.commune_key, s.valid_from)) "
        f"from {table} as s where s.{column} = {code})"
    )


def _officer_on(code: str, on: str) -> str:
    """An officer's only commune on a day; of one with several, the district."""
    communes = (
        f"from dim_officer as o inner join dim_commune as c on c.commune_code = o.commune_code and {_valid('c', on)} "
        f"where o.officer_code = {code} and {_valid('o', on)}"
    )
    return (
        f"(select case when count(distinct c.commune_key) = 1 then max(c.commune_key) when count(distinct c.district_code) = 1 "
        f"then 'district:' || max(c.district_code) end {communes})"
    )


def _valid(alias: str, on: str) -> str:
    return f"{alias}.valid_from <= {on} and ({alias}.valid_to is null or {alias}.valid_to >= {on})"


def _without_secret(address: str) -> str:
    """Host, port and database of an address: what may stand in a message."""
    try:
        parts = urlsplit(address)
        return f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
    except ValueError:
        return "the address that was given"


def _first_line(exc: Exception) -> str:
    return (str(exc).strip().splitlines() or ["no word"])[0]
