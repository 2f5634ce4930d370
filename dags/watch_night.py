"""### Watch: is the night published by morning?

Starts with the night at 21:00 and waits, without holding a worker, until a version that knows the
night is published. A mail goes out when that has not happened by 06:00, whatever the reason: a red
run, or one that waits or never began. `baophu watch` asks the same without Airflow; the mail goes
once, whoever of the two is first.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable, task
from night_run import (
    CLOSING,
    PUBLISHED_WITHIN,
    START,
    TASK_DEFAULTS,
    TIMEZONE,
    night_of_run,
    within,
)

from baophu.alerts import NOT_PUBLISHED

with DAG(
    dag_id="watch_night",
    dag_display_name="0 · Watch that the night is published",
    schedule=CronPartitionTimetable(CLOSING, timezone=TIMEZONE, key_format="%Y-%m-%d"),
    start_date=START,
    catchup=False,
    max_active_runs=2,
    default_args=TASK_DEFAULTS | {"retries": 0, "on_failure_callback": None},
    deadline=within(PUBLISHED_WITHIN, NOT_PUBLISHED),
    doc_md=__doc__,
    tags=["baophu", "night"],
) as dag:

    @task.sensor(mode="reschedule", poke_interval=300, timeout=23 * 3600, soft_fail=False)
    def published() -> bool:
        """True when the published file knows the night."""
        from core.data_folder import DataFolder
        from publishing.release import published_night

        night = published_night(DataFolder.resolve().root)
        return night is not None and night >= night_of_run()

    published()
