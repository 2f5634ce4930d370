"""`python -m bench.profile [--counts]`: what the house costs to run, in CPU seconds, and to read,
in parts.

CPU seconds are those of a process and its children, so that a busy machine changes them little: a
night of the sample by functions and by the command, and `dbt build` with the part that its SQL
needs. `--counts` alone takes no time.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml

from bench.contest import QUIET
from bench.program import ROOMS, ROOT, copy_data
from bench.sizes import night_command, prepare
from core.data_folder import DBT_PROJECT, DataFolder
from publishing.build_results import Node, read_results

REF = re.compile(r"ref\('(\w+)'\)")


def cpu_seconds(
    command: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> float:
    """CPU seconds of a command and of the children that it waited for. RuntimeError when it ends
    with another code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        raise RuntimeError(
            f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
        )
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def sql_seconds(warehouse: Path, nodes: Sequence[Node]) -> dict[str, float]:
    """CPU seconds of the compiled SQL of models and of tests, run again without dbt."""
    seconds = {"model": 0.0, "test": 0.0}
    with duckdb.connect(str(warehouse), read_only=True) as con:
        for node in nodes:
            if node.kind in seconds and node.sql:
                began = time.process_time()
                con.execute(
                    f"create or replace temp table again as {node.sql}"
                    if node.kind == "model"
                    else f"select count(*) from ({node.sql})"
                )
                seconds[node.kind] += time.process_time() - began
    return seconds


def times(scratch: Path) -> dict[str, float]:
    """What -> CPU seconds, for a night of the sample."""
    prepared = prepare("district", scratch, lambda words: print(words, file=sys.stderr, flush=True))
    night = prepared.night.isoformat()
    data = copy_data(prepared.pristine, scratch / "functions")
    functions = [
        sys.executable,
        "-m",
        "bench.contestant",
        "night",
        "--night",
        night,
        "--data",
        str(data),
    ]
    functions += ["--inbox", str(prepared.inbox), "--history", str(prepared.history)]
    seconds = {"a night by functions": cpu_seconds(functions, prepared.program, QUIET)}
    own = copy_data(prepared.pristine, scratch / "command")
    seconds["a night by the command"] = cpu_seconds(
        night_command(own, prepared.night), prepared.program, QUIET, (0, 1)
    )
    places = DataFolder(data)
    build = f"from pathlib import Path; from publishing.marts import build_marts; build_marts(Path({str(data)!r}))"
    seconds["dbt build, with its start"] = cpu_seconds(
        [sys.executable, "-c", build], prepared.program, QUIET
    )
    parts = sql_seconds(places.warehouse, read_results(places.build_results))
    return seconds | {
        "of that, SQL of models": parts["model"],
        "of that, SQL of tests": parts["test"],
    }


def counts(project: Path = DBT_PROJECT) -> dict[str, int]:
    """What -> how many, of a dbt project."""
    models = {
        path.stem: path.read_text(encoding="utf-8") for path in (project / "models").rglob("*.sql")
    }
    parents = {name: set(REF.findall(sql)) & models.keys() for name, sql in models.items()}
    sheets = [path.read_text(encoding="utf-8") for path in project.rglob("*.yml")]
    laws = list((project / "tests").glob("*.sql"))
    return {
        "models": len(models),
        "of them intermediate": sum(name.startswith("int_") for name in models),
        "depth": max((_depth(name, parents) for name in models), default=0),
        "dbt tests": len(laws) + sum(1 for sheet in sheets for _ in _tests(yaml.safe_load(sheet))),
        "of them laws (files)": len(laws),
        "macros": sum(
            path.read_text(encoding="utf-8").count("{% macro ")
            for path in (project / "macros").glob("*.sql")
        ),
        "lines of SQL": sum(
            len(path.read_text(encoding="utf-8").splitlines()) for path in project.rglob("*.sql")
        ),
        "lines of YAML": sum(len(sheet.splitlines()) for sheet in sheets),
    }


def modules(root: Path = ROOT) -> dict[str, int]:
    """Folder -> Python modules straight in it, of every room."""
    folders = {path.parent for room in ROOMS for path in (root / room).rglob("*.py")}
    return {
        str(folder.relative_to(root)): len(list(folder.glob("*.py"))) for folder in sorted(folders)
    }


def _depth(name: str, parents: Mapping[str, set[str]]) -> int:
    return 1 + max((_depth(parent, parents) for parent in parents[name]), default=0)


def _tests(part: Any) -> Iterator[Any]:
    """Every test of a YAML file, wherever it stands."""
    if isinstance(part, dict):
        yield from part.get("data_tests") or []
    for child in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    ):
        yield from _tests(child)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--counts", action="store_true", help="parts only, no time")
    asked = parser.parse_args()
    rows = [("", "")]
    if not asked.counts:
        with tempfile.TemporaryDirectory(prefix="baophu-profile-") as scratch:
            rows += [(what, f"{seconds:.1f} s") for what, seconds in times(Path(scratch)).items()]
    rows += [(what, str(number)) for what, number in counts().items()]
    rows += [(f"modules in {folder}/", str(number)) for folder, number in modules().items()]
    print("\n".join(f"{number:>8}  {what}" for what, number in rows[1:]))


if __name__ == "__main__":
    main()
