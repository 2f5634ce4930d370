"""The proof that a change of the house changed no figure: content hashes of published tables,
before and after.

`python -m tests.proof [sample] [histories] [tenth] [--write FILE] [--against FILE] [--leave-out
COLUMN,TABLE.COLUMN,…]`. The data sets: the sample's night, 40 generated histories, a tenth of the
bench's province. With `--against` every table that differs is named, and the exit code is 1.
docs/proof.json holds what was recorded last.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import duckdb
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from bench.contest import QUIET
from bench.measure import measure
from bench.sizes import prepare
from ingestion.rules.frames import month_end
from publishing.as_of import built
from publishing.content_hash import Table, table_hash
from samples import write_sample
from tests.support.command import baophu
from tests.support.histories import Said, days, histories
from tests.support.reference import month_of
from tests.support.sample_night import NIGHT
from tests.support.snapshot import MARTS
from tests.support.written_history import write_history

Hashes = dict[str, str]
"""Table -> its hash."""
HISTORIES = 40
NO_CONSTANTS = providers.Constants(
    **{kind: providers.SortedSet() for kind in ("integers", "floats", "bytes", "strings")}
)
LEFT_OUT: set[str] = set()
"""Columns that do not enter: `column`, or `table.column`."""


def sample_night(scratch: Path) -> Hashes:
    """The sample's night, by the command. Its folder is left for the histories."""
    data = scratch / "sample"
    if not data.exists():
        write_sample(data)
        ran = baophu("night", "--date", NIGHT.isoformat(), data=data)
        if ran.code not in (0, 1):
            raise RuntimeError(ran.err)
    return _published(data)


def forty_histories(scratch: Path) -> Hashes:
    """The marts of generated histories, each at an earlier month's end and on the day it is asked
    for; a hash for each history."""
    sample_night(scratch)
    found: Hashes = {}

    @seed(2019)
    @settings(
        max_examples=HISTORIES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=False,
    )
    @given(histories(), days(), st.sampled_from([0, 1, 40]))
    def hash_them(history: list[Said], day: date, days_later: int) -> None:
        known_on = day + timedelta(days=days_later)
        before = month_end(month_of(day) - 2)
        with tempfile.TemporaryDirectory() as root:
            places = write_history(scratch / "sample", Path(root), history, known_on)
            with built(places, MARTS, [before, day], known_on) as con:
                tables = {name: _hash_of(con, name, f"marts.{name}") for name in MARTS}
        for name, value in tables.items():
            found[f"{len(found) // len(MARTS):02d} {name}"] = value

    # Hypothesis tries constants of every module that is loaded: a module more, and other histories
    # would be made of the same seed
    with mock.patch.object(providers, "_get_local_constants", return_value=NO_CONSTANTS):
        hash_them()
    return found


def tenth(scratch: Path) -> Hashes:
    """The night of a tenth of the bench's province, by functions."""
    place = scratch / "tenth"
    place.mkdir()
    prepared = prepare(
        "tenth", place, lambda words: print(words, file=sys.stderr, flush=True), first_night=False
    )
    command = [
        sys.executable,
        "-m",
        "bench.contestant",
        "night",
        "--night",
        prepared.night.isoformat(),
        "--data",
        str(prepared.pristine),
    ]
    measure(
        [*command, "--inbox", str(prepared.inbox), "--history", str(prepared.history)],
        prepared.program,
        env=QUIET,
    )
    return _published(prepared.pristine)


def _published(data: Path) -> Hashes:
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        names = [
            name
            for (name,) in con.execute(
                "select table_name from duckdb_tables() order by 1"
            ).fetchall()
        ]
        return {
            name: _hash_of(con, name, f'"{name}"')
            for name in names
            if not name.startswith("publication")
        }


def _hash_of(con: duckdb.DuckDBPyConnection, name: str, source: str) -> str:
    columns = [
        column[0]
        for column in con.execute(f"from {source} limit 0").description
        if not LEFT_OUT & {column[0], f"{name}.{column[0]}"}
    ]
    rows = con.execute(f"select {', '.join(columns)} from {source}")
    return table_hash(name, Table([column[0] for column in rows.description], rows.fetchall()))


SETS: dict[str, Callable[[Path], Hashes]] = {
    "sample": sample_night,
    "histories": forty_histories,
    "tenth": tenth,
}


def main() -> int:
    """Print, write, compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument(
        "--leave-out",
        default="",
        help="columns that are new, with commas between; tables that the record has not are left out too",
    )
    asked = parser.parse_args()
    LEFT_OUT.update(asked.leave_out.split(","))
    with tempfile.TemporaryDirectory(prefix="baophu-proof-") as scratch:
        hashes = {name: SETS[name](Path(scratch)) for name in asked.sets or SETS}
    if asked.write:
        kept = json.loads(asked.write.read_text(encoding="utf-8")) if asked.write.exists() else {}
        asked.write.write_text(
            json.dumps(kept | hashes, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
    before = json.loads(asked.against.read_text(encoding="utf-8")) if asked.against else hashes
    differ = [
        f"{name}: {table}"
        for name, tables in hashes.items()
        for table in sorted(tables.keys() | before[name].keys())
        if not (asked.leave_out and table not in before[name])
        if tables.get(table) != before[name].get(table)
    ]
    for name, tables in hashes.items():
        print(
            f"{name}: {len(tables)} hashes{f', {sum(d.startswith(name) for d in differ)} differ' if asked.against else ''}"
        )
    print("\n".join(differ))
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
