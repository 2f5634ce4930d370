"""What the three DAGs of a night share: their assets, their night, when to try again, and where a failure is written down."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context

NIGHT_LOADED = Asset(name="night_loaded", uri="x-baophu://warehouse/raw")
MARTS_BUILT = Asset(name="marts_built", uri="x-baophu://warehouse/marts")
KPIS_PUBLISHED = Asset(name="kpis_published", uri="x-baophu://published/baophu.duckdb")

WAREHOUSE_POOL = "warehouse"
"""One slot: DuckDB lets one process write."""

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=2),
    # A machine may recover; a workbook, a reference or a bug will not change by itself.
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception="ingestion.errors.MachineFault", action=RetryAction.RETRY),
            RetryRule(exception="publishing.errors.MachineFault", action=RetryAction.RETRY),
            RetryRule(exception=Exception, action=RetryAction.FAIL),
        ]
    ),
}


def night_of_run() -> date:
    """The night a run is about: its partition key, else `night` of its conf. Never the logical date or the machine's clock."""
    run = get_current_context()["dag_run"]
    said = run.partition_key or (run.conf or {}).get("night")
    if not said:
        raise ValueError("the run names no night: start it with a partition key or with conf {'night': 'YYYY-MM-DD'}")
    return date.fromisoformat(said[:10])


def note_failure(context: Any) -> None:
    """Write a failed task down for `baophu status` and `baophu night`: its exception's sentence, if it is one of ours, never a value."""
    from ingestion.settings import DataFolder

    error, run = context.get("exception"), context["dag_run"]
    night = (run.partition_key or (run.conf or {}).get("night") or "unknown")[:10]
    kind = type(error).__name__
    is_ours = any(k.__name__ in ("BaophuError", "PublishingError") for k in type(error).__mro__)
    said = {"dag": run.dag_id, "task": context["ti"].task_id, "kind": kind, "message": str(error) if is_ours else None}
    work = DataFolder.resolve().work(night)
    work.mkdir(parents=True, exist_ok=True)
    with (work / "failures.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps(said) + "\n")


TASK_DEFAULTS["on_failure_callback"] = note_failure
