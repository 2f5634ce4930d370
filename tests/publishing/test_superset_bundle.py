"""The Superset bundle as an archive: the same bytes twice, no name that the published file has not,
and metrics that are the district's figures. tests/publishing/test_superset.py imports it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from core.data_folder import DataFolder
from publishing.errors import NothingPublished
from publishing.superset import ROWS_SHOWN, bundle
from publishing.superset.__main__ import main
from tests.support.command import ROOT

Book = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def book(first_night: Path) -> Book:
    return files(bundle(DataFolder(first_night).published, "/data/published/baophu.duckdb"))


def files(archive: bytes) -> Book:
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        return {
            name.removeprefix("bao-phu/"): yaml.safe_load(opened.read(name))
            for name in opened.namelist()
        }


def of_kind(book: Book, kind: str) -> list[dict[str, Any]]:
    return [content for name, content in book.items() if name.startswith(f"{kind}/")]


def test_the_same_file_gives_the_same_bytes(first_night: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        words = [str(tmp_path / f"{seed}.zip"), "--data", str(first_night)]
        subprocess.run(
            [sys.executable, "-m", "publishing.superset", *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    (database,) = of_kind(files((tmp_path / "1.zip").read_bytes()), "databases")
    published = DataFolder(first_night).published
    assert database["sqlalchemy_uri"] == f"duckdb:///{published}?access_mode=READ_ONLY"


def test_it_says_where_superset_sees_the_file(book: Book) -> None:
    (database,) = of_kind(book, "databases")
    assert (
        database["sqlalchemy_uri"]
        == "duckdb:////data/published/baophu.duckdb?access_mode=READ_ONLY"
    )
    kept = [*of_kind(book, "databases"), *of_kind(book, "datasets"), *of_kind(book, "charts")]
    assert {one["cache_timeout"] for one in kept} == {-1}  # never cached


def test_eight_charts_of_named_data_sets_lie_on_the_dashboard(book: Book) -> None:
    (dashboard,) = of_kind(book, "dashboards")
    assert dashboard["dashboard_title"] == "Độ bao phủ BHXH tự nguyện — Ân Thi"
    charts, sets = of_kind(book, "charts"), of_kind(book, "datasets")
    assert len(charts) == 8
    assert {chart["dataset_uuid"] for chart in charts} == {one["uuid"] for one in sets}
    parts = [part for part in dashboard["position"].values() if isinstance(part, dict)]
    placed = [part["meta"] for part in parts if part["type"] == "CHART"]
    assert sorted(part["uuid"] for part in placed) == sorted(chart["uuid"] for chart in charts)
    rows = [part["children"] for part in parts if part["type"] == "ROW"]
    for row in rows:
        assert sum(dashboard["position"][name]["meta"]["width"] for name in row) == 12


def test_charts_name_columns_and_metrics_that_are_there(book: Book) -> None:
    sets = {one["uuid"]: one for one in of_kind(book, "datasets")}
    for chart in of_kind(book, "charts"):
        made, params = sets[chart["dataset_uuid"]], chart["params"]
        columns = {column["column_name"] for column in made["columns"]}
        metrics = {metric["metric_name"] for metric in made["metrics"]}
        named = {*params.get("all_columns", []), *params.get("groupby", [])}
        named |= {json.loads(order)[0] for order in params.get("order_by_cols", [])}
        assert named | ({params["x_axis"]} if "x_axis" in params else set()) <= columns
        asked = {*params.get("metrics", [])} | ({params["metric"]} if "metric" in params else set())
        assert asked <= metrics
        assert named or asked


def test_every_column_of_a_data_set_is_described_in_vietnamese(book: Book) -> None:
    described = 0
    for made in of_kind(book, "datasets"):
        for column in made["columns"]:
            assert column["description"]
            assert column["verbose_name"]
            assert " · " not in column["description"], column["column_name"]
            described += 1
    assert described > 200


def test_metrics_over_the_communes_are_the_district_s_figures(
    book: Book, first_night: Path
) -> None:
    metrics = {
        metric["metric_name"]: metric
        for metric in book["datasets/bao-phu/kpi_by_commune_latest.yaml"]["metrics"]
    }
    assert {"participants", "contributions_vnd", "year_target_rate", "coverage_rate"} <= set(
        metrics
    )
    assert not {"needed_per_month", "forecast_low", "is_complete"} & set(metrics)
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        for name, metric in metrics.items():
            (found,) = con.execute(
                f"select {metric['expression']} from kpi_by_commune_latest"
            ).fetchall()[0:1]
            if name == ROWS_SHOWN:
                assert found == (21,)
                continue
            expected = con.execute(f"select {name} from kpi_by_district_latest").fetchall()[0][0]
            assert found[0] == pytest.approx(expected), name


def test_what_overlaps_or_is_a_list_has_no_sums(book: Book) -> None:
    for name in ("v_to_chuc_hoi", "v_chi_tieu_xa"):
        metrics = book[f"datasets/bao-phu/{name}.yaml"]["metrics"]
        assert [metric["metric_name"] for metric in metrics] == [ROWS_SHOWN]


def test_sums_over_days_are_warned_of(book: Book) -> None:
    warned = {
        metric["metric_name"]
        for metric in book["datasets/bao-phu/kpi_by_district.yaml"]["metrics"]
        if metric["warning_text"]
    }
    assert {"participants", "year_target", "year_target_rate"} <= warned
    assert "contributions_vnd" not in warned  # of each month once: it adds over time


def test_nothing_is_published_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NothingPublished):
        bundle(DataFolder(tmp_path).published, "/data/published/baophu.duckdb")
    assert main([str(tmp_path / "out.zip"), "--data", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert (
        said.err
        == "python -m publishing.superset: nothing is published on this data folder yet: run `baophu night` first\n"
    )
    assert not (tmp_path / "out.zip").exists()
    with pytest.raises(SystemExit):
        main([str(tmp_path / "out.zip"), "--seen-at", "published/baophu.duckdb"])
