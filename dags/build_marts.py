"""### Build the marts: one `dbt build` over the warehouse

Runs when a night is loaded, with the same night as partition key. A test that fails stops the chain here: nothing is published, and yesterday's
version stays.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from night_run import MARTS_BUILT, NIGHT_LOADED, TASK_DEFAULTS, WAREHOUSE_POOL

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
        from ingestion.settings import DataFolder
        from publishing.marts import build_marts

        return build_marts(DataFolder.resolve().root).counts()

    dbt_build()
