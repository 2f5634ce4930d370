"""What an office could use instead: a pandas script of an afternoon, and dlt into DuckDB. Neither
judges a row, keeps versions or publishes.

Both read the night's D05-TS workbooks, add them to the history, and count per agent and month the
people covered and the đồng.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.stopwatch import Counted, Stopwatch

WORKBOOKS = "D05-TS_*.xlsx"
_HEAD_MONTH = re.compile(r"tháng (\d{1,2}) năm (\d{4})")
_FIRST_ROW = 10
"""0-based row below the code row."""


def workbooks(inbox: Path) -> list[Path]:
    """The night's D05-TS workbooks, those that cannot be opened too."""
    return sorted(inbox.rglob(WORKBOOKS))


def pandas_script(
    inbox: Path, history: Path, scratch: Path, month: int, watch: Stopwatch
) -> Counted:
    """pandas.read_excel (openpyxl) of every workbook, appended to the history (one Parquet file),
    grouped, written as an .xlsx report."""
    import pandas as pd

    watch.ended("start")
    frames = []
    for path in workbooks(inbox):
        try:
            sheet = pd.read_excel(path, header=None, engine="openpyxl")
        except Exception:  # noqa: BLE001 - the script of an afternoon: a file that does not open is passed over
            continue
        of_month = _HEAD_MONTH.search(str(sheet.iloc[5, 0]))
        people = sheet.iloc[_FIRST_ROW:]
        people = people[
            people[0].astype(str).where(people[0].astype(str).str.startswith("I")).ffill() == "I.1"
        ]
        people = people[pd.to_numeric(people[0], errors="coerce").notna()]
        months = people[5].map(_month)
        frames.append(
            pd.DataFrame(
                {
                    "agent_code": str(sheet.iloc[1, 0]).split(":")[-1].strip(),
                    "head_month": int(of_month[2]) * 12 + int(of_month[1]) if of_month else None,
                    "bhxh_number": people[2].astype(str),
                    "months": pd.to_numeric(people[4], errors="coerce"),
                    "from_month": months,
                    "total_vnd": people[6].map(_money),
                    "participant_vnd": people[7].map(_money),
                    "state_support_vnd": people[8].map(_money),
                }
            )
        )
    arrived = pd.concat(frames, ignore_index=True)
    watch.ended("read")
    rows = pd.concat([pd.read_parquet(history), arrived], ignore_index=True)
    rows.to_parquet(scratch / "history.parquet")
    watch.ended("append")
    whole = rows.dropna(subset=["months", "from_month"])
    spans = whole.loc[
        whole.index.repeat(whole["months"].clip(lower=0).astype(int)),
        ["agent_code", "bhxh_number", "from_month"],
    ]
    spans["month"] = spans["from_month"].astype(int) + spans.groupby(level=0).cumcount()
    spans = spans[spans["month"] <= month]
    counts = spans.groupby(["agent_code", "month"])["bhxh_number"].nunique()
    money = rows.groupby(["agent_code", "head_month"])[
        ["total_vnd", "participant_vnd", "state_support_vnd"]
    ].sum()
    watch.ended("group")
    with pd.ExcelWriter(scratch / "report.xlsx", engine="xlsxwriter") as book:
        counts.unstack("month").to_excel(book, sheet_name="people")
        money["total_vnd"].unstack("head_month").to_excel(book, sheet_name="money")
    watch.ended("write")
    covered = spans.loc[spans["month"] == month, "bhxh_number"].nunique()
    return Counted(
        rows=len(arrived), total_vnd=int(arrived["total_vnd"].sum()), participants=int(covered)
    )


def dlt_pipeline(
    inbox: Path, history: Path, scratch: Path, month: int, watch: Stopwatch
) -> Counted:
    """A dlt pipeline of what python-calamine reads, into a DuckDB file that holds the history as a
    table; then the groups in SQL."""
    import dlt
    import duckdb

    watch.ended("start")
    database = scratch / "office.duckdb"
    with duckdb.connect(str(database)) as con:
        con.execute("create table history as select * from read_parquet(?)", [str(history)])
    watch.ended("history")
    pipeline = dlt.pipeline(
        "office",
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="night",
        pipelines_dir=str(scratch / "pipelines"),
    )
    rows_of_people = dlt.resource(
        (list(people_rows(path)) for path in workbooks(inbox)), name="sheet_rows"
    )
    pipeline.run(rows_of_people, write_disposition="append", loader_file_format="parquet")
    watch.ended("pipeline")
    with duckdb.connect(str(database)) as con:
        con.execute(
            "create view every_row as select agent_code, head_month, bhxh_number, months, from_month, total_vnd from history "
            "union all select agent_code, head_month, bhxh_number, months, from_month, total_vnd from night.sheet_rows"
        )
        con.execute(
            "create table people as select agent_code, month, count(distinct bhxh_number) as people from "
            "(select agent_code, bhxh_number, unnest(range(from_month, least(from_month + months, ? + 1))) as month from every_row) "
            "group by all",
            [month],
        )
        con.execute(
            "create table money as select agent_code, head_month, sum(total_vnd) as total_vnd from every_row group by all"
        )
        watch.ended("group")
        rows, total = con.execute(
            "select count(*), sum(total_vnd) from night.sheet_rows"
        ).fetchall()[0]
        covered = con.execute(
            "select count(distinct bhxh_number) from every_row where from_month <= ? and ? < from_month + months",
            [month, month],
        ).fetchall()[0][0]
    return Counted(rows=int(rows), total_vnd=int(total), participants=int(covered))


def people_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of section I.1 of one workbook, by python-calamine; nothing of a workbook that does not
    open."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        grid = (
            CalamineWorkbook.from_path(str(path))
            .get_sheet_by_index(0)
            .to_python(skip_empty_area=False)
        )
    except CalamineError:
        return
    agent_code = str(grid[1][0]).split(":")[-1].strip()
    of_month = _HEAD_MONTH.search(str(grid[5][0]))
    section = ""
    for cells in grid[_FIRST_ROW:]:
        if isinstance(cells[0], str):
            section = cells[0] or section
        elif section == "I.1":
            yield {
                "agent_code": agent_code,
                "head_month": int(of_month[2]) * 12 + int(of_month[1]) if of_month else None,
                "full_name": cells[1],
                "bhxh_number": str(cells[2]),
                "income_vnd": _money(cells[3]),
                "months": int(_money(cells[4])),
                "from_month": _month(cells[5]),
                "total_vnd": int(_money(cells[6])),
                "participant_vnd": int(_money(cells[7])),
                "state_support_vnd": int(_money(cells[8])),
                "note": cells[9],
            }


def _money(value: Any) -> float:
    """Đồng of a cell, 1.234.567 as text too; what cannot be read is nothing."""
    try:
        return float(value.replace(".", "") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return 0.0


def _month(value: Any) -> int | None:
    """A month as year*12 + month, of a date or of 06/2019 as text."""
    if hasattr(value, "year"):
        return int(value.year) * 12 + int(value.month)
    parts = str(value).split("/")
    return (
        int(parts[1]) * 12 + int(parts[0])
        if len(parts) == 2 and parts[0].isdigit() and parts[1].isdigit()
        else None
    )
