"""All contestants of one size, in turns, so that a slow minute of the machine falls on all of
them."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Run, Stage, measure
from bench.program import copy_data
from bench.sizes import Prepared, night_command
from bench.stages import published

CONTESTANTS = ("pandas", "dlt", "night", "cli", "calamine", "xml", "duckdb")
"""In the order of a turn. `duckdb` scans the warehouse that `night` has left."""
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "GX_ANALYTICS_ENABLED": "false"}


@dataclass
class Result:
    """Runs of each contestant on one size."""

    prepared: Prepared
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def stages(self, contestant: str) -> dict[str, Stage]:
        """Medians by stage, and of the totals as `total`."""
        runs = self.runs[contestant]
        names = list(runs[0].stages)
        medians = {name: _median([run.stages[name] for run in runs]) for name in names}
        return medians | {"total": _median([run.total for run in runs])}


def contest(
    prepared: Prepared,
    times: int,
    scratch: Path,
    progress: Callable[[str], None],
    contestants: Sequence[str] = CONTESTANTS,
) -> Result:
    """Run every contestant `times` times. Raises RuntimeError when they should agree on what they
    count and do not."""
    result = Result(prepared, {name: [] for name in contestants})
    for turn in range(1, times + 1):
        data = scratch / f"night-{turn}"
        for name in contestants:
            run = _run(name, prepared, data, scratch)
            result.runs[name].append(run)
            progress(
                f"{prepared.name} {turn}/{times}: {name} {run.total.seconds:.1f} s, {run.total.peak_mib:.0f} MiB"
            )
        shutil.rmtree(data, ignore_errors=True)
    if prepared.all_sound:
        _agree(result)
    return result


def _run(name: str, prepared: Prepared, data: Path, scratch: Path) -> Run:
    if name == "cli":
        own = copy_data(prepared.pristine, scratch / "cli")
        run = measure(
            night_command(own, prepared.night),
            prepared.program,
            stages=False,
            codes=(0, 1),
            env=QUIET,
        )
        counted = published(own, prepared.night)
        shutil.rmtree(own)
        return Run(run.stages, counted)
    if name == "night":
        copy_data(prepared.pristine, data)
    command = [
        sys.executable,
        "-m",
        "bench.contestant",
        name,
        "--night",
        prepared.night.isoformat(),
        "--data",
        str(data),
    ]
    command += ["--inbox", str(prepared.inbox), "--history", str(prepared.history)]
    return measure(command, prepared.program, env=QUIET)


def _agree(result: Result) -> None:
    """All rows are sound, so whoever counts rows, đồng or people must count the same."""
    for figure in ("rows", "total_vnd", "participants"):
        said = {
            f"{name} {turn}": getattr(run.counted, figure)
            for name, runs in result.runs.items()
            for turn, run in enumerate(runs, start=1)
        }
        told = {name: value for name, value in said.items() if value is not None}
        if len(set(told.values())) > 1:
            raise RuntimeError(f"{result.prepared.name}: they do not agree on {figure}: {told}")


def _median(stages: Sequence[Stage]) -> Stage:
    return Stage(
        statistics.median(s.seconds for s in stages), statistics.median(s.peak_mib for s in stages)
    )
