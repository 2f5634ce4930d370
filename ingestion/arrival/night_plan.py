"""What a run of a night takes in: written by its plan as `plan.json`, read by every stage after
it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

NAME = "plan.json"


@dataclass(frozen=True)
class NightPlan:
    """Hashes and paths of receipts; no name of a sender's file, no value of a cell."""

    night: date
    chunks: dict[str, list[str]]
    """Name of a chunk -> the files in it (sha256)."""
    receipts: dict[str, list[str]]
    """File -> its receipts (paths relative to landing/)."""
    references: list[str]
    """Receipts of the versions of the reference workbook."""
    accepted: list[str]
    """Versions that a night has accepted before (sha256)."""
    landing_problems: list[str]
    """What was altered, missing or foreign in landing, a sentence each."""
    refused: list[str]
    """What is wrong with each version of the reference workbook that is refused, a sentence each.
    """
    sound_references: list[str] | None = None
    """Versions of it that can be used (sha256): their tables lie beside the plan. None in a plan of
    before they were kept."""

    @property
    def files(self) -> list[str]:
        """Every file of the night, in the order of the chunks."""
        return [sha256 for chunk in self.chunks.values() for sha256 in chunk]

    def write(self, work: Path) -> None:
        """Into the run's work folder."""
        text = json.dumps({**asdict(self), "night": self.night.isoformat()})
        (work / NAME).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, work: Path) -> NightPlan:
        """The plan of the run with this work folder. Raises FileNotFoundError when the run was not
        planned."""
        fields = json.loads((work / NAME).read_text(encoding="utf-8"))
        return cls(**{**fields, "night": date.fromisoformat(fields["night"])})

    @classmethod
    def read_if_planned(cls, work: Path) -> NightPlan | None:
        """The plan, or None when the run was not planned."""
        return cls.read(work) if (work / NAME).exists() else None
