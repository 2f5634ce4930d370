"""Where things lie: the places of a data folder, and of the project. Each is named here and nowhere
else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings, text_setting

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
LAW_SEEDS = DBT_PROJECT / "seeds"
"""Where contribution_rules.csv and support_rules.csv lie.
The rules judge by the numbers that the marts are built with."""
COMMUNES = LAW_SEEDS / "communes.csv"
"""The dated list of communes. dbt seeds it and the rules read it, so both speak of the same places.
"""

RULE_SEED = LAW_SEEDS / "rules.csv"
"""The rule book as dbt seeds it. Written from `expectations/` by `make docs`."""


@dataclass(frozen=True)
class DataFolder:
    """The folder that `--data` names, and the places in it."""

    root: Path

    @classmethod
    def resolve(cls, given: str | os.PathLike[str] | None = None) -> DataFolder:
        """`given`, else the variable BAOPHU_DATA, else ./data."""
        return cls(
            Path(given or text_setting("data") or Settings.model_fields["data"].default)
            .expanduser()
            .resolve()
        )

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def landings(self) -> Path:
        """The ledger of landings."""
        return self.landing / "ledger.jsonl"

    @property
    def uses(self) -> Path:
        """Who looked at what lies behind a figure (ingestion/arrival/uses.py)."""
        return self.landing / "uses.jsonl"

    @property
    def outbox(self) -> Path:
        """What goes back to the agents, a folder for each."""
        return self.root / "outbox"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "baophu.duckdb"

    @property
    def as_of(self) -> Path:
        """Private, read-only snapshot that answers other dates without the warehouse's lock."""
        return self.warehouse.with_name("asof.duckdb")

    @property
    def dbt(self) -> Path:
        """dbt's own target and log folders: beside the warehouse, never in the project."""
        return self.root / "warehouse" / "dbt"

    @property
    def build_results(self) -> Path:
        """What came of each node of the last build (publishing/build_results.py). Missing while one
        runs."""
        return self.dbt / "results.json"

    @property
    def published(self) -> Path:
        return self.root / "published" / "baophu.duckdb"

    @property
    def page(self) -> Path:
        """The page of the version that the published file holds."""
        return self.root / "published" / "index.html"

    @property
    def versions(self) -> Path:
        return self.root / "published" / "versions"

    @property
    def publications(self) -> Path:
        """The ledger of publications."""
        return self.root / "published" / "ledger.jsonl"

    @property
    def rebuilding(self) -> DataFolder:
        """Scratch of a rebuild: a data folder of its own, removed at its end."""
        return DataFolder(self.root / "warehouse" / "rebuilding")

    @property
    def airflow_home(self) -> Path:
        """Airflow's home of a night that runs in one process."""
        return self.root / "airflow"

    @property
    def server_home(self) -> Path:
        """Airflow's home under `make up`: metadata, logs, secrets."""
        return self.root / "server"

    def work(self, night: str, run: str | None = None) -> Path:
        """Scratch of one night, or of one run of it: the plan and the verdicts of its chunks.
        May be deleted at any time between runs."""
        folder = self.root / "warehouse" / "work" / night
        return folder / f"run-{run}" if run else folder
