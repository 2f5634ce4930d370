"""One night's lines against a rebuild: the stored counts less the changes that the night took away,
plus those it brought.

`python -m bench.nights [--millions 0.5 5 20] [--lines 50000]`. The models' own SQL runs over the
rows of the night's people only, before and after; what differs is counted, again by the models, and
added. Equal to a rebuild by tests/bench/test_nights.py.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from bench.states import MODELS, compiled, connected, write_payments

COUNTS = {
    "int_place_months__counted": ("month", "commune_key", "agent_code"),
}
"""What is stored and what tells its rows apart; the other columns are sums of people."""

READ = (
    "row_id, sha256, form, sheet_index, row_number, agent_code, received_at, night, report_month, section, is_cancellation, person_number, "
    "from_month, months, commune_key, place_basis, place_number"
)
"""What the models of cover read of a row."""

INPUTS = ("int_calendar__months", "int_calendar__reporting_dates")


def rebuild(
    con: duckdb.DuckDBPyConnection,
    models: dict[str, tuple[str, str]],
    database: str = "baophu",
    names: Sequence[str] = MODELS,
) -> float:
    """Make these models of cover anew from what stands in this database; seconds."""
    started = time.perf_counter()
    for model in names:
        kind, sql = models[model]
        ours = sql.replace('"baophu"."intermediate"', f'"{database}"."intermediate"')
        con.execute(f"create or replace {kind} {database}.intermediate.{model} as {ours}")
    return time.perf_counter() - started


def take_in(
    con: duckdb.DuckDBPyConnection, models: dict[str, tuple[str, str]], night: str
) -> float:
    """Add the rows of the table `night` to `int_rows__placed` and to the stored counts; seconds,
    without the writing of the rows themselves."""
    started = time.perf_counter()
    con.execute(
        f"create or replace temp table touched as select distinct person_number from {night}"
    )
    for side in ("before", "after"):
        con.execute(f"attach ':memory:' as {side}; create schema {side}.intermediate")
        for table in INPUTS:
            con.execute(
                f"create table {side}.intermediate.{table} as from baophu.intermediate.{table}"
            )
    con.execute(
        f"create table before.intermediate.int_rows__placed as select {READ} from baophu.intermediate.int_rows__placed semi join touched using (person_number)"
    )
    con.execute(
        f"create table after.intermediate.int_rows__placed as from before.intermediate.int_rows__placed union all select {READ} from {night}"
    )
    for side in ("before", "after"):
        rebuild(con, models, side, [model for model in MODELS if model not in COUNTS])
        con.execute(
            f"create temp table changes_{side} as from {side}.intermediate.int_person_months__changed"
        )
    for side, other in (("before", "after"), ("after", "before")):
        changed = f"{side}.intermediate.int_person_months__changed"
        con.execute(
            f"create or replace table {changed} as from changes_{side} except from changes_{other}"
        )
        rebuild(con, models, side, list(COUNTS))
    for model, key in COUNTS.items():
        _add(con, model, key)
    con.execute("detach before; detach after; drop table changes_before; drop table changes_after")
    seconds = time.perf_counter() - started
    con.execute(f"insert into intermediate.int_rows__placed by name from {night}")
    return seconds


def _add(con: duckdb.DuckDBPyConnection, model: str, key: tuple[str, ...]) -> None:
    counted = [
        name
        for (name,) in con.execute(
            f"select column_name from (describe intermediate.{model})"
        ).fetchall()
        if name not in key
    ]
    names = ", ".join(key)
    same = " and ".join(f"stored.{name} = more.{name}" for name in key)
    con.execute(
        f"""
        create or replace temp table more as
        select {names}, {", ".join(f"cast(sum({name}) as bigint) as {name}" for name in counted)}
        from (
            from after.intermediate.{model}
            union all by name
            select {names}, {", ".join(f"-{name} as {name}" for name in counted)} from before.intermediate.{model}
        )
        group by all
        having {" or ".join(f"sum({name}) <> 0" for name in counted)}
        """
    )
    con.execute(
        f"""
        merge into intermediate.{model} as stored using more on {same}
        when matched and {" and ".join(f"stored.{name} + more.{name} = 0" for name in counted)} then delete
        when matched then update set {", ".join(f"{name} = stored.{name} + more.{name}" for name in counted)}
        when not matched then insert by name
        """
    )


def write_night(con: duckdb.DuckDBPyConnection, lines: int) -> None:
    """The table `night`: of so many people, spread over all, a payment like their last one for the
    last month, or for the month after their last."""
    con.execute(
        f"""
        create or replace temp table night as
        with last_payments as (
            select placed_rows.*
            from intermediate.int_rows__placed as placed_rows
            where section = 'I.1' and hash(person_number) % 1000003 < 1000003 * least(1, 1.5 * {lines} / (select count(distinct person_number) from intermediate.int_rows__placed))
            qualify row_number() over (partition by person_number order by from_month desc) = 1
        )
        select * replace (row_id || '-n' as row_id, cast(greatest(from_month + months, (select max(month) from intermediate.int_calendar__reporting_dates)) as integer) as from_month)
        from last_payments
        limit {lines}
        """
    )


def main() -> None:
    """Print the seconds of one night and of a rebuild, for every size."""
    parser = argparse.ArgumentParser(prog="python -m bench.nights", description=__doc__)
    parser.add_argument("--millions", nargs="+", type=float, default=[0.5, 5, 20])
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--months", type=int, default=36)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="baophu-nights-") as name:
        models = compiled(Path(name))
        for millions in asked.millions:
            path = Path(name) / "baophu.duckdb"
            with connected(path) as con:
                write_payments(con, millions, asked.months)
                rebuild(con, models)
                write_night(con, asked.lines)
                (lines,) = con.execute("select count(*) from night").fetchall()[0]
                night = take_in(con, models, "night")
                anew = rebuild(con, models)
                (rows,) = con.execute(
                    "select count(*) from intermediate.int_rows__placed"
                ).fetchall()[0]
            print(
                f"{rows:,} rows, {lines:,} of the night: {night:.2f} s added, {anew:.2f} s anew, {night / anew:.2f} of it",
                flush=True,
            )
            path.unlink()


if __name__ == "__main__":
    main()
