"""The rules of dbt-bouncer.yml hold for the models, and each of them can fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.data_folder import DBT_PROJECT

CONFIG = DBT_PROJECT / "dbt-bouncer.yml"
RULES = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["manifest_checks"]
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("parsed")
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "parse",
        "--project-dir",
        str(DBT_PROJECT),
        "--profiles-dir",
        str(DBT_PROJECT),
    ]
    command += ["--target-path", str(root / "target"), "--log-path", str(root / "logs")]
    env = {
        **os.environ,
        "BAOPHU_WAREHOUSE": str(root / "none.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (root / "target" / "manifest.json").read_text(encoding="utf-8")


def faults(root: Path, manifest: str) -> set[tuple[int, str]]:
    """(number of the rule, name of the model or source) for each fault that dbt-bouncer finds."""
    (root / "target").mkdir()
    (root / "target" / "manifest.json").write_text(manifest, encoding="utf-8")
    found = root / "found.json"
    command = [
        str(Path(sys.executable).with_name("dbt-bouncer")),
        "run",
        "--config-file",
        str(CONFIG),
        "--output-file",
        str(found),
    ]
    env = {**os.environ, "DBT_PROJECT_DIR": str(root), "HOME": str(root)}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert found.exists(), done.stdout + done.stderr
    said = [
        check
        for check in json.loads(found.read_text(encoding="utf-8"))
        if check["outcome"] != "success"
    ]
    assert (done.returncode == 0) == (said == []), done.stdout + done.stderr
    return {
        (int(check["check_run_id"].split(":")[1]), check["check_run_id"].split(":")[2])
        for check in said
    }


def test_the_models_keep_the_rules(tmp_path: Path, manifest: str) -> None:
    assert {(RULES[number]["name"], name) for number, name in faults(tmp_path, manifest)} == set()


def reads(model: str, other: str) -> Callable[[Manifest], None]:
    def change(manifest: Manifest) -> None:
        manifest["nodes"][f"model.baophu.{model}"]["depends_on"]["nodes"].append(other)

    return change


def says(model: str, **values: Any) -> Callable[[Manifest], None]:
    def change(manifest: Manifest) -> None:
        manifest["nodes"][f"model.baophu.{model}"].update(values)

    return change


def reads_nothing(manifest: Manifest) -> None:
    manifest["nodes"]["model.baophu.stg_ops__reporting_dates"]["depends_on"]["nodes"] = []


def undescribed_source(manifest: Manifest) -> None:
    manifest["sources"]["source.baophu.raw.ref_villages"]["description"] = ""


def undescribed_column(manifest: Manifest) -> None:
    manifest["nodes"]["model.baophu.dim_month"]["columns"]["month"]["description"] = ""


def no_contract(manifest: Manifest) -> None:
    manifest["nodes"]["model.baophu.fct_cohorts"]["contract"]["enforced"] = False


def no_unique_test(manifest: Manifest) -> None:
    node = "model.baophu.dim_association"
    manifest["nodes"] = {
        key: it
        for key, it in manifest["nodes"].items()
        if it.get("attached_node") != node or "one_row_per" not in key
    }


MODEL, SEED, SOURCE = "model.baophu.", "seed.baophu.", "source.baophu."
BREAKS = [
    reads("stg_reference__agents", MODEL + "stg_reference__villages"),
    reads("stg_reference__villages", SEED + "communes"),
    reads_nothing,
    reads("stg_reference__systems", SOURCE + "raw.ref_versions"),
    undescribed_source,
    reads("int_rows__fates", SOURCE + "raw.ref_targets"),
    reads("int_rows__placed", MODEL + "kpi_by_agent"),
    reads("dim_commune", MODEL + "stg_reference__agents"),
    # what is excepted may do one thing more than the others, and no other
    reads("dim_agent", MODEL + "stg_reference__agents"),
    reads("dim_officer", MODEL + "stg_reference__agents"),
    reads("dim_rule", MODEL + "stg_reference__agents"),
    reads("fct_control_totals", MODEL + "stg_reference__agents"),
    reads("fct_submissions", MODEL + "stg_intake__sheet_rows"),
    reads("fct_targets", MODEL + "kpi_by_agent"),
    says("kpi_definition", name="definitions"),
    says("kpi_by_agent", raw_code="select * from marts.dim_agent"),
    says("kpi_by_system", original_file_path="models/reports/kpi_by_system.sql"),
    says("stg_intake__submissions", name="stg_submissions"),
    says("int_calendar__months", name="months"),
    says("fct_renewals", name="renewals"),
    says("fct_targets", patch_path="baophu://models/targets.yml"),
    says("stg_intake__sheet_rows", description=""),
    says("kpi_by_officer", description="Chỉ tiêu theo cán bộ · Participation by officer"),
    undescribed_column,
    no_unique_test,
    no_contract,
]
TOUCHED = {
    *(
        "stg_reference__agents",
        "stg_reference__villages",
        "stg_ops__reporting_dates",
        "stg_reference__systems",
        "raw_ref_villages",
        "int_rows__fates",
    ),
    *(
        "int_rows__placed",
        "dim_commune",
        "dim_agent",
        "dim_officer",
        "dim_rule",
        "fct_control_totals",
        "fct_submissions",
    ),
    *(
        "kpi_definition",
        "kpi_by_agent",
        "kpi_by_system",
        "stg_intake__submissions",
        "int_calendar__months",
    ),
    *(
        "fct_renewals",
        "fct_targets",
        "stg_intake__sheet_rows",
        "kpi_by_officer",
        "dim_month",
        "dim_association",
        "fct_cohorts",
    ),
    # the sources that were read by nobody, or by two
    *("ops_reporting_dates", "raw_ref_versions", "raw_ref_targets"),
}


def test_every_rule_can_fail(tmp_path: Path, manifest: str) -> None:
    broken = json.loads(manifest)
    for change in BREAKS:
        change(broken)
    found = faults(tmp_path, json.dumps(broken))
    assert {number for number, _ in found} == set(range(len(RULES)))
    assert {name for _, name in found} == TOUCHED


def test_a_figure_that_adds_up_stands_in_every_contract_of_communes(manifest: str) -> None:
    """The sums of districts and officers are those of the contract of kpi_by_district."""
    nodes = json.loads(manifest)["nodes"]
    columns = {
        grain: {
            name
            for name, column in nodes[f"model.baophu.kpi_by_{grain}"]["columns"].items()
            if column["data_type"] == "bigint"
        }
        for grain in ("commune", "district", "officer")
    }
    for grain in ("district", "officer"):
        missing = sorted(columns["commune"] - columns[grain])
        assert missing == [], f"name {missing} under kpi_by_{grain} in marts/kpis.yml too, as *name"
