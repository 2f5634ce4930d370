"""`python -m bench.rules`: the rule book by Great Expectations beside the same rules as one SQL
statement over the same frame, and a night in which every third row fails beside a good one. Prints
two ratios; both sides in one run, medians."""

from __future__ import annotations

import argparse
import ast
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from core.clock import month_index
from core.data_folder import DataFolder
from ingestion.model import Arrival, ParsedFile, SheetRow
from ingestion.nightly import judge_chunk, land, plan
from ingestion.rules.frames import FileToJudge
from ingestion.rules.row_frame import rows_frame
from ingestion.rules.rulebook import run_suite, suite_entries
from samples import write_sample

SUITE = "d05_ts_rows"
NIGHT = date(2019, 6, 30)
JUNE = month_index(2019, 6)
_COLUMNS = {
    "bhxh_number": 2,
    "full_name": 1,
    "income_vnd": 3,
    "months": 4,
    "from_month": 5,
    "total_vnd": 6,
    "participant_vnd": 7,
    "state_support_vnd": 8,
}


def files_of(rows: int, per_file: int = 50, *, wrong_every: int = 0) -> list[FileToJudge]:
    """Parsed sheets of 595 with that many rows in all; every `wrong_every`-th row has a total that
    is not its parts."""
    files = []
    for first in range(0, rows, per_file):
        sha256 = f"{first:064x}"
        arrival = Arrival(
            sha256,
            sha256,
            datetime(2019, 6, 25, tzinfo=UTC),
            NIGHT,
            "DL001",
            "bench",
            ".xlsx",
            "r",
            "b",
        )
        parsed = ParsedFile(
            sha256, "d05-ts/595", head={"agent_code": "DL001", "head_month": JUNE}, columns=_COLUMNS
        )
        for i in range(first, min(first + per_file, rows)):
            months = (1, 3, 6, 12)[i % 4]
            income = 700_000 + 50_000 * (i % 9)
            total, support = income * 22 // 100 * months, 15_400 * months
            stated = total + (1 if wrong_every and i % wrong_every == 0 else 0)
            values = {
                "bhxh_number": f"33{i:08d}", "full_name": f"Người {i}", "income_vnd": income, "months": months, "from_month": JUNE,
                "total_vnd": stated, "participant_vnd": total - support, "state_support_vnd": support, "note": "P.Thức Đóng_tiếp",
            }  # fmt: skip
            parsed.rows.append(SheetRow("D05-TS", 0, 11 + i - first, "I.1", True, stated, values))
        parsed.rows_at_cells = len(parsed.rows)
        files.append(FileToJudge(arrival, parsed, None))
    return files


def as_sql(suite: str) -> str:
    """One SELECT over the table `frame`: a column r0, r1, ... per rule, true where the row
    fails."""
    failing = []
    for number, entry in enumerate(suite_entries(suite)):
        condition, when = entry["kwargs"]["condition"], entry["kwargs"]["when"]
        fails = f"coalesce(NOT ({sql_of(condition)}), false)"
        failing.append(
            f"{fails} AND coalesce({sql_of(when)}, false) AS r{number}"
            if when
            else f"{fails} AS r{number}"
        )
    return f"SELECT {', '.join(failing)} FROM frame"


def sql_of(expression: str) -> str:
    """A condition of the rule book in SQL. Raises ValueError for what has no translation here."""
    return _sql(ast.parse(expression, mode="eval").body)


