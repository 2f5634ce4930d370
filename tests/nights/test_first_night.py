"""The first night, for real: 711 workbooks through Airflow, Great Expectations, dbt and DuckDB, as
a user sees it."""

from __future__ import annotations

import json
import re
from datetime import date
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineError, CalamineWorkbook
from rich.console import Console

from core.clock import month_index
from core.data_folder import DataFolder
from publishing.as_of import built, compute
from publishing.kpi import read_kpi
from publishing.terminal import kpi_table
from tests.support.command import asked, baophu
from tests.support.published import district, kpi, texts_of


def test_the_night_is_done_with_findings(first_night: Path) -> None:
    code, said = (first_night / "run.out").read_text(encoding="utf-8").split("\n", 1)
    assert code == "1", said  # the sample has wrong rows and a damaged file
    assert "nhận 711 tệp, 9 tệp có vấn đề" in said
    # its folders stay
    assert not any(path.is_file() for path in (first_night / "inbox").rglob("*"))


@pytest.mark.parametrize(
    ("on", "participants"), [("2017-12-31", 168), ("2018-12-31", 215), ("2019-06-30", 824)]
)
def test_the_article_s_counts(first_night: Path, on: str, participants: int) -> None:
    assert district(first_night, "--on", on)["participants"] == participants


def test_the_whole_truth_of_the_day(first_night: Path) -> None:
    ran = baophu("kpi", data=first_night)
    assert "824 người tham gia" in ran.out
    assert "đạt 149% kế hoạch 6 tháng đầu năm (553, tính theo tổng số người đang" in ran.out
    assert "41,2% mục tiêu năm (2.000)" in ran.out
    assert "74/76 đại lý." in ran.out
    row = district(first_night)
    assert row["incomplete_reason"] == "Chưa có báo cáo tháng 06/2019 của 2/76 đại lý"
    assert round(row["coverage_rate"], 4) == 0.0106
    assert (
        row["participants_prev_year_end"],
        row["working_age_population"],
        row["is_complete"],
    ) == (215, 78_088, False)


def test_the_article_whole_from_rows(first_night: Path) -> None:
    """What the district reported on 17/07/2019, and what it did not say: 149% of plan and far
    behind the goal, on one day."""
    row = district(first_night)
    assert (
        round(
            row["participants"] / district(first_night, "--on", "2017-12-31")["participants"] - 1, 2
        )
        == 3.90
    )
    assert round(row["participants"] / row["participants_prev_year_end"] - 1, 2) == 2.83
    assert (
        round(row["target_rate"], 2),
        row["target_basis"],
        round(row["year_target_rate"], 3),
    ) == (1.49, "stock", 0.412)
    assert (row["needed_per_month"], row["pace_per_month"], round(row["needed_to_pace"], 2)) == (
        196,
        101.5,
        1.93,
    )
    assert row["forecast_year_end"] == 1433
    assert row["forecast_low"] < 1433 < row["forecast_high"] < row["year_target"]
    assert (
        row["net_change"]
        == 140
        == row["new_participants"]
        + row["returned_participants"]
        - row["lapsed_participants"]
        - row["left_participants"]
    )
    said = " ".join(asked("kpi", data=first_night).out.split())
    assert "cần tăng 196,0 người mỗi tháng, gấp 1,93 lần" in said
    assert (
        "cuối năm có khoảng 1.433 người (khoảng dự báo 80%: từ 1.217 đến 1.649), bằng 72% mục tiêu."
        in said
    )


