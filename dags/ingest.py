"""### Ingest: the agents' workbooks of one night

Every evening at 21:00 (Asia/Ho_Chi_Minh): the inbox is landed, all landed files that are not in the warehouse yet are judged in chunks by the rule
book, and their verdicts are loaded in one transaction. A file that fails never stops the others; a chunk that crashed leaves the run red
("degraded") although the others are loaded. The night is the partition key; by hand, give conf `{"night": "2019-06-30"}`.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable, TriggerRule, task
from night_run import NIGHT_LOADED, TASK_DEFAULTS, WAREHOUSE_POOL, night_of_run

with DAG(
    dag_id="ingest",
    dag_display_name="1 · Ingest the night's workbooks",
    schedule=CronPartitionTimetable("0 21 * * *", timezone="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["baophu", "night"],
) as dag:

    @task
    def land() -> int:
        """Empty the inbox into landing: bytes as received, write-once."""
        from ingestion import nightly
        from ingestion.settings import DataFolder

        return nightly.land(DataFolder.resolve())

    @task
    def plan() -> list[str]:
        """Which files this night takes in, in chunks."""
        from ingestion import nightly
        from ingestion.settings import DataFolder

        return nightly.plan(DataFolder.resolve(), night_of_run())

    @task
    def judge(chunk: str) -> dict[str, int]:
        """Read, understand and judge one chunk of files."""
        from ingestion import nightly
        from ingestion.settings import DataFolder

        return nightly.judge_chunk(DataFolder.resolve(), night_of_run(), chunk)

    # all_done: what was judged is loaded, whatever happened to another chunk; `seal` then says so.
    @task(pool=WAREHOUSE_POOL, trigger_rule=TriggerRule.ALL_DONE, outlets=[NIGHT_LOADED])
    def load() -> dict[str, int]:
        """All verdicts of the night into the warehouse, in one transaction."""
        from ingestion import nightly
        from ingestion.settings import DataFolder

        return nightly.load_night(DataFolder.resolve(), night_of_run())

    @task
    def seal(counts: dict[str, int]) -> dict[str, int]:
        """Planned = loaded + failed; a failed chunk makes the run degraded, in red."""
        if counts["failed"]:
            raise RuntimeError(f"degraded: {counts['failed']} of {counts['planned']} chunks failed; the others are loaded")
        return counts

    chunks = plan()
    land() >> chunks
    loaded = load()
    judge.expand(chunk=chunks) >> loaded
    seal(loaded)
