"""Is the night published by morning? Asked by cron, systemd or a container of its own, so that the
alarm does not depend on what it watches."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baophu.alerts import NOT_PUBLISHED, mail_once
from baophu.first_night import first_night
from baophu.plain_mail import send_plain
from core.clock import last_night, night_of
from core.data_folder import DataFolder
from core.errors import machine_faults
from core.settings import NIGHT_HOUR, Settings
from publishing.release import published_night


@dataclass(frozen=True)
class Watched:
    """`night`: the last one whose hour of publishing has passed. `published`: the night of the
    stable file, None where there is none to believe."""

    night: date
    published: date | None
    is_late: bool
    mailed: bool


def watch(folder: DataFolder, now: datetime) -> Watched:
    """Look, and mail the engineer once for each night that is late. Needs nothing that runs:
    neither Airflow nor its database.

    Raises MachineFault when the data folder cannot be written.
    """
    within = timedelta(minutes=Settings.from_environment().published_within_minutes)
    night = last_night(now - within)
    first = first_night(folder.server_home) or first_night()
    published = published_night(folder.root)
    if published is not None and published > night_of(now):  # by a clock that was wrong
        published = None
    if (first is not None and night < first) or (published is not None and published >= night):
        return Watched(night, published, False, False)
    os.environ["BAOPHU_DATA"] = str(folder.root)
    is_known = (
        f"the last night that is published is that of {published}"
        if published
        else "nothing that can be read is published"
    )
    with machine_faults("write to the data folder"):
        mailed = mail_once(
            night.isoformat(), f"{NOT_PUBLISHED} by {by(within)}", f"{is_known}.", send_plain
        )
    return Watched(night, published, True, mailed)


def by(within: timedelta) -> str:
    """The hour so long after the closing of a night, such as 06:00."""
    return (datetime(2000, 1, 1, NIGHT_HOUR) + within).strftime("%H:%M")  # noqa: DTZ001 - an hour of no day
