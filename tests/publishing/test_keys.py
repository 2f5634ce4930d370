"""A fact joins to its dimensions by declared keys, and no join loses or doubles a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.data_folder import DataFolder
from publishing.keys import declared_keys
from tests.support.snapshot import MARTS

ALWAYS = {
    "kpi_by_agent": ("agent_key", "commune_key"),
    "kpi_by_association": ("association_key", "commune_key"),
    "kpi_by_commune": ("commune_key",),
    "kpi_by_officer": ("officer_key",),
    "fct_participation_by_commune_month": ("commune_key",),
    "fct_rejections": ("rule_key",),
    "dim_officer": ("officer_key", "commune_key"),
}
"""Table -> keys that are known of every row."""


@pytest.fixture(scope="module")
def con(first_night: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as opened:
        yield opened


def one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    return con.execute(query).fetchall()[0][0]


def test_every_table_says_its_keys(first_night: Path) -> None:
    (version,) = DataFolder(first_night).versions.iterdir()
    keys = json.loads((version / "manifest.json").read_text(encoding="utf-8"))["keys"]
    assert set(keys) == set(MARTS) == set(declared_keys())
    # of an unknown agent
    assert [table for table, of_table in keys.items() if not of_table["primary"]] == [
        "fct_rejections"
    ]
    assert keys["kpi_by_agent"]["foreign"][1] == {
        "column": "agent_key",
        "to_table": "dim_agent",
        "to_column": "agent_key",
    }


@pytest.mark.parametrize("table", MARTS)
def test_no_two_rows_share_a_primary_key(con: duckdb.DuckDBPyConnection, table: str) -> None:
    primary = declared_keys()[table].primary
    if primary:
        columns = ", ".join(primary)
        assert (
            one(
                con,
                f"select count(*) from {table} where {' or '.join(f'{column} is null' for column in primary)}",
            )
            == 0
        )
        assert (
            one(con, f"select count(*) from (select distinct {columns} from {table})")
            == one(con, f"select count(*) from {table}")
            > 0
        )


@pytest.mark.parametrize("table", MARTS)
def test_a_join_by_a_key_loses_and_doubles_nothing(
    con: duckdb.DuckDBPyConnection, table: str
) -> None:
    for key in declared_keys()[table].foreign:
        facts, column = f"{table} as facts", f"facts.{key.column}"
        joined = f"{facts} left join {key.to_table} as dim on {column} = dim.{key.to_column}"
        rows = one(con, f"select count(*) from {facts}")
        assert one(con, f"select count(*) from {joined}") == rows, key
        assert (
            one(
                con,
                f"select count(*) from {joined} where {column} is not null and dim.{key.to_column} is null",
            )
            == 0
        ), key
    for name in ALWAYS.get(table, ()):
        assert one(con, f"select count(*) from {table} where {name} is null") == 0, name


def test_a_key_names_the_row_of_its_day(con: duckdb.DuckDBPyConnection) -> None:
    for fact, dimension, key, day in [
        ("kpi_by_association", "dim_association", "association_key", "reporting_date"),
        ("kpi_by_commune", "dim_commune", "commune_key", "reporting_date"),
        ("fct_submissions", "dim_agent", "agent_key", "night"),
    ]:
        query = f"select count(*) from {fact} as f inner join {dimension} as d using ({key}) where f.{day} < d.valid_from or f.{day} > d.valid_to"
        assert one(con, query) == 0, fact
    # the code alone is no key: communes of other epochs have it too
    by_code = "select count(*) from kpi_by_agent as f inner join dim_commune as d on f.commune_code = d.commune_code"
    assert (one(con, "select count(*) from kpi_by_agent"), one(con, by_code)) == (728, 1005)


def test_associations_have_kinds_and_rules_have_words(con: duckdb.DuckDBPyConnection) -> None:
    kinds = con.execute(
        "select kind, count(*) from dim_association group by kind order by kind"
    ).fetchall()
    assert kinds == [("farmers", 21), ("women", 21)]
    broken = con.execute(
        "select rule_code, r.message_vi, r.fix_vi from fct_rejections as f inner join dim_rule as r using (rule_key, rule_code) "
        "where reporting_date = '2019-06-30' order by 1"
    ).fetchall()
    assert broken == [
        ("BP-001", "Không đọc được tệp.", None),
        (
            "BP-303",
            "Không đọc được số tiền người tham gia đóng.",
            "Nhập lại bằng chữ số, ví dụ 1.848.000.",
        ),
    ]
    assert (
        one(con, "select count(*) from dim_rule where message_vi like '%{%' or fix_vi like '%{%'")
        == 0
    )
