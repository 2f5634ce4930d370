"""Fifty random nights added one by one leave the same counts as a rebuild."""

from __future__ import annotations

from pathlib import Path
from random import Random

import duckdb
import pytest

from bench.nights import COUNTS, rebuild, take_in
from bench.states import compiled, connected, write_payments

pytestmark = pytest.mark.slow

PEOPLE, COMMUNES = 400, 5


def _write_night(con: duckdb.DuckDBPyConnection, number: int, random: Random) -> None:
    """A few rows of few people, so that they meet: payments, overlaps, moves, II.1 rows,
    cancellations of what may be there."""
    rows = []
    for line in range(random.randrange(1, 25)):
        section = random.choices(["I.1", "II.1", "II.2"], [12, 1, 1])[0]
        commune, first = random.randrange(COMMUNES), random.randrange(24180, 24250)
        basis = random.choice(["address", "collection_point"])
        rows.append(
            f"('{number:02d}-{line:02d}', '{number:02d}', 'd05-ts/595', 0, {line}, 'DL{commune * 3:05d}', timestamp '2019-06-30 14:00:00', date '2017-01-01' + {number}, {first}, '{section}', "
            f"{str(section == 'II.2' or random.random() < 0.02).lower()}, {13300000000 + random.randrange(PEOPLE)}, {first}, "
            f"{random.choice([1, 3, 3, 6, 12])}, '{10000 + commune}@2004-07-08', '{basis}', {commune * 1_000_000 + commune * 3})"
        )
    names = (
        "row_id, sha256, form, sheet_index, row_number, agent_code, received_at, night, report_month, section, is_cancellation, person_number, "
        "from_month, months, commune_key, place_basis, place_number"
    )
    con.execute(
        f"create or replace temp table night as select * from (values {', '.join(rows)}) as rows({names})"
    )


def test_nights_added_one_by_one_are_a_rebuild(tmp_path: Path) -> None:
    models = compiled(tmp_path)
    random = Random(4)
    with connected(tmp_path / "baophu.duckdb") as con:
        write_payments(con, 0.002, 36)
        rebuild(con, models)
        for number in range(50):
            _write_night(con, number, random)
            take_in(con, models, "night")
        kept = {
            model: con.execute(f"from intermediate.{model} order by all").fetchall()
            for model in COUNTS
        }
        changes = con.execute(
            "select distinct change from intermediate.int_person_months__changed"
        ).fetchall()
        assert {change for (change,) in changes} == {
            "new",
            "returned",
            "moved",
            "continued",
            "left",
            "not_renewed",
        }
        overlaps = "select count(*) from intermediate.int_person_months__changed where change = 'continued' and not is_payment_over"
        assert con.execute(overlaps).fetchall()[0][0] > 0
        rebuild(con, models)
        for model, rows in kept.items():
            assert len(rows) > 100, model
            assert rows == con.execute(f"from intermediate.{model} order by all").fetchall(), model
