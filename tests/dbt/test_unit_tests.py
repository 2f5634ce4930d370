"""dbt's own unit tests of cover and due. The nightly build leaves them out: they test the models, not the data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_dbt_s_unit_tests_pass(night_folder: Path) -> None:
    project = str(ROOT / "dbt_project")
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "test",
        "--select",
        "test_type:unit",
        "--project-dir",
        project,
        "--profiles-dir",
        project,
    ]
    command += ["--target-path", str(night_folder / "target"), "--log-path", str(night_folder / "logs"), "--no-use-colors"]
    env = {**os.environ, "BAOPHU_WAREHOUSE": str(night_folder / "warehouse" / "baophu.duckdb"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    done = subprocess.run(command, cwd=night_folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "PASS=9" in done.stdout
