"""The report: docs/performance.md and its chart. Every figure in it comes from the runs it
reports."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.chart import draw
from bench.contest import Result
from bench.measure import FAMILY_SECONDS, SAMPLE_SECONDS
from bench.program import ROOT
from bench.stages import STAGES

REPORT = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "performance.svg"
AIM_CLI = 1.3
NAMES = {
    "night": "the night, by its functions",
    "cli": "`baophu night`",
    "pandas": "pandas + openpyxl script",
    "dlt": "dlt into DuckDB",
    "calamine": "floor: all cells by python-calamine",
    "xml": "floor: unzip and scan the XML",
    "duckdb": "floor: one DuckDB aggregate over the loaded rows",
}
_LIBRARIES = (
    "duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "apache-airflow", "pandas", "openpyxl", "python-calamine", "pyarrow", "dlt",
)  # fmt: skip
_WHAT = {
    "district": "The sample of `make run`: {workbooks} D05-TS workbooks of {agents} agents in {communes} communes, two years of them, all taken in by one"
    " first night, with wrong, repeated and damaged ones among them; no history.",
    "province": "Invented: {workbooks} workbooks of {rows_each} people each, one per agent, {communes} communes; before them {history_rows} payments of"
    " {history_files} workbooks in the warehouse and in landing. Every row is sound, so all contestants must come to the same figures, and the"
    " bench stops when they do not.",
    "quick": "A tiny size that shows that the bench works: {workbooks} workbooks. Its times mean nothing.",
}


def ratios(result: Result) -> Iterator[tuple[str, float]]:
    """(sentence, ratio) for each pair that both ran; below 1 the first is faster."""
    ran = {name: result.stages(name) for name in result.runs}

    def seconds(contestant: str, *stages: str) -> float | None:
        return sum(ran[contestant][s].seconds for s in stages) if contestant in ran else None

    pairs = [
        (
            f"`baophu night` ÷ its functions called directly (aim: at most {AIM_CLI})",
            seconds("cli", "total"),
            seconds("night", "total"),
        ),
        ("night ÷ pandas + openpyxl script", seconds("night", "total"), seconds("pandas", "total")),
        ("night ÷ dlt into DuckDB", seconds("night", "total"), seconds("dlt", "total")),
        (
            "land, plan, judge ÷ all cells by python-calamine",
            seconds("night", "land", "plan", "judge"),
            seconds("calamine", "read"),
        ),
        (
            "land, plan, judge ÷ unzip and scan the XML",
            seconds("night", "land", "plan", "judge"),
            seconds("xml", "read"),
        ),
        (
            "build_marts ÷ one DuckDB aggregate",
            seconds("night", "build_marts"),
            seconds("duckdb", "scan"),
        ),
    ]
    for sentence, ours, theirs in pairs:
        if ours is not None and theirs:
            yield sentence, ours / theirs


def summary(result: Result) -> Iterator[str]:
    """Lines for a terminal: seconds and MiB of every contestant, and the ratios."""
    for name in result.runs:
        stages = result.stages(name)
        yield f"{result.prepared.name} {name}: " + " · ".join(
            f"{s} {m.seconds:.2f} s {m.peak_mib:.0f} MiB" for s, m in stages.items()
        )
    for sentence, ratio in ratios(result):
        yield f"{result.prepared.name} {sentence.replace('`', '')}: {_figure(ratio)}"


def write_report(
    results: Sequence[Result],
    times: int,
    fixed: Sequence[str] = (),
    report: Path = REPORT,
    chart: Path = CHART,
) -> tuple[Path, Path]:
    """Write the page and the chart; returns their paths."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; not by hand. Absolute times are those of one machine: what carries over are the ratios, taken in the same run.",
        "",
        *_machine(times),
        "",
        f"![Seconds of every contestant, the night by stage]({chart.name})",
        "",
    ]
    for result in results:
        lines += _size(result)
    lines += [*fixed, *_method()]
    report.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    draw(results, NAMES, chart)
    return report, chart


