"""What the DAGs of a night share: their assets, their night, when to try again, and whom a failure
is told."""

from __future__ import annotations

import hashlib
import os
from datetime import date, datetime, time, timedelta
from typing import Any

from airflow.sdk import (
    Asset,
    AsyncCallback,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    get_current_context,
)

from baophu.airflow_config import WAREHOUSE_POOL as WAREHOUSE_POOL
from baophu.alerts import deadline_missed, note_failure
from baophu.first_night import first_night
from core.settings import NIGHT_HOUR, Settings
from core.settings import TIMEZONE as OFFICE_TIME

NIGHT_LOADED = Asset(name="night_loaded", uri="x-baophu://warehouse/raw")
MARTS_BUILT = Asset(name="marts_built", uri="x-baophu://warehouse/marts")
KPIS_PUBLISHED = Asset(name="kpis_published", uri="x-baophu://published/baophu.duckdb")

CLOSING = f"0 {NIGHT_HOUR} * * *"
TIMEZONE = OFFICE_TIME.key
os.umask(
    0o077
    # of every process that runs a task: what a night writes is its owner's alone, but for what is
    # published
)
SETTINGS = Settings.from_environment()
FIRST_NIGHT = first_night()
"""Nights before it are never started by the clock, only by hand or by a backfill."""
START = datetime.combine(FIRST_NIGHT, time(NIGHT_HOUR), OFFICE_TIME) if FIRST_NIGHT else None
SEALED_WITHIN = int(SETTINGS.sealed_within_minutes)
PUBLISHED_WITHIN = int(SETTINGS.published_within_minutes)
"""Minutes after closing: 22:00 and 06:00, unless the office says otherwise."""

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "execution_timeout": timedelta(minutes=SETTINGS.task_minutes),
    "retry_delay": timedelta(minutes=SETTINGS.retry_minutes),
    # A machine may recover; a workbook, a reference or a bug will not change by itself.
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception="core.errors.MachineFault", action=RetryAction.RETRY),
            RetryRule(exception=Exception, action=RetryAction.FAIL),
        ]
    ),
    "on_failure_callback": note_failure,
}


def within(minutes: int, what: str) -> DeadlineAlert:
    """An alert when the run has not ended so many minutes after it was queued; `what` begins the
    sentence of the mail."""
    by = (datetime.combine(date.min, time(NIGHT_HOUR)) + timedelta(minutes=minutes)).strftime(
        "%H:%M"
    )
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(deadline_missed, kwargs={"what": f"{what} by {by}"}),
    )


def night_of_run() -> date:
    """The night a run is about: its partition key, else `night` of its conf. Never the logical date
    or the machine's clock."""
    run = get_current_context()["dag_run"]
    said = run.partition_key or (run.conf or {}).get("night")
    if not said:
        raise ValueError(
            "the run names no night: start it with a partition key or with conf {'night': 'YYYY-MM-DD'}"
        )
    return date.fromisoformat(said[:10])


def name_of_run() -> str:
    """A short name for the run's own scratch folder."""
    return hashlib.sha256(get_current_context()["dag_run"].run_id.encode()).hexdigest()[:12]


def announce(asset: Asset, **facts: Any) -> None:
    """Say what an asset event rests on, and pass the night on, also from a run that was started by
    hand."""
    event = get_current_context()["outlet_events"][asset]
    event.extra = facts
    if not get_current_context()["dag_run"].partition_key:
        event.add_partitions(night_of_run().isoformat())
