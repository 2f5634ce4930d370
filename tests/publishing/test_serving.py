"""The copy in a real PostgreSQL: the same rows, each reader's rights, one version at a time, and
the old copy when a new one fails."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault
from publishing import serving
from publishing.errors import NothingPublished
from publishing.store import quoted
from tests.support import postgresql
from tests.support.command import asked, baophu

pytestmark = pytest.mark.slow
READERS, COPIES = 50, 20
ROLES = {
    "phu_ung": ("commune_code", "12145"),
    "an_thi": ("district_code", "329"),
    "everything": ("district_code", "*"),
    "nobody": ("district_code", "999"),
}


class Office:
    """A database with a copy, its owner, and readers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"postgresql://baophu:owner@127.0.0.1:{port}/airflow"

    def ask(self, sql: str, role: str = "") -> list[Any]:
        user, password = (role, role) if role else ("baophu", "owner")
        con = psycopg2.connect(
            host="127.0.0.1", port=self.port, dbname="airflow", user=user, password=password
        )
        try:
            with con, con.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            con.close()


@pytest.fixture(scope="module")
def office(first_night: Path) -> Iterator[Office]:
    with postgresql.running() as cluster:
        made = Office(cluster.port)
        serving.serve(first_night, made.address)
        for role, (kind, code) in ROLES.items():
            made.ask(f"create role {role} login in role baophu_reader password '{role}'")
            made.ask(
                f"insert into baophu.reader_rights (role_name, {kind}) values ('{role}', '{code}')"
            )
        yield made


@pytest.fixture
def data(first_night: Path, tmp_path: Path) -> Path:
    """A folder with only what is published, to be changed."""
    places = DataFolder(tmp_path / "data")
    places.published.parent.mkdir(parents=True)
    shutil.copyfile(DataFolder(first_night).published, places.published)
    return places.root


def change(data: Path, *statements: str) -> None:
    with duckdb.connect(str(DataFolder(data).published)) as con:
        for statement in statements:
            con.execute(statement)


def tables(data: Path) -> list[str]:
    with duckdb.connect(str(DataFolder(data).published), read_only=True) as con:
        return [
            name
            for (name,) in con.execute(
                "select table_name from duckdb_tables() order by 1"
            ).fetchall()
        ]


def test_every_table_row_by_row_and_its_words(office: Office, first_night: Path) -> None:
    serving.serve(first_night, office.address)
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        for name in tables(first_night):
            found = con.execute(f"select * from {name}")
            columns = [column[0] for column in found.description]
            served = office.ask(f"select {', '.join(columns)} from baophu.{name}")
            assert sorted(map(repr, served)) == sorted(map(repr, found.fetchall())), name
        words = con.execute(
            "select table_name, column_name, comment from duckdb_columns() where not internal and comment is not null "
            "and table_name in (select table_name from duckdb_tables()) order by all"
        ).fetchall()
    served_words = office.ask(
        "select c.relname, a.attname, col_description(c.oid, a.attnum) from pg_attribute a join pg_class c on c.oid = a.attrelid "
        "where c.relnamespace = 'baophu'::regnamespace and c.relkind = 'r' and a.attnum > 0 and a.attname <> 'place_key' "
        "and col_description(c.oid, a.attnum) is not null and c.relname <> 'reader_rights'"
    )
    assert len(words) > 300
    assert sorted(served_words) == sorted(words)


def test_the_views_say_the_same_and_keep_readers_apart(office: Office, first_night: Path) -> None:
    serving.serve(first_night, office.address)
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        names = [
            name
            for (name,) in con.execute(
                "select view_name from duckdb_views() where not internal order by 1"
            ).fetchall()
        ]
        for name in names:
            found = con.execute(f"from {name}")
            columns = ", ".join(quoted(column[0]) for column in found.description)
            served = office.ask(f"select {columns} from baophu.{name}", "everything")
            assert as_numbers(served) == as_numbers(found.fetchall()), name
    assert len(names) > 10
    (heading,) = office.ask("select col_description('baophu.v_chi_tieu_xa'::regclass, 4)")
    assert heading == (
        "Số người tham gia BHXH tự nguyện · Participants in voluntary social insurance",
    )
    assert office.ask(
        "select count(*), min(commune_name) from baophu.kpi_by_commune_latest", "phu_ung"
    ) == [(1, "Phù Ủng")]
    assert office.ask("select count(*) from baophu.v_chi_tieu_xa", "phu_ung") == [(1,)]
    assert office.ask("select count(*) from baophu.v_chi_tieu_huyen", "phu_ung") == [(0,)]


def as_numbers(rows: list[Any]) -> list[str]:
    return sorted(
        repr([float(value) if isinstance(value, Decimal) else value for value in row])
        for row in rows
    )


