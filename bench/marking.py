"""`python -m bench.marking`: marking workbooks with findings, beside what pandas with openpyxl
takes to read the same files, in one run."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

import pandas as pd

from ingestion.feedback.marked_copy import mark
from ingestion.model import Finding
from samples import plan
from samples.people import Payment, Population
from samples.places import invent_district
from samples.sheets import HANOI, Sheet, payment_row
from samples.workbooks import d05_workbook

FIRST_ROW = 13
AIM = 2.0
"""Marking takes at most this many times the reading (issue 6)."""


def main() -> None:
    """Prints the medians and the ratio; exits 1 when the aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.marking", description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument(
        "--wrong", type=int, default=3, help="cells with a finding in each file (default 3)"
    )
    parser.add_argument("--times", type=int, default=3, help="runs; medians are told (default 3)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="baophu-marking-") as scratch:
        paths = write_forms(Path(scratch), asked.files, asked.rows)
        findings = wrong_cells(asked.wrong)
        marking, reading = [], []
        for _ in range(asked.times):  # in turn, so that a slow minute of the machine falls on both
            reading.append(
                _seconds(
                    lambda: [
                        pd.read_excel(p, sheet_name=None, header=None, engine="openpyxl")
                        for p in paths
                    ]
                )
            )
            marking.append(_seconds(lambda: [mark(p, "xlsx", findings, []) for p in paths]))
    read, marked = statistics.median(reading), statistics.median(marking)
    print(
        f"{asked.files} files of {asked.rows} rows, {asked.wrong} findings each: medians of {asked.times}"
    )
    print(
        f"read by pandas with openpyxl {read / asked.files * 1e3:.1f} ms a file; marked {marked / asked.files * 1e3:.1f} ms a file"
    )
    print(f"ratio {marked / read:.2f} (aim: at most {AIM:.1f})")
    raise SystemExit(0 if marked <= AIM * read else 1)


def write_forms(folder: Path, files: int, rows: int) -> list[Path]:
    """So many D05-TS workbooks of so many invented people."""
    random = Random(595)
    district = invent_district(random)
    population, agent = Population(random), district.agents[0]
    paths = []
    for number in range(files):
        people = [population.person(agent) for _ in range(rows)]
        more = [
            payment_row(random, Payment(p, agent, plan.LAST, plan.LAST, 12, p.income, True))
            for p in people
        ]
        sheet = Sheet(agent, plan.LAST, datetime(2019, 6, 25, 9, tzinfo=HANOI), more)
        paths.append(folder / f"{number:04d}.xlsx")
        paths[-1].write_bytes(d05_workbook(sheet, district, random))
    return paths


def wrong_cells(count: int) -> Sequence[Finding]:
    """So many findings, one a row."""
    return [
        Finding(
            "0" * 64,
            "BP-102",
            "reject_row",
            "D05-TS",
            f"C{FIRST_ROW + n}",
            FIRST_ROW + n,
            "bhxh_number",
        )
        for n in range(count)
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
