"""States and flows at the size of a country: the cover models' own SQL over millions of payments,
beside a plain scan and aggregate of the same table.

`python -m bench.states [--millions 1 5 20] [--months 36] [--floors]`: CPU seconds of every model,
their sum as a ratio to the yardstick `select commune_key, sum(months), sum(amount_vnd) ... group by
1`, peak memory, and the exponent of growth. Nothing of dbt runs but its compiler.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.program import ROOT

MODELS = (
    "int_people__left",
    "int_places__numbered",
    "int_cancellations__matched",
    "int_payments__bounded",
    "int_person_months__changed",
    "int_place_months__counted",
)
RENEWALS = ("int_renewals__counted",)
"""Who paid again: told apart, for it asks about payments, not months."""
YARDSTICK = (
    "select commune_key, sum(months), sum(amount_vnd) from intermediate.int_rows__placed group by 1"
)
_OF_A_PERSON = "over (partition by person_number order by from_month)"
FLOORS = {
    "payments of a person, counted": "select person_number, count(*) as payments from intermediate.int_rows__placed group by 1",
    "months of a person, merged into a mask": """
        select person_number, bit_or(((1::hugeint << months::hugeint) - 1::hugeint) << (from_month - 24190)::hugeint) as months, sum(months) as given,
            min(place_number) as first_place, max(place_number) as last_place
        from intermediate.int_rows__placed where section = 'I.1' group by 1""",
    "the payment before": f"select lag(from_month + months) {_OF_A_PERSON} as until_month from intermediate.int_rows__placed",
    "three neighbours": f"""
        select person_number, from_month, months, lag(from_month + months) {_OF_A_PERSON} as a, lag(place_number) {_OF_A_PERSON} as b,
            lead(from_month) {_OF_A_PERSON} as c
        from intermediate.int_rows__placed where section = 'I.1'""",
}
"""What nothing that asks about people can do without; read to the end without being written, then
written."""

COMMUNES, AGENTS = 11_000, 30_000
LINES_PER_PERSON = 6.4
"""Of 36 months: what the methods of payment below come to."""


@dataclass(frozen=True)
class Measured:
    """One size: rows, the yardstick's seconds, each model's, and the peak of the process so far in
    MiB, the making of the table included."""

    rows: int
    people: int
    yardstick: float
    seconds: dict[str, float]
    peak_mib: float

    def of(self, models: Sequence[str]) -> float:
        """Seconds of these models together."""
        return sum(self.seconds[model] for model in models)


def compiled(scratch: Path) -> dict[str, tuple[str, str]]:
    """Model -> (table or view, SQL), as dbt compiles it against an empty warehouse."""
    target = scratch / "target"
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "compile",
        "--select",
        *MODELS,
        *RENEWALS,
        "--project-dir",
        str(ROOT / "dbt_project"),
    ]
    command += [
        "--profiles-dir",
        str(ROOT / "dbt_project"),
        "--target-path",
        str(target),
        "--log-path",
        str(scratch),
    ]
    environment = {
        **os.environ,
        "BAOPHU_WAREHOUSE": str(scratch / "empty" / "baophu.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    (scratch / "empty").mkdir()
    subprocess.run(command, cwd=scratch, env=environment, check=True, capture_output=True)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["name"] in (*MODELS, *RENEWALS) and node["resource_type"] == "model"
    ]
    folder = target / "compiled"
    return {
        n["name"]: (
            n["config"]["materialized"],
            (folder / n["package_name"] / n["original_file_path"]).read_text(encoding="utf-8"),
        )
        for n in nodes
    }


def connected(path: Path) -> duckdb.DuckDBPyConnection:
    """The scratch file, on two threads and under 4 GiB."""
    con = duckdb.connect(str(path))
    con.execute("set threads = 2; set memory_limit = '3GiB'; set preserve_insertion_order = false")
    return con


def write_payments(con: duckdb.DuckDBPyConnection, millions: float, months: int) -> None:
    """`intermediate.int_rows__placed`: people who pay by 1, 3, 6 or 12 months, miss one in twelve;
    one in fifty pays a quarter twice, one in twenty moves, one in ten goes over to single months,
    one in fifty leaves.

    The rows lie in the order of the months in which they were reported, as nights bring them.
    """
    people = round(millions * 1_000_000 / LINES_PER_PERSON * 36 / months)
    con.execute("create schema intermediate")
    con.execute("create schema seeds")
    con.execute(
        f"""
        create table intermediate.int_rows__placed as
        with people as (
            select
                person,
                cast(hash(person) % {COMMUNES} as integer) as home,
                [1, 1, 3, 3, 3, 6, 6, 12][1 + cast(hash(person * 7) % 8 as integer)] as method,
                24200 + cast(hash(person * 13) % {months * 3 // 4} as integer) as first_month,
                1 + cast(hash(person * 17) % {months} as integer) as stays
            from range({people}) as numbers(person)
        ),
        turns as (
            select *, unnest(range(0, least(stays, 24200 + {months} - first_month), method)) as turn from people
        ),
        payments as (
            select
                person, 'I.1' as section, turn,
                case when hash(person * 53) % 10 = 0 and turn > stays / 2 then 1 else method end as months,
                first_month + turn as from_month,
                case when hash(person * 37) % 20 = 0 and turn > stays / 2 then (home + 1) % {COMMUNES} else home end as commune
            from turns
            where hash(person * 41 + turn) % 12 <> 0
            union all
            select person, 'I.1', turn, 3, first_month + turn + 1, home from turns where hash(person * 43) % 50 = 0 and turn = method
            union all
            select person, 'II.1', stays, 1, first_month + stays / 2, home from people where hash(person * 47) % 50 = 0
        )
        select
            cast(row_number() over () as varchar) as row_id,
            substring(sha256(cast(commune * 1000 + from_month as varchar)), 1, 64) as sha256,
            'd05-ts/595' as form,
            0 as sheet_index,
            cast(row_number() over () as integer) as row_number,
            'DL' || lpad(cast((commune * 3 + person % 3) % {AGENTS} as varchar), 5, '0') as agent_code,
            timestamp '2019-06-30 14:00:00' as received_at,
            date '2019-06-30' as night,
            cast(from_month as integer) as report_month,
            section,
            false as is_cancellation,
            cast('133' || lpad(cast(person as varchar), 8, '0') as bigint) as person_number,
            cast(from_month as integer) as from_month,
            cast(months as integer) as months,
            cast(154000 * months as bigint) as amount_vnd,
            lpad(cast(10000 + commune as varchar), 5, '0') || '@2004-07-08' as commune_key,
            'collection_point' as place_basis,
            cast(commune as bigint) * 1000000 + (commune * 3 + person % 3) % {AGENTS} as place_number
        from payments
        order by report_month
        """
    )
    con.execute(
        """
        create table intermediate.int_calendar__months as
        select cast(24097 + n as integer) as month, cast(date '2008-01-01' + to_months(cast(n as integer)) as date) as month_start
        from range(400) as numbers(n)
        """
    )
    con.execute(
        f"create table intermediate.int_calendar__reporting_dates as select cast(24199 + {months} as integer) as month"
    )
    con.execute(
        f"create table seeds.payment_terms as from read_csv('{ROOT / 'dbt_project' / 'seeds' / 'payment_terms.csv'}', header = true, types = {{'valid_from': 'DATE', 'valid_to': 'DATE'}})"
    )


def measure(
    millions: float,
    months: int,
    scratch: Path,
    models: dict[str, tuple[str, str]],
    with_floors: bool,
    progress: Callable[[str], None],
) -> Measured:
    """Make the table, time the yardstick (the best of five, warm) and each model once, on two
    threads and under 4 GiB."""
    path = scratch / "baophu.duckdb"
    with connected(path) as con:
        write_payments(con, millions, months)
    with connected(path) as con:
        counted = con.execute(
            "select count(*), count(distinct person_number) from intermediate.int_rows__placed"
        ).fetchall()[0]
        yardstick = min(_timed(con, YARDSTICK) for _ in range(5))
        seconds = {}
        for model in (*MODELS, *RENEWALS):
            kind, sql = models[model]
            seconds[model] = _timed(con, f"create {kind} intermediate.{model} as {sql}")
            progress(
                f"{counted[0]:,} rows: {model} {seconds[model]:.1f} s, {seconds[model] / yardstick:.1f} yardsticks"
            )
        for name, sql in FLOORS.items() if with_floors else ():
            read, written = (
                _timed(con, f"select count(columns(*)) from ({sql})"),
                _timed(con, f"create or replace table floor as {sql}"),
            )
            progress(
                f"{counted[0]:,} rows: {name}, read {read / yardstick:.1f}, written {written / yardstick:.1f} yardsticks"
            )
    path.unlink()
    return Measured(
        counted[0],
        counted[1],
        yardstick,
        seconds,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _timed(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    """CPU seconds of all threads: the machine is shared, the clock on the wall is not ours."""
    started = time.process_time()
    con.execute(sql).fetchall()
    return time.process_time() - started


def _tell(said: str) -> None:
    print(said, file=sys.stderr, flush=True)


def main() -> None:
    """Print every model as it ends, then each size, then the exponent."""
    parser = argparse.ArgumentParser(prog="python -m bench.states", description=__doc__)
    parser.add_argument("--millions", nargs="+", type=float, default=[1, 5, 20])
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument(
        "--floors", action="store_true", help="time also the cheapest questions about people"
    )
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="baophu-states-") as name:
        models = compiled(Path(name))
        for millions in asked.millions:
            found.append(measure(millions, asked.months, Path(name), models, asked.floors, _tell))
    for one in found:
        print(
            f"{one.rows:,} rows, {one.people:,} people: yardstick {one.yardstick:.2f} s; "
            f"states and flows {one.of(MODELS):.1f} s, ratio {one.of(MODELS) / one.yardstick:.1f}; "
            f"renewals {one.of(RENEWALS):.1f} s, ratio {one.of(RENEWALS) / one.yardstick:.1f}; {one.peak_mib:.0f} MiB"
        )
    if len(found) > 1:
        first, last = found[0], found[-1]
        exponent = math.log(last.of(MODELS) / first.of(MODELS)) / math.log(last.rows / first.rows)
        print(f"exponent of growth from {first.rows:,} to {last.rows:,} rows: {exponent:.2f}")


if __name__ == "__main__":
    main()
