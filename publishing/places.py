"""Where published things lie in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"


@dataclass(frozen=True)
class Places:
    """The paths that publishing reads and writes, from the root of the data folder."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "baophu.duckdb"

    @property
    def dbt(self) -> Path:
        """dbt's own target and log folders: beside the warehouse, never in the project."""
        return self.root / "warehouse" / "dbt"

    @property
    def manifest(self) -> Path:
        return self.dbt / "target" / "manifest.json"

    @property
    def as_of(self) -> Path:
        """Private, read-only snapshot that answers other dates without the warehouse's lock."""
        return self.root / "warehouse" / "asof.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published" / "baophu.duckdb"

    @property
    def versions(self) -> Path:
        return self.root / "published" / "versions"
