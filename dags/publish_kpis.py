"""### Publish: the marts become the published version

Writes a version folder and replaces `published/baophu.duckdb` in one step; readers see the old version or the new one, whole. The same content
again publishes nothing.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from night_run import KPIS_PUBLISHED, MARTS_BUILT, TASK_DEFAULTS, WAREHOUSE_POOL

with DAG(
    dag_id="publish_kpis",
    dag_display_name="3 · Publish the KPI tables",
    schedule=PartitionedAssetTimetable(assets=MARTS_BUILT),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["baophu", "night"],
) as dag:

    @task(pool=WAREHOUSE_POOL, outlets=[KPIS_PUBLISHED])
    def publish() -> dict[str, str]:
        """A version folder, then the stable file."""
        from ingestion.settings import DataFolder
        from publishing.release import publish as release

        version = release(DataFolder.resolve().root)
        return {"version": version.version, "content_hash": version.content_hash}

    publish()
