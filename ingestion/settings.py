"""Where things lie and how much at a time. Every path of the data folder is named here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_HOUR = 21
FILES_PER_CHUNK = 500
"""Workbooks judged by one checkpoint: enough that its fixed price is spread, few enough that a lost chunk is cheap to repeat."""

PROJECT_ROOT = Path(__file__).resolve().parent.parent
COMMUNES = PROJECT_ROOT / "dbt_project" / "seeds" / "communes.csv"
"""The dated list of communes: the one that dbt seeds, read here as data, so that both speak of the same places."""


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
