"""The bundle in a real Superset: what its dashboard shows is what the marts hold, and after the
next publish what they hold then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.data_folder import DataFolder
from publishing.release import publish
from publishing.superset import bundle
from tests.support.chromium import chromium
from tests.support.superset import Superset, running

pytestmark = pytest.mark.slow

CHARTS = {
    "Số người đang tham gia": (
        "select reporting_date, participants from kpi_by_district order by reporting_date"
    ),
    "Thực hiện chỉ tiêu năm": "select year_target_rate from kpi_by_district_latest",
    "Báo cáo của đại lý thu trong tháng": """
        select case report_status when 'on_time' then 'đúng hạn' when 'late' then 'muộn'
            when 'empty' then 'không phát sinh' when 'missing' then 'chưa báo cáo' end as status,
            count(*)
        from kpi_by_agent where reporting_date = (select max(reporting_date) from kpi_by_agent)
        group by status
    """,
    "Số người còn thiếu so với chỉ tiêu năm, theo xã": (
        "select commune_name, gap_to_year_target from kpi_by_commune_latest"
    ),
    "Từng xã, thị trấn": """
        select commune_name, participants, net_change, year_target, round(100 * year_target_rate, 1),
            gap_to_year_target, round(100 * coverage_rate, 1), case when is_complete then 'có' else 'không' end
        from kpi_by_commune_latest order by gap_to_year_target desc, commune_code
    """,
    "Tiền theo tháng (đồng)": """
        select date_trunc('month', reporting_date)::date, contributions_vnd, state_support_vnd from kpi_by_district
    """,
    "Lỗi trong hồ sơ của tháng": """
        select agent_name, message_vi, rows_concerned, fct_rejections.rows_open
        from fct_rejections left join dim_agent using (agent_key) left join dim_rule using (rule_key)
        where reporting_date = (select max(reporting_date) from kpi_by_district)
    """,
    "Các tổ chức hội so với chỉ tiêu được giao": """
        select association_name, commune_name, participants, new_this_year, target_participants,
            round(100 * target_rate, 1), year_target, round(100 * year_target_rate, 1),
            round(needed_per_month, 1), case when is_complete then 'có' else 'không' end
        from kpi_by_association_latest
    """,
}
"""Title -> the same from the marts' own tables, whose columns are those of the chart in order."""
SEVERITY = "Mức xử lý của quy tắc"
"""A word for a code: tests/publishing/test_views.py compares those."""
NEXT_NIGHT = (
    "update marts.kpi_by_district set participants = participants + 1, contributions_vnd = contributions_vnd + 7",
    "update marts.kpi_by_district set year_target_rate = (participants + 20.0) / year_target",
    "update marts.kpi_by_commune set participants = participants + 1, gap_to_year_target = gap_to_year_target - 1",
    "update marts.kpi_by_agent set report_status = 'late' where report_status = 'missing'",
    "update marts.fct_rejections set rows_concerned = rows_concerned + 1, rows_open = rows_open + 1",
    "update marts.kpi_by_association set participants = participants + 1",
)
"""Every chart's own figures change: each of the 21 communes has one participant more."""


@pytest.fixture(scope="module")
def data(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(first_night, tmp_path_factory.mktemp("superset") / "data"))


@pytest.fixture(scope="module")
def superset(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    published = DataFolder(data).published
    made = bundle(published, str(published))
    with running(tmp_path_factory.mktemp("server"), made) as server:
        yield server


@pytest.fixture(scope="module")
def page(superset: Superset) -> Iterator[Any]:
    with chromium() as browser:
        yield superset.signed_in(browser)


def plain(value: Any) -> Any:
    """A value as both sides have it: numbers as floats, days as text."""
    if isinstance(value, int | float):
        return round(float(value), 6)
    return value if value is None else str(value)


def shown(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    found = []
    for row in rows:
        values = [
            datetime.fromtimestamp(value / 1000, UTC).date() if name == "reporting_date" else value
            for name, value in row.items()
            if name != SEVERITY
        ]
        found.append(tuple(plain(value) for value in values))
    return sorted(found, key=repr)


def held(data: Path, title: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(DataFolder(data).published), read_only=True) as con:
        found = con.execute(CHARTS[title]).fetchall()
    rows = [tuple(plain(value) for value in row) for row in found]
    return sorted(rows, key=repr)


def test_every_chart_shows_what_the_marts_hold_and_after_a_publish_what_they_hold_then(
    superset: Superset, page: Any, data: Path
) -> None:
    before = superset.look(page, len(CHARTS))
    assert before.keys() == CHARTS.keys()
    for title, (rows, cached) in before.items():
        assert shown(rows) == held(data, title), title
        assert not cached, title
    (last,) = before["Số người đang tham gia"][0][-1:]
    assert last["participants"] == 824
    assert before["Thực hiện chỉ tiêu năm"][0] == [{"year_target_rate": 0.412}]
    assert page.get_by_text("41,2%").first.is_visible()

    with duckdb.connect(str(DataFolder(data).warehouse)) as con:
        for statement in NEXT_NIGHT:
            con.execute(statement)
    assert not publish(data).unchanged
    after = superset.look(page, len(CHARTS))
    for title, (rows, cached) in after.items():
        assert shown(rows) == held(data, title), title
        assert shown(rows) != shown(before[title][0]), title
        assert not cached, title
    # 824, and one more in each of 21 communes
    assert after["Thực hiện chỉ tiêu năm"][0] == [{"year_target_rate": 845 / 2000}]


def test_every_column_is_described_and_every_metric_has_its_words(
    superset: Superset, page: Any, data: Path
) -> None:
    with duckdb.connect(str(DataFolder(data).published), read_only=True) as con:
        comments = {
            (table, column): comment.partition(" · ")[0]
            for table, column, comment in con.execute(
                "select table_name, column_name, comment from duckdb_columns() where not internal"
            ).fetchall()
        }
    sets = superset.ask(page, "dataset", "id,table_name")
    assert len(sets) == 6
    seen = 0
    for made in sets:
        whole = superset.one(page, "dataset", made["id"])
        for column in whole["columns"]:
            assert column["description"] == comments[whole["table_name"], column["column_name"]]
            assert column["description"]
            seen += 1
        assert all(metric["verbose_name"] and metric["description"] for metric in whole["metrics"])
    assert seen > 200


def test_it_has_its_title_shows_no_fault_and_asks_nobody_outside(
    superset: Superset, page: Any
) -> None:
    superset.look(page, len(CHARTS))
    page.get_by_text("Độ bao phủ BHXH tự nguyện — Ân Thi").first.wait_for()
    page.get_by_text("30/06/2019").first.wait_for()
    assert page.locator("[data-test='dashboard-component-chart-holder']").count() == len(CHARTS)
    assert page.locator(".ant-alert-error").count() == 0
    assert [request.url for request in page.went_out if request.failure != "csp"] == []