def _size(result: Result) -> Iterator[str]:
    prepared = result.prepared
    facts = {name: f"{value:,}" for name, value in prepared.facts.items()}
    yield from (
        f"## {prepared.name.capitalize()}",
        "",
        _WHAT[prepared.name].format(**facts),
        f"Program: {prepared.commit}.",
        "",
    )
    yield from ("| Stage of the night | Seconds | Share | Peak MiB |", "|---|--:|--:|--:|")
    night = result.stages("night")
    for stage in (*STAGES, "total"):
        m = night[stage]
        yield f"| {stage} | {m.seconds:.2f} | {m.seconds / night['total'].seconds:.0%} | {m.peak_mib:,.0f} |"
    yield from (
        "",
        "| Contestant | Seconds | Slowest and fastest | Peak MiB | Its stages (s) |",
        "|---|--:|--:|--:|---|",
    )
    for name, runs in result.runs.items():
        stages = result.stages(name)
        totals = [run.total.seconds for run in runs]
        own = (
            " · ".join(f"{s} {m.seconds:.2f}" for s, m in stages.items() if s != "total")
            if name not in ("night", "cli")
            else "–"
        )
        total = stages["total"]
        yield f"| {NAMES[name]} | {total.seconds:.2f} | {max(totals):.2f} – {min(totals):.2f} | {total.peak_mib:,.0f} | {own} |"
    yield from ("", "| Ratio | |", "|---|--:|")
    for sentence, ratio in ratios(result):
        yield f"| {sentence} | {_figure(ratio)} |"
    yield from (
        "",
        "| What they counted | Rows of people (I.1) | Đồng | People covered in the month |",
        "|---|--:|--:|--:|",
    )
    for name, runs in result.runs.items():
        c = runs[-1].counted
        if c.rows is not None:
            yield f"| {NAMES[name]} | {c.rows:,} | {c.total_vnd:,} | {_or_dash(c.participants)} |"
    yield ""


def _machine(times: int) -> Iterator[str]:
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[2]
    yield f"- Machine: {os.cpu_count()} logical cores, {memory:.0f} GiB of memory, {platform.system()} on {platform.machine()}; mean load over the"
    yield f"  last 15 minutes of the bench: {load:.1f}, the bench itself included."
    yield (
        f"- Python {platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
        + "."
    )
    yield f"- {datetime.now(UTC):%Y-%m-%d}; medians of {times} run{'s' if times > 1 else ''} in turns."


def _method() -> list[str]:
    return [
        "## What is measured, and what not",
        "",
        "- Every run is a process of its own, from before it starts: `start` holds the interpreter and the imports that come first. Libraries that a stage",
        "  imports when it needs them (Great Expectations in `plan`, dbt in `build_marts`) count there.",
        f"- Memory is the sum of the resident memory of the process and its children, dbt among them, read every {SAMPLE_SECONDS * 1000:.0f} ms (new children",
        f"  are looked for every {FAMILY_SECONDS * 1000:.0f} ms); pages that two processes share count twice.",
        "- Each night has a fresh copy of the same data folder. Making and copying it is not measured. Files were written shortly before, so they come from",
        "  the page cache, not from the disk; landing does wait for the disk when it stores a file.",
        "- `baophu night` is the command with the real DAGs in its process. The installation has had a first night before: Airflow's database and dbt's",
        "  memory of the parsed project are there. dbt builds and tests all marts every night.",
        "- The history of the province is written by the parser's and the loader's functions, without unzipping workbooks: the bytes in landing are one real workbook a month,",
        "  with another time stamp per agent. Nothing reads their cells again; plan and judge see as many files and receipts as there would be.",
        "  It has no reductions, corrections or wrong rows. Its communes are invented and stand in a copy of the seed.",
        "- The pandas script judges nothing, keeps one Parquet file and overwrites it. dlt keeps rows and knows nothing of insurance. Both count people",
        "  covered and đồng per agent and month; neither knows targets, places, corrections, or who has not reported.",
        "- A floor is work that cannot be avoided; the cells of the floors are read and thrown away.",
        "- Not measured: several nights at once, other readers at work, machines other than this one.",
    ]


def _or_dash(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _figure(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"
