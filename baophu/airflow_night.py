"""One night through the real DAG objects, in this process: ingest, build_marts, publish_kpis in
order, with the night in `conf`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from baophu.airflow_config import WAREHOUSE_POOL, in_process_settings
from baophu.alerts import DEGRADED, forget_failures
from core.data_folder import PROJECT_ROOT, DataFolder
from core.errors import BaophuError, MachineFault, OurCrash, machine_faults
from core.locks import take

LEAST_SPACE = 64 << 20
"""Bytes free without which a night does not begin: the sample's takes some 50 MiB."""
SPACE_RUN_OUT = 1 << 20
DAGS = ("ingest", "build_marts", "publish_kpis")


@dataclass
class NightRun:
    """What became of the three DAGs: their states, and what failed (dag, task, kind, message)."""

    night: date
    states: dict[str, str] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_published(self) -> bool:
        return self.states.get("publish_kpis") == "success"


class NightFailed(BaophuError):
    """The night ended before it published. The text is the first failure's own sentence: what
    failed after it failed because of it."""


class NightCrashed(NightFailed, OurCrash):
    """The night ended before it published, of a bug of ours."""


def run_night(folder: DataFolder, night: date, progress: Callable[[str], None]) -> NightRun:
    """Run the night; safe to repeat. `progress` is told each DAG before it starts.

    Raises NightFailed when nothing was published, NightCrashed when that is a bug of ours;
    MachineFault when another night runs on this folder, when the folder cannot be written, or when
    the disk ran full, even so full that a task could not write down what it failed of.
    """
    with alone(folder), _room_on_disk(folder):
        configure_airflow(folder)
        log = folder.airflow_home / "logs" / f"night-{night.isoformat()}.log"
        with machine_faults("write to the data folder"):
            log.parent.mkdir(parents=True, exist_ok=True)
            forget_failures(night)
        run = NightRun(night)
        with _output_to(log):
            dags = _load_dags()
            for dag_id in DAGS:
                progress(dag_id)
                run.states[dag_id] = _run_dag(dags[dag_id], night)
                run.failures = _failures(folder, night)
                loaded = not any(f["task"] in ("land", "plan", "load") for f in run.failures)
                if run.states[dag_id] != "success" and not (dag_id == "ingest" and loaded):
                    break
        if not run.is_published:
            raise _why_it_failed(run, log)
        return run


def _why_it_failed(run: NightRun, log: Path) -> NightFailed:
    ended = [f for f in run.failures if f["kind"] != DEGRADED] or run.failures
    first = (
        ended[0]
        if ended
        else {"dag": "night", "task": "unknown", "kind": "no word", "message": None}
    )
    if first["message"]:
        return (
            NightCrashed(first["message"])
            if first["kind"] == OurCrash.__name__
            else NightFailed(first["message"])
        )
    return NightCrashed(
        f"{first['dag']}.{first['task']} crashed with {first['kind']}: a bug of ours; the details: {log}"
    )


def configure_airflow(folder: DataFolder) -> None:
    """Point Airflow at a home of its own beside the data, and at this project's DAGs. Has no effect
    once airflow is imported."""
    os.environ.update(in_process_settings(folder))
    with machine_faults("write to the data folder"):
        folder.airflow_home.mkdir(parents=True, exist_ok=True)


def _load_dags() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb, upgradedb
    from airflow.version import version

    home = Path(os.environ["AIRFLOW_HOME"])
    marker = home / f".database-{version}"
    if not marker.exists():
        (upgradedb if (home / "airflow.db").exists() else initdb)()
        marker.touch()
    Pool.create_or_update_pool(
        WAREHOUSE_POOL, slots=1, description="DuckDB lets one process write", include_deferred=False
    )
    folder = str(PROJECT_ROOT / "dags")
    if folder not in sys.path:
        sys.path.append(folder)
    bag = DagBag(folder)
    if bag.import_errors:
        raise RuntimeError(f"the DAGs cannot be imported: {sorted(bag.import_errors)}")
    return {dag_id: bag.dags[dag_id] for dag_id in DAGS}


def _run_dag(dag: Any, night: date) -> str:
    dag.deadline = None  # a deadline is a scheduler's: in process it has nobody to call
    for (
        task
    ) in dag.tasks:  # a person stands waiting: a fault is told at once, not tried again in minutes
        if hasattr(task, "partial_kwargs"):
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    run = dag.test(run_conf={"night": night.isoformat()})
    state = str(getattr(run.state, "value", run.state))
    idle = set(dag.task_ids) - {
        ti.task_id for ti in run.get_task_instances() if ti.state is not None
    }
    if state == "success" and idle:
        raise RuntimeError(
            f"Airflow calls {dag.dag_id} a success, and these of its tasks never ran: {sorted(idle)}"
        )
    return state


def _failures(folder: DataFolder, night: date) -> list[dict[str, Any]]:
    path = folder.work(night.isoformat()) / "failures.jsonl"
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if path.exists()
        else []
    )


def alone(folder: DataFolder) -> contextlib.AbstractContextManager[None]:
    """One night at a time on one data folder."""
    return take(
        folder.root / "warehouse" / "night.lock",
        f"write to the data folder {folder.root}",
        refusal=f"another night is running on {folder.root}; this one did nothing",
    )


@contextlib.contextmanager
def _room_on_disk(folder: DataFolder) -> Iterator[None]:
    """Refuse to begin without room, and call it by its name when the room runs out on the way,
    wherever in Airflow that shows."""
    no_room = MachineFault(
        f"there is no space left on the disk of {folder.root}; a night needs at least {LEAST_SPACE >> 20} MiB"
    )
    if shutil.disk_usage(folder.root).free < LEAST_SPACE:
        raise no_room
    try:
        yield
    except Exception as exc:
        if shutil.disk_usage(folder.root).free < SPACE_RUN_OUT:
            raise no_room from exc
        raise


@contextlib.contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """What Airflow and its tasks print goes to a file: a terminal is for the table."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[0])
            os.close(kept[1])
