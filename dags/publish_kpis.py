"""### Publish: the marts become the published version

Writes a version folder, with its page, and replaces `published/baophu.duckdb` and
`published/index.html`, each in one step; readers see the old version or the new one, whole. The
same content again publishes nothing; a version or a stable file that is damaged, missing or not
ours is made anew. The asset event carries the version of the run's own night and its content hash:
where a later night has been loaded meanwhile, the stable file is that of the later night, and the
version of this one is written beside it. What looks wrong though every test passes (nobody
reported, a district fell to nothing) is mailed to the engineer.

With `BAOPHU_SERVE_TO` set, a task copies the stable file into that PostgreSQL, in one transaction.
With `BAOPHU_OFFICE_MAIL` set, another mails the office how the district stands. A fault of one
holds back nothing else.

**When it is red**: the published file is the one of yesterday, whole. Mend what the line says
(space, a right) and clear the task.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from night_run import (
    KPIS_PUBLISHED,
    MARTS_BUILT,
    SETTINGS,
    TASK_DEFAULTS,
    WAREHOUSE_POOL,
    announce,
    night_of_run,
)

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
        from baophu.alerts import note_trouble
        from core.data_folder import DataFolder
        from publishing.release import publish as release
        from publishing.release import version_of_night

        root, night = DataFolder.resolve().root, night_of_run()
        made = release(root)
        for alarm in made.alarms:
            note_trouble(night, "publish_kpis", "figures", alarm)
        if made.repaired:
            note_trouble(
                night,
                "publish_kpis",
                "versions",
                f"what was published was damaged: version {made.version} and the stable files were made anew",
            )
        own = version_of_night(root, night) if night < made.known_on else made
        facts = {
            "version": own.version,
            "content_hash": own.content_hash,
            "reporting_date": own.reporting_date.isoformat(),
        }
        announce(
            KPIS_PUBLISHED,
            known_on=own.known_on.isoformat(),
            unchanged=own.unchanged,
            tables=own.tables,
            rows=own.rows,
            **facts,
        )
        return facts

    @task(pool=WAREHOUSE_POOL)
    def copy_to_postgresql() -> dict[str, object]:
        """The stable file's tables in the office's PostgreSQL."""
        from core.data_folder import DataFolder
        from publishing.serving import serve

        made = serve(DataFolder.resolve().root, SETTINGS.serve_to)
        return {
            "version": made.version,
            "tables": made.tables,
            "rows": made.rows,
            "unchanged": made.unchanged,
        }

    @task
    def mail_office(facts: dict[str, str]) -> bool:
        """How the district stands, and what changed most, to the office's list."""
        from baophu.morning_mail import mail_the_office
        from core.data_folder import DataFolder

        folder = DataFolder.resolve()
        return mail_the_office(folder, folder.versions / facts["version"])

    published = publish()
    if SETTINGS.serve_to:
        published >> copy_to_postgresql()
    if SETTINGS.office_mail:
        mail_office(published)