def test_a_commune_s_reader_sees_its_own_and_no_neighbour(
    office: Office, first_night: Path
) -> None:
    serving.serve(first_night, office.address)
    own = {"12145@2004-07-08"}
    for name in tables(first_night):
        seen = {
            key for (key,) in office.ask(f"select distinct place_key from baophu.{name}", "phu_ung")
        }
        assert seen <= (own | {None}), name
        if name not in serving.OPEN_TABLES:
            whole = office.ask(
                f"select count(*) from baophu.{name} where place_key = '12145@2004-07-08'"
            )
            assert office.ask(f"select count(*) from baophu.{name}", "phu_ung") == whole, name
    assert office.ask("select distinct commune_name from baophu.kpi_by_commune", "phu_ung") == [
        ("Phù Ủng",)
    ]
    assert office.ask("select count(*) from baophu.kpi_by_district", "phu_ung") == [(0,)]
    assert office.ask("select officer_code from baophu.dim_officer", "phu_ung") == [("CB02",)]


def test_a_district_s_reader_and_one_without_a_place(office: Office, first_night: Path) -> None:
    serving.serve(first_night, office.address)
    assert office.ask(
        "select count(distinct commune_code), count(*) from baophu.kpi_by_commune", "an_thi"
    ) == [(21, 546)]
    assert office.ask("select count(*) from baophu.kpi_by_system", "an_thi") == [(0,)]
    assert office.ask("select count(*) from baophu.kpi_by_system", "everything") == [(104,)]
    for name in set(tables(first_night)) - serving.OPEN_TABLES:
        assert office.ask(f"select count(*) from baophu.{name}", "nobody") == [(0,)], name


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into baophu.reader_rights values ('phu_ung', '*', null)",
        "select * from baophu.reader_rights",
        "set role baophu",
        "update baophu.kpi_by_commune set participants = 0",
        "alter table baophu.kpi_by_commune disable row level security",
        "create or replace view baophu.my_places as select '*' as place_key",
    ],
)
def test_a_reader_cannot_give_itself_more(office: Office, attempt: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        office.ask(attempt, "phu_ung")


def test_a_commune_of_today_brings_those_that_became_it(
    office: Office, data: Path, first_night: Path
) -> None:
    change(
        data, "update publication set reporting_date = '2025-08-31', version = 'after the reform'"
    )
    serving.serve(data, office.address)
    with duckdb.connect(str(DataFolder(data).published), read_only=True) as con:
        became = con.execute(
            "select commune_key from dim_commune where successor_key = '12148@2025-07-01'"
        ).fetchall()
    office.ask("create role phu_ung_2025 login in role baophu_reader password 'phu_ung_2025'")
    office.ask(
        "insert into baophu.reader_rights (role_name, commune_code) values ('phu_ung_2025', '12148')"
    )
    seen = office.ask("select distinct place_key from baophu.kpi_by_commune", "phu_ung_2025")
    assert len(became) > 1
    assert sorted(seen) == sorted(became)
    # the commune that a right of 2019 named is gone: its code is nobody's on this date
    assert office.ask("select count(*) from baophu.kpi_by_commune", "phu_ung") == [(0,)]
    serving.serve(first_night, office.address)


def test_the_same_again_and_another_shape(office: Office, data: Path, first_night: Path) -> None:
    serving.serve(first_night, office.address)
    assert serving.serve(first_night, office.address).unchanged
    rights = office.ask("select * from baophu.reader_rights order by 1")
    change(
        data,
        "alter table kpi_by_system add column one_more integer",
        "update publication set version = 'wider'",
    )
    assert not serving.serve(data, office.address).unchanged
    assert office.ask(
        "select count(one_more), count(*) from baophu.kpi_by_system", "everything"
    ) == [(0, 104)]
    assert office.ask("select * from baophu.reader_rights order by 1") == rights
    assert not serving.serve(first_night, office.address).unchanged


def test_a_copy_that_is_cut_off_leaves_the_old_one(
    office: Office, data: Path, first_night: Path
) -> None:
    serving.serve(first_night, office.address)
    before = office.ask(
        "select version, (select sum(participants) from baophu.kpi_by_commune) from baophu.publication"
    )
    change(
        data,
        "update publication set version = 'cut off'",
        "update kpi_by_commune set participants = 1",
    )
    raised: list[Exception] = []

    def copy() -> None:
        try:
            serving.serve(data, office.address)
        except Exception as exc:  # noqa: BLE001 - the test looks at it
            raised.append(exc)

    holder = psycopg2.connect(office.address)
    with holder, holder.cursor() as cursor:
        cursor.execute("lock table baophu.kpi_by_system in share mode")
        at_work = threading.Thread(target=copy)
        at_work.start()
        given_up = time.monotonic() + 60
        while time.monotonic() < given_up and at_work.is_alive():
            if office.ask(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'baophu publish' and wait_event_type = 'Lock'"
            ):
                break
            time.sleep(0.1)
        at_work.join(60)
    holder.close()
    assert [type(exc) for exc in raised] == [MachineFault]
    assert "the copy of before stands" in str(raised[0])
    assert (
        office.ask(
            "select version, (select sum(participants) from baophu.kpi_by_commune) from baophu.publication"
        )
        == before
    )


def test_fifty_readers_and_twenty_copies(office: Office, data: Path, first_night: Path) -> None:
    serving.serve(first_night, office.address)
    with duckdb.connect(str(DataFolder(data).published), read_only=True) as con:
        (version,) = con.execute("select version from publication").fetchall()[0]
    want = {"an_thi": 546, "phu_ung": 26}
    question = (
        "select p.version, count(*), min(k.contributions_vnd), max(k.contributions_vnd) "
        "from baophu.kpi_by_commune k cross join baophu.publication p group by 1"
    )
    change(
        data,
        "update kpi_by_commune set contributions_vnd = 0",
        "update publication set version = '0'",
    )
    serving.serve(data, office.address)
    stop, asked = threading.Event(), list[int]()
    wrong: list[Any] = []

    def read(role: str) -> None:
        con = psycopg2.connect(
            host="127.0.0.1", port=office.port, dbname="airflow", user=role, password=role
        )
        con.autocommit = True
        count = 0
        try:
            with con.cursor() as cursor:
                while not stop.is_set():
                    cursor.execute(question)
                    found = cursor.fetchall()
                    if [(number, least, most) for number, _, least, most in found] != [
                        (str(least), least, least) for _, _, least, _ in found
                    ]:
                        wrong.append(found)
                    if len(found) != 1 or found[0][1] != want[role]:
                        wrong.append(found)
                    count += 1
                    stop.wait(1)  # a person at a dashboard, not a mill
        except Exception as exc:  # noqa: BLE001 - the test looks at it
            wrong.append(repr(exc))
        finally:
            con.close()
            asked.append(count)

    readers = [
        threading.Thread(target=read, args=(list(want)[number % 2],)) for number in range(READERS)
    ]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, COPIES + 1):
            change(
                data,
                f"update kpi_by_commune set contributions_vnd = {number}",
                f"update publication set version = '{number}'",
            )
            assert not serving.serve(data, office.address).unchanged
    finally:
        stop.set()
        for reader in readers:
            reader.join(60)
    assert wrong == []
    assert len(asked) == READERS
    assert min(asked) > 0
    assert version != str(COPIES)
    serving.serve(first_night, office.address)


