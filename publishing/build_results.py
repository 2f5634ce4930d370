"""What a `dbt build` says of its nodes, in one file: its own process writes it (build_process.py),
whoever publishes reads it.

dbt's manifest and run results say the same, and all that nobody asks for; to write them takes a
sixth of the time of a build.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.whole_files import write_whole

PASSED = ("success", "pass")
"""What dbt calls a node with which all is well."""


@dataclass(frozen=True)
class Node:
    """A seed, model or test, and what became of it.

    `failures`: rows that a test found. `sql`: as dbt compiled it; None of a seed and of what was
    never reached. `columns`: name -> description. `parents`: names of the models that it reads.
    """

    unique_id: str
    status: str
    seconds: float
    failures: int | None
    sql: str | None
    schema: str
    description: str
    columns: dict[str, str]
    parents: tuple[str, ...]

    @property
    def kind(self) -> str:
        """seed, model or test."""
        return self.unique_id.split(".")[0]

    @property
    def name(self) -> str:
        return self.unique_id.split(".")[2]


def write_results(path: Path, nodes: Sequence[Node]) -> None:
    """Write the file, whole or not at all."""
    write_whole(
        path,
        json.dumps([asdict(node) for node in nodes], ensure_ascii=False).encode(),
        "write the results of the build",
        is_lasting=False,
    )


def read_results(path: Path) -> tuple[Node, ...]:
    """The nodes in the order in which they were done: each after all that it reads.
    FileNotFoundError without a file, ValueError for a damaged one."""
    said = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Node(**{**node, "parents": tuple(node["parents"])}) for node in said)