def _sql(node: ast.expr) -> str:
    signs = {
        ast.BitAnd: "AND", ast.BitOr: "OR", ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
        ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    }  # fmt: skip
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=str(text)):
            return "'" + text.replace("'", "''") + "'"
        case ast.Constant(value=value):
            return str(value)
        case ast.UnaryOp(op=ast.Invert(), operand=of):
            return f"(NOT {_sql(of)})"
        case ast.UnaryOp(op=ast.USub(), operand=of):
            return f"(-{_sql(of)})"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_sql(left)} {signs[type(op)]} {_sql(right)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"({_sql(left)} {signs[type(op)]} {_sql(right)})"
        case ast.Call(func=ast.Attribute(value=of, attr="notna"), args=[]):
            return f"({_sql(of)} IS NOT NULL)"
        case ast.Call(func=ast.Attribute(value=of, attr="isna"), args=[]):
            return f"({_sql(of)} IS NULL)"
        case ast.Call(func=ast.Attribute(value=of, attr="abs"), args=[]):
            return f"abs({_sql(of)})"
        case ast.Call(func=ast.Attribute(value=of, attr="fillna"), args=[value]):
            return f"coalesce({_sql(of)}, {_sql(value)})"
        case ast.Call(func=ast.Attribute(value=of, attr="isin"), args=[ast.List(elts=values)]):
            return f"coalesce({_sql(of)} IN ({', '.join(map(_sql, values))}), false)"
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=of, attr="str"), attr="fullmatch"),
            args=[pattern],
        ):
            return f"regexp_full_match({_sql(of)}, {_sql(pattern)})"
    raise ValueError(f"no SQL for {ast.unparse(node)}")


def arrow_of(frame: pd.DataFrame) -> pa.Table:
    """The frame's own Arrow columns, for DuckDB to read where they lie."""
    return pa.Table.from_pandas(
        frame, preserve_index=False
    ).combine_chunks()  # in one piece: the order of rows is kept


def seconds(times: int, work: Callable[[], object]) -> float:
    """The median of some runs, after one that does not count."""
    took = []
    for _ in range(times + 1):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took[1:])


def rules_against_sql(rows: int, times: int) -> tuple[float, float]:
    """Seconds of all rules over a frame of that many rows: by Great Expectations, and as plain
    SQL."""
    frame, _ = rows_frame(files_of(rows), "d05-ts")
    with duckdb.connect() as con:
        con.register("frame", arrow_of(frame))
        query = as_sql(SUITE)
        return seconds(times, lambda: run_suite(SUITE, frame)), seconds(
            times, lambda: con.execute(query).fetchnumpy()
        )


def night_with_failures(times: int, folder: Path) -> tuple[float, float]:
    """Seconds from bytes to verdicts of the sample's night: as it is, and with the total of every
    third row wrong by one."""
    return tuple(
        _night(times, folder / name, wrong) for name, wrong in (("good", False), ("bad", True))
    )  # type: ignore[return-value]


def _night(times: int, data: Path, wrong: bool) -> float:
    write_sample(data)
    if wrong:
        _spoil(data / "inbox")
    folder = DataFolder(data)
    land(folder)
    return seconds(
        times, lambda: [judge_chunk(folder, NIGHT, chunk) for chunk in plan(folder, NIGHT)]
    )


def _spoil(inbox: Path) -> None:
    import openpyxl

    for path in inbox.rglob("D05-TS*.xlsx"):
        try:
            book = openpyxl.load_workbook(path)
        except Exception:  # noqa: BLE001 - the sample's damaged file stays as it is
            continue
        sheet = book["D05-TS"]
        people = [
            row
            for row in sheet.iter_rows(min_row=11)
            if isinstance(row[0].value, int) and isinstance(row[6].value, int)
        ]
        for row in people[::3]:
            row[6].value = int(str(row[6].value)) + 1
        book.save(path)


def main() -> None:
    """Prints both ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.add_argument("--rows", type=int, default=75_000)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    ours, sql = rules_against_sql(asked.rows, asked.times)
    print(
        f"{len(suite_entries(SUITE))} rules, {asked.rows} rows: Great Expectations {ours:.3f} s, plain SQL {sql:.3f} s: {ours / sql:.1f} times (at most 8)"
    )
    with tempfile.TemporaryDirectory(prefix="baophu-rules-") as scratch:
        good, bad = night_with_failures(max(1, asked.times // 2), Path(scratch))
    print(
        f"bytes to verdicts: every third row wrong {bad:.2f} s, a good night {good:.2f} s: {bad / good:.2f} times (at most 3)"
    )


if __name__ == "__main__":
    main()
