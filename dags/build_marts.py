"""### Build the marts: one `dbt build` over the warehouse

Runs when a night is loaded, with the same night as partition key. A test that fails stops the chain
here: nothing is published, and yesterday's version stays. The new files that the test is about are
then held by the system (a decision landed by "hệ thống"), so that the same night run again, and
every later one, goes on without them; `baophu status` and `baophu quarantine list` name them, and a
person releases or rejects them.

**When it is red**: the line says which test failed, with file, sheet and row, or that the machine
could not (space, a lock, dbt killed: it is tried again by itself). dbt's log lies beside the
warehouse in `warehouse/dbt/build.log`; the result of every model and test stands in
`ops.model_results`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from night_run import MARTS_BUILT, NIGHT_LOADED, TASK_DEFAULTS, WAREHOUSE_POOL, announce

with DAG(
    dag_id="build_marts",
    dag_display_name="2 · Build and test the marts",
    schedule=PartitionedAssetTimetable(assets=NIGHT_LOADED),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["baophu", "night"],
) as dag:

    @task(pool=WAREHOUSE_POOL, outlets=[MARTS_BUILT])
    def dbt_build() -> dict[str, int]:
        """Seeds, models and tests, in a process of its own."""
        from baophu.blocked import build_or_hold
        from core.clock import night_of
        from core.data_folder import DataFolder

        built = build_or_hold(DataFolder.resolve(), until=night_of(datetime.now(UTC)))
        announce(MARTS_BUILT, known_on=built.known_on.isoformat(), **built.counts())
        return built.counts()

    dbt_build()
