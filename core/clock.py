"""The clock of the house: nights and months. Source: docs/definitions.md, "Clocks"."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from core.errors import OfficeFault
from core.settings import NIGHT_HOUR, TIMEZONE


def night_of(received_at: datetime) -> date:
    """The night of a file: the first 21:00 (Asia/Ho_Chi_Minh) at or after `received_at` (aware)."""
    local = received_at.astimezone(TIMEZONE)
    closing = datetime.combine(local.date(), time(NIGHT_HOUR), TIMEZONE)
    return local.date() if local <= closing else local.date() + timedelta(days=1)


def known_from(night: date) -> datetime:
    """The instant from which what arrived by `night` is known, as naive UTC (the warehouse's
    form)."""
    return datetime.combine(night, time(NIGHT_HOUR), TIMEZONE).astimezone(UTC).replace(tzinfo=None)


def last_night(now: datetime) -> date:
    """The last 21:00 that has passed at `now` (aware)."""
    local = now.astimezone(TIMEZONE)
    return local.date() if local.time() >= time(NIGHT_HOUR) else local.date() - timedelta(days=1)


def refuse_future(night: date, now: datetime) -> None:
    """Raise OfficeFault for a night after the one that a file received `now` (aware) belongs to."""
    if night > night_of(now):
        raise OfficeFault(
            f"the night of {night} has not come: the latest that can run now is that of {night_of(now)}"
        )


def month_index(year: int, month: int) -> int:
    """A month as a whole number: year*12 + month, so that every engine counts months alike."""
    return year * 12 + month


def year_and_month(index: int) -> tuple[int, int]:
    """The inverse of `month_index`."""
    return (index - 1) // 12, (index - 1) % 12 + 1


def parse_instant(text: str) -> datetime:
    """An ISO instant as aware datetime; without an offset it is the office's own time
    (Asia/Ho_Chi_Minh).

    Raises ValueError when it is not ISO 8601.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=TIMEZONE)
