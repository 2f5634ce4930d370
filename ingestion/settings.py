"""Where things lie and how much at a time. Every path of the data folder is named here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_HOUR = 21
FILES_PER_CHUNK = 500
"""Workbooks judged by one checkpoint: enough that its fixed price is spread, few enough that a lost chunk is cheap to repeat."""


def _setting(name: str, default: float) -> float:
    return float(os.environ.get(f"BAOPHU_{name}") or default)


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Each is a variable of the environment: `BAOPHU_` and the name in capitals (`BAOPHU_SECONDS_PER_FILE=60`)."""

    max_file_mib: float = 50
    """The bytes as received."""
    max_unpacked_mib: float = 256
    """What a workbook's parts, or the members of a zip, come to in all, as its table of contents says."""
    max_cells: float = 5_000_000
    """Of one sheet, blank ones within its corners included."""
    seconds_per_file: float = 20
    """Of the wall clock. A file that takes longer is refused, so it is far more than the largest honest file needs (100,000 rows: 5 s)."""
    worker_mib: float = 1024
    """Address space of one worker process."""
    workers: float = 0
    """Worker processes; 0: one per core."""
    max_members: float = 200
    """Files in one zip."""
    settle_seconds: float = 1
    """A file of the inbox without a side file is let alone for so long after its last change."""

    @classmethod
    def from_environment(cls) -> Limits:
        """The settings of this process."""
        return cls(**{f.name: _setting(f.name.upper(), f.default) for f in fields(cls) if isinstance(f.default, (int, float))})


PROJECT_ROOT = Path(__file__).resolve().parent.parent
LAW_SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
"""Where contribution_rules.csv and support_rules.csv lie: the rules judge by the numbers that the marts are built with."""
COMMUNES = LAW_SEEDS / "communes.csv"
"""The dated list of communes: the one that dbt seeds, read here as data, so that both speak of the same places."""


def hold_file_share() -> float:
    """Share of failing rows above which a whole file waits (rule BP-030): BAOPHU_HOLD_FILE_SHARE, else 0.5."""
    return float(os.environ.get("BAOPHU_HOLD_FILE_SHARE") or 0.5)


@dataclass(frozen=True)
class DataFolder:
    """The folder that `--data` names, and the places in it."""

    root: Path

    @classmethod
    def resolve(cls, given: str | os.PathLike[str] | None = None) -> DataFolder:
        """`given`, else the variable BAOPHU_DATA, else ./data."""
        return cls(Path(given or os.environ.get("BAOPHU_DATA") or "data").expanduser().resolve())

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def outbox(self) -> Path:
        """What goes back to the agents, a folder for each."""
        return self.root / "outbox"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "baophu.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published" / "baophu.duckdb"

    @property
    def airflow_home(self) -> Path:
        return self.root / "airflow"

    @property
    def server_home(self) -> Path:
        """Airflow's home under `make up`: metadata, logs, secrets."""
        return self.root / "server"

    def work(self, night: str, run: str | None = None) -> Path:
        """Scratch of one night, or of one run of it: the plan and the verdicts of its chunks. May be deleted at any time between runs."""
        folder = self.root / "warehouse" / "work" / night
        return folder / f"run-{run}" if run else folder
