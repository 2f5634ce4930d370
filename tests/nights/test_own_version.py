"""A night has the version that it would have had in time; a warehouse that was lost comes to the
same; the clock starts no night of the past."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from baophu.first_night import first_night, settle_first_night
from core.clock import night_of
from ingestion.warehouse.mending import mend_warehouse
from publishing.release import published_night, version_of_night
from tests.support.evening import NIGHT, run_directly, state


@pytest.mark.slow
def test_an_earlier_night_s_version_is_the_one_it_had_in_time(
    two_nights: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(two_nights, tmp_path / "data"))
    versions = data / "published" / "versions"
    before = {path.name for path in versions.iterdir()}
    own = version_of_night(data, date(2017, 6, 30))
    assert (own.known_on, own.unchanged, own.version in before) == (date(2017, 6, 30), True, True)
    # a night that a later one overtook before it was published has its own version too
    overtaken = version_of_night(data, date(2017, 7, 10))
    assert (overtaken.known_on, overtaken.reporting_date, overtaken.unchanged) == (
        date(2017, 7, 10),
        date(2017, 7, 10),
        False,
    )
    assert {path.name for path in versions.iterdir()} == before | {overtaken.version}
    assert published_night(data) == date.fromisoformat(NIGHT)


@pytest.mark.slow
def test_a_lost_warehouse_is_built_anew_to_the_same(
    evening: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    warehouse = data / "warehouse" / "baophu.duckdb"
    warehouse.write_bytes(warehouse.read_bytes()[:20_000])
    (said,) = mend_warehouse(warehouse, date.fromisoformat(NIGHT))
    assert "is damaged" in said
    run_directly(data, NIGHT)
    assert state(data) == undisturbed


def test_after_a_backfill_the_clock_starts_the_next_night_and_none_of_the_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pendulum
    from airflow.timetables.base import DagRunInfo, TimeRestriction
    from airflow.timetables.trigger import CronPartitionTimetable

    zone, now = ZoneInfo("Asia/Ho_Chi_Minh"), datetime.now(UTC)
    table = CronPartitionTimetable("0 21 * * *", timezone="Asia/Ho_Chi_Minh", key_format="%Y-%m-%d")
    backfilled = datetime(2019, 7, 8, 21, tzinfo=zone)
    last = DagRunInfo(
        run_after=backfilled,
        data_interval=None,
        partition_date=backfilled,
        partition_key="2019-07-08",
    )

    def next_night(start: datetime | None, last_run: DagRunInfo | None) -> date:
        found = table.next_dagrun_info_v2(
            last_dagrun_info=last_run,
            restriction=TimeRestriction(start and pendulum.instance(start), None, False),
        )
        return date.fromisoformat(found.partition_key)

    # what Airflow does by itself: last night, which nobody asked for
    assert next_night(None, last) < night_of(now)
    settle_first_night(tmp_path)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("BAOPHU_FIRST_NIGHT", raising=False)
    first = first_night()
    assert first is not None
    for last_run in (None, last):
        assert (
            next_night(datetime.combine(first, time(21), zone), last_run) == first >= night_of(now)
        )
    (tmp_path / "first_night").write_text(f"{first - timedelta(days=9)}\n", encoding="utf-8")
    settle_first_night(tmp_path)  # settled once
    assert first_night() == first - timedelta(days=9)
    monkeypatch.setenv("BAOPHU_FIRST_NIGHT", "2030-01-31")
    assert first_night() == date(2030, 1, 31)
