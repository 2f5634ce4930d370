"""The sample's night by stage, and its ratio to a plain pandas + openpyxl script that reads the same workbooks and groups them.

The peer validates nothing, keeps no history and publishes nothing: it is what an office would write in an afternoon.
`python -m bench.night [--times N]` prints the medians of N interleaved runs (default 3).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NIGHT = "2019-06-30"
STAGES = ("start", "land", "judge", "load", "build_marts", "publish", "total")


def staged_night(data: Path) -> dict[str, float]:
    """One night by the functions that the DAGs' tasks call, in this process; seconds by stage."""
    started = time.perf_counter()
    from ingestion import nightly
    from ingestion.settings import DataFolder
    from publishing.marts import build_marts
    from publishing.release import publish

    folder, night = DataFolder(data), date.fromisoformat(NIGHT)
    marks = [time.perf_counter()]
    nightly.land(folder)
    marks.append(time.perf_counter())
    for chunk in nightly.plan(folder, night):
        nightly.judge_chunk(folder, night, chunk)
    marks.append(time.perf_counter())
    nightly.load_night(folder, night)
    marks.append(time.perf_counter())
    build_marts(data)
    marks.append(time.perf_counter())
    publish(data)
    marks.append(time.perf_counter())
    seconds = [marks[0] - started, *(later - earlier for earlier, later in pairwise(marks)), marks[-1] - started]
    return dict(zip(STAGES, seconds, strict=True))


def plain_script(inbox: Path) -> dict[str, float]:
    """The peer: every workbook with pandas.read_excel (openpyxl), rows of people stacked, grouped by agent and month."""
    started = time.perf_counter()
    import pandas as pd

    frames = []
    for path in sorted(inbox.rglob("D05-TS_*.xlsx")):
        try:
            sheet = pd.read_excel(path, header=None, engine="openpyxl")
        except Exception:  # noqa: BLE001 - the script in the afternoon: a file that does not open is passed over
            continue
        people = sheet.iloc[10:]
        people = people[pd.to_numeric(people[0], errors="coerce").notna()].copy()
        people["agent"], people["head"] = sheet.iloc[1, 0], sheet.iloc[5, 0]
        frames.append(people)
    rows = pd.concat(frames)
    rows["amount"] = pd.to_numeric(rows[6], errors="coerce")
    rows.groupby(["agent", "head"]).agg(people=(2, "nunique"), amount=("amount", "sum"))
    return {"total": time.perf_counter() - started}


def _measure(what: str, folder: Path) -> dict[str, float]:
    """In a process of its own, so that imports are paid each time."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.night", "--only", what, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return dict(json.loads(said.stdout.splitlines()[-1]))


def main() -> None:
    """Prints one line for the night by stage, one for the peer, and the ratio."""
    from samples import write_sample

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        what, folder = asked.only[0], Path(asked.only[1])
        print(json.dumps(staged_night(folder) if what == "night" else plain_script(folder / "inbox")))
        return
    nights, peers = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for turn in range(asked.times):
            data = Path(scratch) / str(turn)
            write_sample(data)
            peers.append(_measure("plain", data)["total"])
            nights.append(_measure("night", data))
            print(f"run {turn + 1}/{asked.times}: night {nights[-1]['total']:.1f} s, plain script {peers[-1]:.1f} s", file=sys.stderr)
    medians = {stage: statistics.median(run[stage] for run in nights) for stage in STAGES}
    peer = statistics.median(peers)
    print("night of the sample, by stage: " + " · ".join(f"{stage} {seconds:.1f} s" for stage, seconds in medians.items()))
    print(f"plain pandas + openpyxl script on the same workbooks: {peer:.1f} s")
    print(f"ratio night / plain script: {medians['total'] / peer:.2f}")


if __name__ == "__main__":
    main()
