"""The rules across files and the models repeat two rules in two dialects: on the same rows both say
the same."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from ingestion.rules.across import judge_across
from publishing.as_of import built
from tests.support.histories import Said, as_row, crowds
from tests.support.written_history import write_history

EVER = datetime(2000, 1, 1)  # noqa: DTZ001 - the warehouse's form, naive UTC


def _both(first_night: Path, said: list[Said]) -> dict[str, tuple[set[str], set[str]]]:
    """code -> (rows that the rule tells, rows that the model gives), as known once all has been
    received."""
    known_on = max(s.night for s in said)
    with tempfile.TemporaryDirectory() as root:
        places = write_history(first_night, Path(root), said, known_on)
        with built(
            places, ["int_cancellations__matched", "int_rows__restated"], [known_on], known_on
        ) as con:
            findings, _ = judge_across(con, EVER)
            unmatched = con.execute(
                "select row_id from intermediate.int_cancellations__matched where payment_row_id is null"
            ).fetchall()
            restated = con.execute("select row_id from intermediate.int_rows__restated").fetchall()
    told = {
        code: {str(f.row_id) for f in findings if f.code == code} for code in ("BP-905", "BP-906")
    }
    # the rules know each row by itself, the models what rows say of one another too: there only
    # rows that stand are the same
    standing = {as_row(number, s)["row_id"] for number, s in enumerate(said) if s.batch is None}
    return {
        "BP-905": (told["BP-905"] & standing, {row for (row,) in unmatched} & standing),
        "BP-906": (told["BP-906"], {row for (row,) in restated}),
    }


def test_the_rules_and_the_models_say_the_same(first_night: Path) -> None:
    most = dict.fromkeys(("BP-905", "BP-906"), 0)

    @given(crowds())
    @seed(1)
    @settings(
        max_examples=2,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def agree(said: list[Said]) -> None:
        for code, (told, given_by_model) in _both(first_night, said).items():
            assert told == given_by_model, (code, told ^ given_by_model)
            most[code] = max(most[code], len(told))

    agree()
    assert min(most.values()) >= 3, most