def test_whose_work_is_told_with_intervals(first_night: Path) -> None:
    agents, systems = kpi(first_night, "--by", "agent"), kpi(first_night, "--by", "system")
    assert (
        len(agents),
        len(systems),
        len(kpi(first_night, "--by", "officer")),
        len(kpi(first_night, "--by", "association")),
    ) == (
        76,
        4,
        21,
        42,
    )
    for figure in (
        "agents_expected",
        "agents_reported",
        "participants",
        "new_this_year",
        "renewals_due_this_year",
    ):
        assert sum(row[figure] for row in agents) == sum(row[figure] for row in systems), figure
    assert sum(row["participants"] for row in agents) == 824
    assert [
        sum(row[figure] for row in agents)
        for figure in ("agents_expected", "agents_reported", "agents_on_time")
    ] == [76, 74, 74]
    for row in agents:
        assert (
            row["renewal_rate"] is None
            or row["renewal_rate_low"] <= row["renewal_rate"] <= row["renewal_rate_high"] + 1e-9
        )
    silent = [row for row in agents if not row["agents_reported"]]
    assert [row["new_participants"] for row in silent] == [None, None]
    assert all(
        asked("kpi", "--by", by, data=first_night).code == 0
        for by in ("officer", "agent", "system", "association")
    )


@pytest.mark.parametrize("by", ["commune", "district", "officer", "agent", "system", "association"])
def test_a_table_of_figures_fits_120_columns(first_night: Path, by: str) -> None:
    out = StringIO()
    Console(file=out, width=120).print(kpi_table(read_kpi(first_night, by=by)))
    assert max(map(len, out.getvalue().splitlines())) <= 120
    assert "…" not in out.getvalue()


def test_the_office_s_own_counts_stand_beside_ours(first_night: Path) -> None:
    with duckdb.connect(str(first_night / "published" / "baophu.duckdb"), read_only=True) as con:
        totals = con.execute(
            "select month, official_participants, participants, difference from fct_control_totals order by 1"
        ).fetchall()
        (target,) = con.execute(
            "select people, children, gap_to_children, target_rate from fct_targets where holder_type = 'district' and target_period = '2019'"
        ).fetchall()
    assert totals[0] == (date(2017, 12, 1), 168, 168, 0)
    assert totals[2] == (date(2018, 9, 1), 204, 203, -1)  # once the office counted one more
    assert target == (2000, 21, 0, pytest.approx(0.412))


def test_twenty_one_communes_add_up_and_vary(first_night: Path) -> None:
    communes, whole = kpi(first_night), district(first_night)
    assert len({row["commune_code"] for row in communes}) == 21
    for figure in (
        "participants",
        "participants_prev_year_end",
        "contributions_vnd",
        "state_support_vnd",
        "agents_expected",
        "agents_reported",
    ):
        assert sum(row[figure] for row in communes) == whole[figure], figure
    rates = [row["coverage_rate"] for row in communes]
    assert 0.003 < min(rates) < 0.006
    assert 0.016 < max(rates) < 0.023
    assert sum(row["target_rate"] < 1 for row in communes) >= 3


def test_an_older_day_is_as_it_was_known(first_night: Path) -> None:
    then = district(first_night, "--on", "2019-03-31", "--known-on", "2019-03-31")
    now = district(first_night, "--on", "2019-03-31")
    # the correction of April brought one payer of March
    assert now["participants"] == then["participants"] + 1
    assert district(first_night, "--on", "2019-06-15")["participants_due"] > 0
    assert now["participants_due"] == 0


def test_published_and_computed_agree_on_every_table(first_night: Path) -> None:
    places, day = DataFolder(first_night), date(2019, 6, 30)
    tables = [
        f"kpi_by_{by}"
        for by in ("commune", "district", "officer", "agent", "system", "association")
    ]
    with duckdb.connect(str(places.published), read_only=True) as con:
        published = {
            table: con.execute(
                f"select * from {table} where reporting_date = ? order by all", [day]
            ).fetchall()
            for table in tables
        }
        published["fct_submissions"] = con.execute("from fct_submissions order by all").fetchall()
    with built(places, list(published), [day], day) as con:
        for table, rows in published.items():
            assert con.execute(f"from marts.{table} order by all").fetchall() == rows, table
    assert compute(places, "fct_submissions", day, day)[1] == published["fct_submissions"]