def test_an_address_that_will_not_do(first_night: Path, tmp_path: Path) -> None:
    with pytest.raises(
        OfficeFault, match=r"not one of PostgreSQL, such as postgresql://user@host:5432/database"
    ) as refused:
        serving.serve(first_night, "mysql://someone:hidden-word@host/db")
    assert "hidden-word" not in str(refused.value)
    with pytest.raises(
        MachineFault, match=r"cannot reach the database at 127\.0\.0\.1:1/baophu"
    ) as unreached:
        serving.serve(first_night, "postgresql://someone:hidden-word@127.0.0.1:1/baophu")
    assert "hidden-word" not in str(unreached.value)
    with pytest.raises(NothingPublished):
        serving.serve(tmp_path / "empty", "postgresql://someone@127.0.0.1:1/baophu")


def test_a_role_that_may_not_copy(office: Office, first_night: Path) -> None:
    office.ask("create role stranger login password 'stranger'")
    with pytest.raises(OfficeFault, match="may not make the copy"):
        serving.serve(first_night, office.address.replace("baophu:owner", "stranger:stranger"))


def test_a_new_table_needs_a_rule() -> None:
    with pytest.raises(KeyError, match="no rule says who may see fct_new"):
        serving._with_place("fct_new", {"anything": "VARCHAR"})


def test_the_command_and_the_night_copy(
    office: Office, night_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = asked("publish", "--to", office.address, data=night_folder)
    assert (ran.code, ran.err) == (0, "")
    assert "PostgreSQL: " in ran.out
    office.ask("drop table baophu.kpi_by_district cascade")
    office.ask("comment on schema baophu is null")
    monkeypatch.setenv("BAOPHU_SERVE_TO", office.address)
    # In a process of its own: one that has run a night keeps the settings that its DAG files read.
    night = baophu("night", "--date", "2019-06-30", data=night_folder)
    assert night.code in (0, 1), night.err
    assert office.ask(
        "select participants from baophu.kpi_by_district order by reporting_date desc limit 1",
        "an_thi",
    ) == [(824,)]
