"""What can be set, and what makes sense."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from core.errors import OfficeFault

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_HOUR = 21
DIRECT = "direct"
"""The run of who calls the stages of a night without a scheduler."""
FILES_PER_CHUNK = 500
"""Workbooks judged by one checkpoint: enough that its fixed price is spread, few enough that a lost chunk is cheap to repeat."""


@dataclass(frozen=True)
class Setting:
    """One number that an operator may set as `BAOPHU_<name>`. Between `least` and `most`, both allowed."""

    name: str
    default: float
    least: float
    most: float
    is_whole: bool = False

    def read(self) -> float:
        """Its value in this process. Raises OfficeFault, with the variable's name, when what stands there makes no sense."""
        text = os.environ.get(f"BAOPHU_{self.name}", "").strip()
        try:
            value = float(text) if text else self.default
        except ValueError:
            value = math.nan
        if not self.least <= value <= self.most or (self.is_whole and value != int(value)):
            kind = "whole number" if self.is_whole else "number"
            raise OfficeFault(f"BAOPHU_{self.name} is {text[:40]!r}; it must be a {kind} from {self.least:.12g} to {self.most:.12g}")
        return value


_MONTH = 31 * 24 * 60
SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("MAX_FILE_MIB", 50, 0.001, 4096),
        Setting("MAX_UNPACKED_MIB", 256, 0.001, 65_536),
        Setting("MAX_CELLS", 5_000_000, 1, 1e9, is_whole=True),
        Setting("SECONDS_PER_FILE", 20, 0.01, 3600),
        Setting("WORKER_MIB", 1024, 64, 1 << 20),
        Setting("WORKERS", 0, 0, 256, is_whole=True),
        Setting("MAX_MEMBERS", 200, 1, 100_000, is_whole=True),
        Setting("SETTLE_SECONDS", 1, 0, 3600),
        Setting("HOLD_FILE_SHARE", 0.5, 0, 1),
        Setting("NOT_JUDGED_SHARE", 0.2, 0, 1),
        Setting("SEALED_WITHIN_MINUTES", 60, 0, _MONTH, is_whole=True),
        Setting("PUBLISHED_WITHIN_MINUTES", 540, 0, _MONTH, is_whole=True),
        Setting("RETRY_MINUTES", 2, 0, 24 * 60),
        Setting("TASK_MINUTES", 180, 0.1, _MONTH),
        Setting("STATUS_DEADLINE_DAY", 5, 0, 28, is_whole=True),
    )
}
"""Every number that can be set, with what makes sense. `docs/runbooks/install.md` and `.env.example` name them for operators."""


def number_setting(name: str) -> float:
    """The value of a setting of `SETTINGS`. Raises OfficeFault when what is set makes no sense."""
    return SETTINGS[name].read()


def first_night() -> date | None:
    """BAOPHU_FIRST_NIGHT: nights before it are never started by the clock. None: not set."""
    text = os.environ.get("BAOPHU_FIRST_NIGHT", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise OfficeFault(f"BAOPHU_FIRST_NIGHT is {text[:40]!r}; it must be a date written YYYY-MM-DD") from None


def verify_settings() -> None:
    """Look at every setting before anything is done. Raises one OfficeFault that names all that make no sense."""
    wrong = []
    readers: list[Callable[[], object]] = [first_night, *(setting.read for setting in SETTINGS.values())]
    for read in readers:
        try:
            read()
        except OfficeFault as exc:
            wrong.append(str(exc))
    if wrong:
        raise OfficeFault("; ".join(wrong))


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Each is a variable of the environment: `BAOPHU_` and the name in capitals (`BAOPHU_SECONDS_PER_FILE=60`)."""

    max_file_mib: float = SETTINGS["MAX_FILE_MIB"].default
    """The bytes as received."""
    max_unpacked_mib: float = SETTINGS["MAX_UNPACKED_MIB"].default
    """What a workbook's parts, or the members of a zip, come to in all, as its table of contents says."""
    max_cells: float = SETTINGS["MAX_CELLS"].default
    """Of one sheet, blank ones within its corners included."""
    seconds_per_file: float = SETTINGS["SECONDS_PER_FILE"].default
    """Of the wall clock. A file that takes longer is refused, so it is far more than the largest honest file needs (100,000 rows: 5 s)."""
    worker_mib: float = SETTINGS["WORKER_MIB"].default
    """Address space of one worker process."""
    workers: float = SETTINGS["WORKERS"].default
    """Worker processes; 0: one per core."""
    max_members: float = SETTINGS["MAX_MEMBERS"].default
    """Files in one zip."""
    settle_seconds: float = SETTINGS["SETTLE_SECONDS"].default
    """A file of the inbox without a side file is let alone for so long after its last change."""

    @classmethod
    def from_environment(cls) -> Limits:
        """The settings of this process. Raises OfficeFault when one makes no sense."""
        return cls(**{name: number_setting(name.upper()) for name in cls.__dataclass_fields__})


def hold_file_share() -> float:
    """Share of failing rows above which a whole file waits (rule BP-030): BAOPHU_HOLD_FILE_SHARE, else 0.5."""
    return number_setting("HOLD_FILE_SHARE")


def not_judged_share() -> float:
    """Share of a night's files, or of a commune's agents, on whose files our own code may fail before nothing is published: BAOPHU_NOT_JUDGED_SHARE,
    else 0.2."""
    return number_setting("NOT_JUDGED_SHARE")
