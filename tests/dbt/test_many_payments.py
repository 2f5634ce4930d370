"""Payments of one person that begin in one month: their number never reaches into the order of
months."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from publishing.as_of import compute
from tests.support.histories import Said, as_row
from tests.support.snapshot import with_rows

MAY = 2019 * 12 + 5
JUNE_30 = date(2019, 6, 30)


@pytest.mark.parametrize("payments", [2, 1_000, 1_001])
def test_a_payment_that_begins_later_counts_whatever_the_number_before(
    first_night: Path, tmp_path: Path, payments: int
) -> None:
    said = [
        *(
            Said("DL001", MAY, "I.1", 1, MAY, 2, batch=str(number))
            for number in range(1, payments + 1)
        ),
        Said("DL040", MAY + 1, "I.1", 1, MAY + 1, 1),
    ]
    places = with_rows(
        first_night, tmp_path, [as_row(number, row) for number, row in enumerate(said)]
    )
    columns, found = compute(places, "kpi_by_agent", JUNE_30, JUNE_30)
    agents = [dict(zip(columns, row, strict=True)) for row in found]
    assert [
        (agent["agent_code"], agent["participants"]) for agent in agents if agent["participants"]
    ] == [("DL040", 1)]
