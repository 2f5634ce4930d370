"""The views of a published file: what they show is what the tables hold, row for row, in words of
people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from core.data_folder import DBT_PROJECT, DataFolder
from publishing.views import LATEST, MOST_BYTES, VALUES, Described, view_statements, views

KPI_TABLES = {
    "agent": 76,
    "association": 42,
    "commune": 21,
    "district": 1,
    "officer": 21,
    "system": 4,
}
"""Rows of the sample's newest day."""
ROWS = {
    "v_chi_tieu_xa": "kpi_by_commune_latest",
    "v_chi_tieu_huyen": "kpi_by_district_latest",
    "v_dien_bien_xa": "fct_participation_by_commune_month",
    "v_dien_bien_huyen": "kpi_by_district",
    "v_can_bo": "kpi_by_officer_latest",
    "v_dai_ly": "kpi_by_agent_latest",
    "v_to_chuc_hoi": "kpi_by_association_latest",
    "v_he_thong": "kpi_by_system_latest",
    "v_chi_tieu_duoc_giao": "fct_targets",
    "v_tep_da_nhan": "fct_submissions",
    "v_thay_doi": "publication_changes",
    "v_quy_tac_vi_pham": "(from fct_rejections where reporting_date = '2019-06-30')",
}
"""View -> what it has a row for."""


@pytest.fixture(scope="module")
def con(first_night: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as opened:
        yield opened


def one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    (row,) = con.execute(query).fetchall()
    return tuple(row)


def names(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {
        name
        for (name,) in con.execute(
            "select view_name from duckdb_views() where not internal"
        ).fetchall()
    }


def described(con: duckdb.DuckDBPyConnection) -> Described:
    found: dict[str, dict[str, str]] = {}
    tables = "select table_name, column_name, comment from duckdb_columns() where table_name in (select table_name from duckdb_tables())"
    for table, column, comment in con.execute(tables).fetchall():
        found.setdefault(table, {})[column] = comment
    return found


def test_every_kpi_table_has_its_newest_rows(con: duckdb.DuckDBPyConnection) -> None:
    for grain, rows in KPI_TABLES.items():
        view = f"kpi_by_{grain}{LATEST}"
        key = f"{grain}_code"
        assert one(
            con, f"select count(*), count(distinct {key}), min(reporting_date)::text from {view}"
        ) == (rows, rows, "2019-06-30")
    # no date to forget: over all dates the sum would be 6,699
    assert one(con, f"select sum(participants) from kpi_by_commune{LATEST}") == (824,)
    assert one(con, "select sum(participants) from kpi_by_commune") == (6699,)


def test_views_lose_and_double_no_row(con: duckdb.DuckDBPyConnection) -> None:
    assert names(con) == {*ROWS, *(f"kpi_by_{grain}{LATEST}" for grain in KPI_TABLES)}
    for view, source in ROWS.items():
        assert one(con, f"select count(*) from {view}") == one(
            con, f"select count(*) from {source}"
        ), view


def test_people_read_what_the_tables_hold(con: duckdb.DuckDBPyConnection) -> None:
    whole = one(
        con,
        'select "Huyện", "Số người tham gia BHXH tự nguyện", "Kỳ chỉ tiêu", "Tỷ lệ thực hiện chỉ tiêu của kỳ (%)", '
        '"Tỷ lệ thực hiện chỉ tiêu năm (%)", "Dự báo số người tham gia cuối năm", "Cận dưới khoảng dự báo 80%", '
        '"Cận trên khoảng dự báo 80%", "Đã đủ báo cáo" from v_chi_tieu_huyen',
    )
    assert whole == (
        "Ân Thi",
        824,
        "6 tháng đầu năm 2019",
        149.0,
        41.2,
        1433.0,
        1217.0,
        1649.0,
        "không",
    )
    agents = con.execute('select "Báo cáo tháng", count(*) from v_dai_ly group by all').fetchall()
    assert dict(agents)["chưa báo cáo"] == 2
    agent = one(
        con,
        'select "Đại lý", "Hệ thống đại lý", "Tổ chức hội" from v_dai_ly where "Mã đại lý thu" = \'DL076\'',
    )
    assert agent == ("Đại lý thu Bãi Sậy 2", "Hệ thống Hội Nông dân", "Hội Nông dân Bãi Sậy")
    # 31/05/2017 20:41 in Việt Nam is 13:41 UTC
    hours = one(
        con,
        'select min("Thời điểm nhận, giờ Việt Nam") - (select min(received_at) from fct_submissions) from v_tep_da_nhan',
    )
    assert hours[0].total_seconds() == 7 * 3600
    periods = con.execute(
        'select distinct "Kỳ chỉ tiêu" from v_chi_tieu_duoc_giao order by 1'
    ).fetchall()
    assert periods == [("6 tháng đầu năm 2019",), ("năm 2019",)]


def test_headings_are_names_in_both_engines(con: duckdb.DuckDBPyConnection) -> None:
    for view in views(described(con)):
        assert len(view.name) <= MOST_BYTES
        for heading in view.columns:
            assert len(heading.encode()) <= MOST_BYTES, (view.name, heading)
    # two columns under one heading would be one column fewer
    for name in ROWS:
        found = con.execute(f"from {name} limit 0").description
        assert len({column[0] for column in found}) == len(found) >= 8, name


def test_shares_are_percentages_and_other_fractions_are_rounded(
    con: duckdb.DuckDBPyConnection,
) -> None:
    shares = {
        code.split(".")[-1]
        for (code,) in con.execute(
            "select code from kpi_definition where unit = 'ratio'"
        ).fetchall()
    }
    for view in views(described(con)):
        if view.name.startswith("v_"):
            for heading, kind in zip(
                view.columns,
                [column[1] for column in con.execute(f"from {view.name} limit 0").description],
                strict=True,
            ):
                original = next(
                    c
                    for columns in described(con).values()
                    for c, words in columns.items()
                    if words == view.columns[heading]
                )
                assert heading.endswith(" (%)") == (original in shares), (view.name, heading)
                if str(kind) == "DOUBLE":
                    values = [
                        value
                        for (value,) in con.execute(
                            f'select "{heading}" from {view.name}'
                        ).fetchall()
                        if value is not None
                    ]
                    assert all(round(value, 2) == value for value in values), (view.name, heading)


def test_every_code_of_a_contract_has_its_word(con: duckdb.DuckDBPyConnection) -> None:
    promised: dict[str, set[str]] = {}
    for path in (DBT_PROJECT / "models" / "marts").glob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            for test in model.get("data_tests", []):
                for column, codes in test["one_row_per"]["arguments"].get("one_of", {}).items():
                    promised.setdefault(column, set()).update(codes)
    assert {"report_status", "verdict", "severity", "kind"} <= promised.keys()
    for column in promised.keys() & VALUES.keys():
        assert promised[column] <= VALUES[column].keys(), column


def test_a_column_that_is_not_there_is_a_bug(con: duckdb.DuckDBPyConnection) -> None:
    tables = {table: dict(columns) for table, columns in described(con).items()}
    del tables["kpi_by_agent"]["report_status"]
    with pytest.raises(KeyError, match="report_status"):
        view_statements(tables)