def test_every_row_and_dong_is_accounted_for(first_night: Path) -> None:
    ran = baophu("status", "--format", "json", data=first_night)
    told = json.loads(ran.out)
    assert ran.code == 1
    assert len(told["files"]) == 711
    assert all(file["balances"] for file in told["files"])
    assert [agent["agent_code"] for agent in told["agents_missing"]] == ["DL010", "DL011"]
    assert told["agents_expected"] == 76
    assert told["agents_late"] == []
    assert {agent["agent_code"] for agent in told["agents_empty"]} == without_people(
        first_night / "landing", "06-2019"
    )
    codes = {finding["code"] for file in told["files"] for finding in file["findings"]}
    assert {"BP-001", "BP-101", "BP-102", "BP-201", "BP-303", "BP-306", "BP-401"} <= codes


def test_rejections_are_the_findings_of_the_month_s_files(first_night: Path) -> None:
    """Counted again from the raw tables, one finding at a time."""
    files: dict[tuple[int, str | None, str], set[str]] = {}
    rows: dict[tuple[int, str | None, str], set[str]] = {}
    with duckdb.connect(str(first_night / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        about = {
            sha256: (head or month_index(received.year, received.month), agent)
            for sha256, head, received, agent in con.execute(
                "select sha256, head_month, received_at, agent_code from raw.submissions where verdict <> 'duplicate'"
            ).fetchall()
        }
        for sha256, row_id, code in con.execute(
            "select sha256, row_id, code from ops.findings where severity <> 'warn'"
        ).fetchall():
            key = (*about[sha256], code)
            files.setdefault(key, set()).add(sha256)
            rows.setdefault(key, set()).update({row_id} - {None})
    with duckdb.connect(str(first_night / "published" / "baophu.duckdb"), read_only=True) as con:
        published = con.execute(
            "select year(reporting_date) * 12 + month(reporting_date), agent_code, rule_code, files_concerned, rows_concerned "
            "from fct_rejections where reporting_date = last_day(reporting_date)"
        ).fetchall()
    assert {(month, agent, code): (f, r) for month, agent, code, f, r in published} == {
        k: (len(files[k]), len(rows[k])) for k in files
    }
    assert len({code for *_, code in files}) >= 6


def without_people(landing: Path, month: str) -> set[str]:
    """Agents whose sheet of that month names nobody, by a look at the sheets themselves."""
    found = set()
    for receipt in landing.rglob("*.json"):
        said = json.loads(receipt.read_text(encoding="utf-8"))
        if (
            not said["agent_code"]
            or said["night"][:7] != f"{month[3:]}-{month[:2]}"
            or not said["original_name"].startswith("D05")
        ):
            continue
        try:
            grid = (
                CalamineWorkbook.from_path(str(landing / said["bytes"]))
                .get_sheet_by_index(0)
                .to_python()
            )
        except CalamineError:
            continue  # the damaged one
        head = next(str(cell) for line in grid for cell in line if str(cell).startswith("Số: "))
        if f"tháng {int(month[:2])} năm {month[3:]}" in head and not any(
            re.fullmatch(r"\d{9,12}", str(line[2])) for line in grid
        ):
            found.add(said["agent_code"])
    return found


def test_no_participant_is_named_outside_the_private_files(first_night: Path) -> None:
    rosters = [
        CalamineWorkbook.from_path(str(p))
        for p in (first_night / "landing" / "received=2017-05-31").glob("*.xlsx")
    ]
    (roster,) = [book for book in rosters if "Danh sách đầu kỳ" in book.sheet_names]
    rows = roster.get_sheet_by_index(0).to_python()[4:]
    secrets = {str(row[0]) for row in rows} | {str(row[1]) for row in rows}
    assert len(secrets) > 150
    # the search finds them where they may be
    assert secrets <= texts_of(first_night / "warehouse" / "baophu.duckdb")
    assert not secrets & texts_of(first_night / "published" / "baophu.duckdb")
    looked_at = 0
    # Airflow's database and logs, dbt's logs and artefacts
    for part in (
        "airflow",
        "warehouse/dbt",
    ):
        for path in (first_night / part).rglob("*"):
            if path.is_file():
                looked_at += 1
                content = path.read_bytes()
                assert not [s for s in secrets if s.encode() in content], path.relative_to(
                    first_night
                )
    assert looked_at > 20
