"""What every DAG keeps: it is found, imports, says whose it is, what it does and how often it tries
again, and loads no tool of a task."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from baophu.airflow_config import in_process_settings
from core.data_folder import DataFolder
from tests.support.command import ROOT

READS_THE_DAGS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag("dags")
print(json.dumps({
    "errors": bag.import_errors,
    "dags": {
        dag.dag_id: {
            "title": dag.dag_display_name, "words": dag.doc_md, "tags": sorted(dag.tags), "catchup": dag.catchup,
            "most_runs": dag.max_active_runs,
            "tasks": {
                task.task_id: {
                    "kind": task.task_type, "owner": task.owner, "retries": task.retries, "words": task.doc_md or task.python_callable.__doc__,
                    "limit": bool(task.execution_timeout or getattr(task, "timeout", None)), "is_told": bool(task.on_failure_callback),
                }
                for task in dag.tasks
            },
        }
        for dag in bag.dags.values()
    },
    "loaded": sorted({name.split(".")[0] for name in sys.modules}),
}))
"""
DAGS = {"ingest": 7, "build_marts": 1, "publish_kpis": 1, "watch_night": 1}
"""DAG -> how many tasks it has."""
OF_TASKS = {
    "dbt",
    "great_expectations",
    "ingestion",
    "openpyxl",
    "pandas",
    "publishing",
    "pyarrow",
    "samples",
}
"""What only tasks import: the scheduler reads the files of the DAGs again and again."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The DAGs as Airflow reads them, in a process that has imported nothing else."""
    home = tmp_path_factory.mktemp("dags")
    environment = {
        **os.environ,
        **in_process_settings(DataFolder(home)),
        "PYTHONPATH": str(ROOT / "dags"),
    }
    done = subprocess.run(
        [sys.executable, "-c", READS_THE_DAGS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_every_dag_is_found_and_imports(found: dict[str, Any]) -> None:
    assert found["errors"] == {}
    assert {name: len(dag["tasks"]) for name, dag in found["dags"].items()} == DAGS
    files = {path.stem for path in (ROOT / "dags").glob("*.py")}
    # what they share; a file of a DAG is named after it
    assert files - DAGS.keys() == {"night_run"}


@pytest.mark.parametrize("name", DAGS)
def test_a_dag_says_what_it_is(found: dict[str, Any], name: str) -> None:
    dag = found["dags"][name]
    assert dag["words"].startswith("### ")
    assert len(dag["words"]) > 200
    assert dag["title"] != name
    assert {"baophu", "night"} <= set(dag["tags"])
    assert not dag["catchup"]  # nights that were missed are run by a backfill, in order
    assert dag["most_runs"] == (2 if name == "watch_night" else 1)


@pytest.mark.parametrize("name", DAGS)
def test_every_task_has_an_owner_a_limit_and_its_retries(found: dict[str, Any], name: str) -> None:
    for task_id, task in found["dags"][name]["tasks"].items():
        assert task["owner"] == "data-engineering", task_id
        assert task["limit"], task_id
        assert task["words"].strip(), task_id
        # who watches asks again by itself, and its alert is the deadline's
        assert (task["retries"], task["is_told"]) == (
            (0, False) if name == "watch_night" else (2, True)
        ), task_id


def test_reading_the_dags_loads_no_tool_of_a_task(found: dict[str, Any]) -> None:
    assert OF_TASKS & set(found["loaded"]) == set()
    assert "airflow" in found["loaded"]
