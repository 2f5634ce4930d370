"""dbt's command over a warehouse, as the nightly build calls it: from its own folder, with what it
has parsed there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.data_folder import DBT_PROJECT, DataFolder
from publishing.build_results import read_results


def dbt(
    data: Path, *words: str, project: Path = DBT_PROJECT
) -> tuple[dict[str, dict[str, Any]], str]:
    """(what became of each node by its name, what dbt printed). The folder must hold a night: its
    warehouse and dbt's memory of the project."""
    places = DataFolder(data)
    target = places.dbt / "target"
    (target / "run_results.json").unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        *words,
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
    ]
    command += ["--target-path", str(target), "--log-path", str(places.dbt), "--no-use-colors"]
    # the profile as the night had it, or all is parsed again
    env = {
        **os.environ,
        "BAOPHU_WAREHOUSE": f"../{places.warehouse.name}",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    said = subprocess.run(
        command, cwd=places.dbt, env=env, capture_output=True, text=True, check=False
    ).stdout
    found = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {result["unique_id"].split(".")[2]: result for result in found}, said


def night_s_results(data: Path) -> dict[str, str]:
    """Name of a node -> what became of it in the folder's last nightly build."""
    return {node.name: node.status for node in read_results(DataFolder(data).build_results)}
