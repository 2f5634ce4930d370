"""A copy of the program to run the bench in: with the communes of the size, and out of reach of
whoever edits the project meanwhile."""

from __future__ import annotations

import compileall
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "baophu",
    "bench",
    "core",
    "dags",
    "dbt_project",
    "expectations",
    "ingestion",
    "publishing",
    "samples",
)


def copy_program(to: Path, more_communes: Iterable[str] = ()) -> Path:
    """Copy the rooms, add lines to the seed of communes, compile. `python -m` started in the copy
    finds the copy's modules first."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, to / room, ignore=shutil.ignore_patterns("__pycache__", "target", "logs")
        )
    for room in ROOMS:
        compileall.compile_dir(to / room, quiet=1)
    seed = to / "dbt_project" / "seeds" / "communes.csv"
    with seed.open("a", encoding="utf-8") as lines:
        lines.writelines(f"{line}\n" for line in more_communes)
    return to


def commit() -> str:
    """The commit that a copy made now is of."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = ", with changes not committed" if git("status", "--porcelain", "--", *ROOMS) else ""
    return f"commit {git('rev-parse', '--short=10', 'HEAD') or 'unknown'}{changed}"


def copy_data(pristine: Path, to: Path) -> Path:
    """A fresh data folder for one run. Landing is write-once, so its files are shared by hard
    links; all else is copied."""
    for part in sorted(pristine.iterdir()):
        if part.name == "landing":
            shutil.copytree(part, to / part.name, copy_function=_link)
        else:
            shutil.copytree(part, to / part.name)
    return to


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
