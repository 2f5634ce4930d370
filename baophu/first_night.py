"""The first night that the clock starts, settled once when Airflow's home is made: `python -m
baophu.first_night HOME`.

Without it, Airflow takes the last 21:00 that has passed for the next run of a DAG as soon as there
is any run before it, one of a backfill of old nights too (CronPartitionTimetable with catchup off),
and starts a night that nobody asked for.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from core.clock import night_of
from core.errors import machine_faults
from core.settings import Settings


def settle_first_night(home: Path) -> None:
    """Write the next night to come into `home`, where none is written yet."""
    path = home / "first_night"
    if not path.exists():
        with machine_faults("write to Airflow's home"):
            path.write_text(f"{night_of(datetime.now(UTC))}\n", encoding="utf-8")


def first_night(home: Path | None = None) -> date | None:
    """What BAOPHU_FIRST_NIGHT says, else what was settled in `home` (AIRFLOW_HOME); None for a
    night in one process, which no clock starts."""
    if (given := Settings.from_environment().first_night) is not None:
        return given
    path = (home or Path(os.environ.get("AIRFLOW_HOME", ""))) / "first_night"
    return date.fromisoformat(path.read_text(encoding="utf-8").strip()) if path.is_file() else None


if __name__ == "__main__":
    settle_first_night(Path(sys.argv[1]))
