"""The published file, its hash, and how figures are written."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data_folder import DataFolder
from core.vietnamese import day, number, percent, period
from publishing.content_hash import Table, content_hash
from publishing.release import publish
from publishing.sentences import direction_of_the_year, truth_of_the_day
from tests.support.snapshot import MARTS

cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.dates()
)
tables = st.lists(st.tuples(cells, cells), max_size=6)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rows: list[tuple[object, object]], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert content_hash({"t": Table(["a", "b"], rows)}) == content_hash(
        {"t": Table(["a", "b"], shuffled)}
    )


@given(tables.filter(bool), cells)
def test_another_cell_is_another_hash(rows: list[tuple[object, object]], cell: object) -> None:
    changed = [(cell, rows[0][1]), *rows[1:]]
    same = sorted(map(repr, changed)) == sorted(map(repr, rows))
    assert (
        content_hash({"t": Table(["a", "b"], rows)})
        == content_hash({"t": Table(["a", "b"], changed)})
    ) == same


def test_run_time_and_repeated_arrivals_do_not_enter() -> None:
    one = {
        "fct_submissions": Table(["file_id", "verdict"], [("a", "accepted")]),
        "publication": Table(["published_at"], [("monday",)]),
    }
    two = {
        "fct_submissions": Table(["file_id", "verdict"], [("a", "duplicate"), ("a", "accepted")]),
        "publication": Table(["published_at"], [("tuesday",)]),
    }
    assert content_hash(one) == content_hash(two)


def test_the_published_file_says_what_everything_is(first_night: Path) -> None:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        tables = dict(con.execute("select table_name, comment from duckdb_tables()").fetchall())
        assert set(tables) == {*MARTS, "publication", "publication_changes", "publication_ledger"}
        silent = con.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        assert silent == []
        assert all(" · " in words for words in tables.values())
        said = con.execute("select comment from duckdb_columns() where not internal").fetchall()
        # the name alone, in both languages
        assert all(words.count(" · ") == 1 and "\n" not in words for (words,) in said)
        (row,) = con.execute(
            "select version, content_hash, is_complete, incomplete_reason, rows_behind from publication"
        ).fetchall()
    assert row[0] == f"2019-06-30_{row[1][:12]}"
    assert row[2:4] == (False, "Chưa có báo cáo tháng 06/2019 của 2/76 đại lý")
    assert row[4] > 2000


def test_a_version_has_its_parts_and_their_hashes(first_night: Path) -> None:
    (version,) = DataFolder(first_night).versions.iterdir()
    said = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    assert set(said["files"]) == {p.name for p in version.iterdir()} - {"manifest.json"}
    for name, table in said["tables"].items():
        (found,) = duckdb.sql(f"select count(*) from '{version}/{name}.parquet'").fetchall()
        assert found[0] == table["rows"] > 0


def test_publishing_again_writes_nothing_and_a_lost_stable_file_comes_back(
    night_folder: Path,
) -> None:
    places = DataFolder(night_folder)
    before = places.published.read_bytes()
    assert publish(night_folder).unchanged
    places.published.unlink()
    assert publish(night_folder).unchanged
    assert places.published.read_bytes() == before


@pytest.mark.slow
def test_an_older_duckdb_reads_the_published_file(first_night: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "old")], check=True)
    python = tmp_path / "old" / "bin" / "python"
    subprocess.run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "duckdb==1.1.3",
        ],
        check=True,
    )
    ask = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); assert duckdb.__version__ == '1.1.3';"
        "print(con.execute(\"select sum(participants) from kpi_by_commune where reporting_date = '2019-06-30'\").fetchone()[0]);"
        "print(con.execute('select sum(\"Số người tham gia BHXH tự nguyện\") from v_chi_tieu_xa').fetchone()[0]);"
        "print(con.execute(\"select comment from duckdb_columns() where column_name = 'participants_due' limit 1\").fetchone()[0])"
    )
    said = subprocess.run(
        [str(python), "-c", ask, str(DataFolder(first_night).published)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said.startswith("824\n824\n")
    assert "đến hạn" in said


def test_figures_are_written_as_an_office_writes_them() -> None:
    assert (
        number(1_234_567),
        number(None),
        percent(0.412),
        percent(None),
        day(date(2019, 12, 31)),
    ) == (
        "1.234.567",
        "–",
        "41,2%",
        "–",
        "31/12/2019",
    )
    assert (period("2019-H1"), period("2019"), period("2019-Q3"), period(None)) == (
        "6 tháng đầu năm",
        "năm 2019",
        "2019-Q3",
        "–",
    )


def test_the_truth_of_a_day_without_targets_does_not_invent_any() -> None:
    row = {
        "reporting_date": date(2017, 12, 31), "district_name": "Ân Thi", "participants": 168, "target_participants": None, "target_period": None,
        "target_rate": None, "target_basis": None, "year_target": None, "year_target_rate": None, "agents_reported": 21, "agents_expected": 21,
    }  # fmt: skip
    assert (
        truth_of_the_day(row)
        == "Đến 31/12/2017, huyện Ân Thi: 168 người tham gia, theo báo cáo của 21/21 đại lý."
    )
    unknown = row | {"participants": None}
    assert (
        truth_of_the_day(unknown)
        == "Đến 31/12/2017, huyện Ân Thi: chưa có số liệu về số người tham gia, theo báo cáo của 21/21 đại lý."
    )


def test_where_the_year_heads_is_said_as_far_as_it_is_known() -> None:
    row = {
        "reporting_date": date(2018, 11, 30), "participants": 211, "pace_per_month": 43 / 11, "needed_per_month": None, "needed_to_pace": None,
        "year_target": None, "year_target_basis": None, "forecast_year_end": 214.9, "forecast_low": None, "forecast_high": None,
    }  # fmt: skip
    assert (
        direction_of_the_year(row)
        == "Từ đầu năm bình quân mỗi tháng tăng 3,9 người. Giữ tốc độ này, cuối năm có khoảng 215 người."
    )
    assert "mỗi tháng giảm 2,5 người." in str(direction_of_the_year(row | {"pace_per_month": -2.5}))
    assert direction_of_the_year(row | {"reporting_date": date(2018, 12, 31)}) is None
    assert direction_of_the_year(row | {"forecast_year_end": None}) is None
