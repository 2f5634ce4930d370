"""### Build the marts: one `dbt build` over the warehouse

Runs when a night is loaded, with the same night as partition key. A test that fails stops the chain here: nothing is published, and yesterday's
version stays.

**When it is red**: the line says which test failed, or that the machine could not (space, a lock, dbt killed: it is tried again by itself).
dbt's log lies beside the warehouse in `warehouse/dbt/build.log`; the result of every model and test stands in `ops.model_results`.
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
        from ingestion.nights import night_of
        from ingestion.settings import DataFolder
        from publishing.marts import build_marts

        built = build_marts(DataFolder.resolve().root, until=night_of(datetime.now(UTC)))
        announce(MARTS_BUILT, known_on=built.known_on.isoformat(), **built.counts())
        return built.counts()

    dbt_build()
