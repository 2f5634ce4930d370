"""docs/bi/metrics.yml says what the dictionary says, dbt accepts it, and its sums are the
district's figures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from core.data_folder import DataFolder
from publishing.dictionary import definitions
from publishing.metrics import METRICS, RATIOS, page

BOOK: dict[str, Any] = yaml.safe_load(METRICS.read_text(encoding="utf-8"))
MODELS = {model["name"]: model for model in BOOK["semantic_models"]}


@pytest.fixture(scope="module")
def con(first_night: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as opened:
        yield opened


def measured(
    con: duckdb.DuckDBPyConnection, table: str, name: str, where: str = "true"
) -> float | None:
    """A measure over all communes or agents, as MetricFlow works it out: of the newest day where it
    does not add over time."""
    (measure,) = [m for m in MODELS[table]["measures"] if m["name"] == name]
    newest = measure.get("non_additive_dimension")
    day = (
        f" and {newest['name']} = (select max({newest['name']}) from {table} where {where})"
        if newest
        else ""
    )
    value = con.execute(
        f"select {measure['agg']}({measure['expr']}) from {table} where {where}{day}"
    ).fetchall()[0][0]
    return None if value is None else float(value)


def test_the_file_is_not_stale(con: duckdb.DuckDBPyConnection) -> None:
    assert METRICS.read_text(encoding="utf-8") == page(definitions(con, "kpi_definition")), (
        "run `make docs`"
    )


def test_its_sums_are_the_figures_of_the_district(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("from kpi_by_district_latest")
    district = dict(
        zip([column[0] for column in found.description], found.fetchall()[0], strict=True)
    )
    stocks = [
        m["name"] for m in MODELS["kpi_by_commune"]["measures"] if "non_additive_dimension" in m
    ]
    assert {"participants", "working_age_population", "year_target", "due_next_month"} <= set(
        stocks
    )
    for name in stocks:
        if name not in ("pace_per_month", "forecast_year_end"):
            assert measured(con, "kpi_by_commune", name) == district[name], name
    assert measured(con, "kpi_by_commune", "forecast_year_end") == pytest.approx(
        district["forecast_year_end"]
    )
    assert measured(con, "kpi_by_agent", "agent_participants") == 824
    # flows and money are sums over the months
    of_2019 = "reporting_date > '2018-12-31'"
    (gained, money) = con.execute(
        f"select sum(net_change), sum(contributions_vnd)::double from kpi_by_district where {of_2019}"
    ).fetchall()[0]
    assert gained == 609
    assert measured(con, "kpi_by_commune", "net_change", of_2019) == gained
    assert measured(con, "kpi_by_commune", "contributions_vnd", of_2019) == money


def test_shares_are_ratios_of_sums(con: duckdb.DuckDBPyConnection) -> None:
    ratios = {
        metric["name"]: metric["type_params"]
        for metric in BOOK["metrics"]
        if metric["type"] == "ratio"
    }
    assert ratios.keys() == RATIOS.keys()
    district = con.execute(
        "select coverage_rate, target_rate, year_target_rate from kpi_by_district_latest"
    ).fetchall()[0]
    for name, expected in zip(
        ("coverage_rate", "target_rate", "year_target_rate"), district, strict=True
    ):
        above, below = (
            (side if isinstance(side, str) else side["name"]) for side in ratios[name].values()
        )
        up, down = measured(con, "kpi_by_commune", above), measured(con, "kpi_by_commune", below)
        assert up is not None
        assert down is not None
        assert up / down == pytest.approx(expected), name
    # no measure is a share: a mean of shares is no share
    shares = {
        code.rpartition(".")[2]
        for (code,) in con.execute(
            "select code from kpi_definition where unit = 'ratio'"
        ).fetchall()
    }
    measures = {m["expr"] for model in MODELS.values() for m in model.get("measures", [])}
    assert not measures & shares


@pytest.mark.slow
def test_dbt_accepts_it(first_night: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    shutil.copyfile(METRICS, tmp_path / "models" / "metrics.yml")
    for table in [*MODELS, "dim_date"]:
        (tmp_path / "models" / f"{table}.sql").write_text(
            f"select * from published.main.{table}", encoding="utf-8"
        )
    (tmp_path / "dbt_project.yml").write_text(
        "{name: readers, version: '1.0', profile: readers}", encoding="utf-8"
    )
    profile = {
        "type": "duckdb",
        "path": "mine.duckdb",
        "attach": [
            {
                "path": str(DataFolder(first_night).published),
                "alias": "published",
                "read_only": True,
            }
        ],
    }
    (tmp_path / "profiles.yml").write_text(
        yaml.safe_dump({"readers": {"target": "here", "outputs": {"here": profile}}}),
        encoding="utf-8",
    )
    env = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "--quiet",
        "build",
        "--project-dir",
        str(tmp_path),
        "--profiles-dir",
        str(tmp_path),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "target" / "semantic_manifest.json").stat().st_size > 10_000
