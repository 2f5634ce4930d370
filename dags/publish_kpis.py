"""### Publish: the marts become the published version

Writes a version folder and replaces `published/baophu.duckdb` in one step; readers see the old version or the new one, whole. The same content
again publishes nothing. The asset event carries the version and its content hash.

**When it is red**: the published file is the one of yesterday, whole. Mend what the line says (space, a right) and clear the task.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from night_run import KPIS_PUBLISHED, MARTS_BUILT, TASK_DEFAULTS, WAREHOUSE_POOL, announce

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

        made = release(DataFolder.resolve().root)
        facts = {"version": made.version, "content_hash": made.content_hash, "reporting_date": made.reporting_date.isoformat()}
        announce(KPIS_PUBLISHED, known_on=made.known_on.isoformat(), unchanged=made.unchanged, tables=made.tables, rows=made.rows, **facts)
        return facts

    publish()
