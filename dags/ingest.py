"""### Ingest: the agents' workbooks of one night

Every evening at 21:00 (Asia/Ho_Chi_Minh): the inbox is landed, all landed files that are not in the
warehouse yet are judged in chunks by the rule book, and their verdicts are loaded in one
transaction. A file that fails never stops the others; a chunk that crashed leaves the run red
("degraded") although the others are loaded.

**The night** is the partition key. By hand: *Trigger*, and give `night`. A range of nights:
*Backfill*, or `baophu airflow backfill create --dag-id ingest --from-date 2019-07-01 --to-date
2019-07-07T21:00 --max-active-runs 1` (a night stands at its 21:00, so the last day is given with
its hour; one run at a time keeps the nights in order).

**Judge again** what is loaded already, after a mended program: `sha256` (the first 12 characters or
more, as in task names and logs) for one file, `files_from` and `files_to` for all files received in
a range of nights. Nothing is counted twice: what was known of a file is replaced.

**When it is red**: `land`, `plan` and `load` say in one line what is missing (a reference workbook,
space, a lock); mend it and clear the task. `judge` red is a bug of ours on the files named in its
log; the others are loaded, and the files wait for a mended version. `seal` is red when planned =
done + failed + skipped does not hold or anything failed or was skipped. A mail goes out at 22:00
when the night is not sealed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, Param, TriggerRule, get_current_context, task
from night_run import (
    CLOSING,
    NIGHT_LOADED,
    SEALED_WITHIN,
    START,
    TASK_DEFAULTS,
    TIMEZONE,
    WAREHOUSE_POOL,
    announce,
    name_of_run,
    night_of_run,
    within,
)


def _day(title: str, words: str) -> Param:
    return Param(None, type=["null", "string"], format="date", title=title, description=words)


with DAG(
    dag_id="ingest",
    dag_display_name="1 · Ingest the night's workbooks",
    schedule=CronPartitionTimetable(CLOSING, timezone=TIMEZONE, key_format="%Y-%m-%d"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    deadline=within(SEALED_WITHIN, "the night was not sealed"),
    params={
        "night": _day("Night", "For a run started by hand: the night whose files are taken in."),
        "sha256": Param(
            None,
            type=["null", "string"],
            pattern="^[0-9a-f]{12,64}$",
            title="One file, again",
            description="The beginning of its hash (12 characters or more): it is judged again though it is loaded.",
        ),
        "files_from": _day(
            "Files again, from", "Files received from this night on are judged again."
        ),
        "files_to": _day("Files again, to", "... up to this night."),
    },
    doc_md=__doc__,
    tags=["baophu", "night"],
) as dag:

    @task
    def land() -> int:
        """Empty the inbox into landing: bytes as received, write-once. A night that has not come is
        refused."""
        from baophu.alerts import forget_failures, note_trouble
        from core.clock import refuse_future
        from core.data_folder import DataFolder
        from core.private import keep_private
        from ingestion import nightly

        refuse_future(night_of_run(), datetime.now(UTC))
        keep_private(DataFolder.resolve())
        forget_failures(night_of_run())
        notes: list[str] = []
        landed = nightly.land(DataFolder.resolve(), notes)
        for words in notes:
            note_trouble(night_of_run(), "ingest", "inbox", words)
        return landed

    @task(pool=WAREHOUSE_POOL)
    def plan() -> list[str]:
        """Which files this night takes in, in chunks; all that are landed, where the warehouse is
        damaged or of another version of the program."""
        from baophu.alerts import note_trouble
        from core.clock import night_of
        from core.data_folder import DataFolder
        from ingestion import nightly
        from ingestion.warehouse.mending import mend_warehouse

        for sentence in mend_warehouse(DataFolder.resolve().warehouse, night_of(datetime.now(UTC))):
            note_trouble(night_of_run(), "ingest", "warehouse", sentence)
        said = get_current_context()["params"]
        first, last = (
            date.fromisoformat(said[name]) if said.get(name) else None
            for name in ("files_from", "files_to")
        )
        folder, night, run = DataFolder.resolve(), night_of_run(), name_of_run()
        chunks = nightly.plan(folder, night, run, nightly.Again(said.get("sha256"), first, last))
        for words in nightly.landing_problems(folder, night, run):
            note_trouble(night, "ingest", "landing", words)
        return chunks

    @task(map_index_template="{{ chunk_name }}")
    def judge(chunk: str) -> dict[str, int]:
        """Read, understand and judge one chunk of files."""
        from core.data_folder import DataFolder
        from ingestion import nightly

        get_current_context()["chunk_name"] = chunk
        return nightly.judge_chunk(DataFolder.resolve(), night_of_run(), chunk, name_of_run())

    # all_done: what was judged is loaded, whatever happened to another chunk; `seal` then says so.
    @task(pool=WAREHOUSE_POOL, trigger_rule=TriggerRule.ALL_DONE, outlets=[NIGHT_LOADED])
    def load() -> dict[str, int]:
        """All verdicts of the night into the warehouse, in one transaction."""
        from baophu.alerts import mail_once
        from core.data_folder import DataFolder
        from ingestion import nightly
        from ingestion.feedback import homecoming

        for refused in nightly.refused_references(
            DataFolder.resolve(), night_of_run(), name_of_run()
        ):
            mail_once(
                night_of_run().isoformat(),
                "a version of the reference workbook was refused",
                refused,
            )
        counts = nightly.load_night(DataFolder.resolve(), night_of_run(), name_of_run())
        # here, while nobody else has the warehouse
        homecoming.note_owed(DataFolder.resolve(), night_of_run(), name_of_run())
        announce(NIGHT_LOADED, night=night_of_run().isoformat(), **counts)
        return counts

    @task
    def return_home() -> dict[str, int]:
        """A marked copy of every file with findings, and a receipt of every file, into the
        outbox."""
        from core.data_folder import DataFolder
        from ingestion.feedback import homecoming

        return homecoming.return_files(DataFolder.resolve(), night_of_run(), name_of_run())

    @task
    def deliver() -> dict[str, int]:
        """What went home goes by mail too, where the office has switched that on."""
        from baophu import delivery
        from core.data_folder import DataFolder

        return delivery.deliver(DataFolder.resolve(), night_of_run(), name_of_run())

    @task
    def seal(counts: dict[str, int]) -> dict[str, int]:
        """planned = done + failed + skipped, as the scheduler knows the tasks; anything failed or
        skipped makes the run degraded, in red."""
        from ingestion.warehouse import sealing

        ti: Any = get_current_context()["ti"]
        states = (
            ti.get_task_states(dag_id=ti.dag_id, task_ids=["judge"], run_ids=[ti.run_id])[ti.run_id]
            if counts["planned"]
            else {}
        )
        return sealing.seal(counts, list(states.values()))

    chunks = plan()
    land() >> chunks
    loaded = load()
    judge.expand(chunk=chunks) >> loaded
    seal(loaded)
    loaded >> return_home() >> deliver()
