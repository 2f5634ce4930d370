"""One run of a command in a process of its own: seconds and peak memory of each stage, seen from
outside."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.stopwatch import Counted

SAMPLE_SECONDS = 0.02
FAMILY_SECONDS = 0.2
"""How often memory is read, and how often new children are looked for (which means a walk over all
processes of the machine)."""


@dataclass(frozen=True)
class Stage:
    """Seconds, and the highest sum of the resident memory of the process and its descendants, in
    MiB: shared pages count once for each."""

    seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Run:
    """One run by stage, in order; `total` runs from before the process starts to the end of its
    last stage."""

    stages: dict[str, Stage]
    counted: Counted

    @property
    def total(self) -> Stage:
        return Stage(
            sum(s.seconds for s in self.stages.values()),
            max(s.peak_mib for s in self.stages.values()),
        )


def measure(
    command: Sequence[str],
    cwd: Path,
    *,
    stages: bool = True,
    codes: Sequence[int] = (0,),
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run a command. With `stages` its last line is what a Stopwatch tells; without, all of it is
    one stage `total`.

    Raises RuntimeError with the end of what it said when it ends with another code than `codes`.
    """
    log = cwd / "contestant.log"
    with log.open("w+", encoding="utf-8") as out:
        began = time.monotonic()
        process = psutil.Popen(
            command,
            cwd=cwd,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
        )
        samples = _watch(process)
        ended = time.monotonic()
        out.seek(0)
        said = out.read()
    if process.returncode not in codes:
        raise RuntimeError(
            f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said[-3000:]}"
        )
    told = (
        json.loads(said.splitlines()[-1]) if stages else {"ends": [["total", ended]], "counted": {}}
    )
    found: dict[str, Stage] = {}
    since = began
    for name, until in told["ends"]:
        memory = [rss for at, rss in samples if since <= at <= until] or [
            min((abs(at - until), rss) for at, rss in samples)[1]
        ]
        found[name] = Stage(until - since, max(memory) / 2**20)
        since = until
    return Run(found, Counted(**told["counted"]))


def _watch(process: psutil.Popen) -> list[tuple[float, int]]:
    """(instant, bytes resident in the family) until the process ends."""
    samples: list[tuple[float, int]] = []
    family: list[psutil.Process | psutil.Popen] = [process]
    looked = 0.0
    while process.poll() is None:
        now = time.monotonic()
        if now - looked > FAMILY_SECONDS:
            try:
                family, looked = [process, *process.children(recursive=True)], now
            except psutil.Error:
                family = [process]
        resident = 0
        for member in family:
            try:
                resident += member.memory_info().rss
            except psutil.Error:
                continue
        samples.append((now, resident))
        time.sleep(SAMPLE_SECONDS)
    return samples
