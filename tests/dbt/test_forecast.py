"""The range that the marts state is that of bench/forecast_range.py, for every holder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bench.forecast_range import forecast_range
from core.data_folder import DataFolder
from publishing.as_of import built


@pytest.mark.parametrize(
    ("on", "elapsed"), [(date(2019, 6, 30), 6), (date(2018, 9, 30), 9), (date(2018, 1, 31), 1)]
)
def test_the_marts_state_the_range_that_was_measured(
    first_night: Path, on: date, elapsed: int
) -> None:
    known_on = date(2019, 6, 30)
    holder_types = ("commune", "district", "officer", "association")
    behind: dict[tuple[str, str], list[tuple[int, int]]] = {}
    tables = ["int_holders__month_ends", *(f"kpi_by_{holder_type}" for holder_type in holder_types)]
    with built(DataFolder(first_night), tables, [on], known_on) as con:
        for _, holder_type, holder_code, month, participants in con.execute(
            "from intermediate.int_holders__month_ends"
        ).fetchall():
            behind.setdefault((holder_type, holder_code), []).append((month, participants))
        for holder_type in holder_types:
            found = con.execute(f"from marts.kpi_by_{holder_type}")
            columns = [column[0] for column in found.description]
            told = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
            assert told
            for row in told:
                stock = [
                    participants
                    for _, participants in sorted(behind[holder_type, row[f"{holder_type}_code"]])
                ]
                point, low, high = (float(x[0]) for x in forecast_range(np.array([stock]), elapsed))
                assert (
                    row["forecast_year_end"],
                    row["forecast_low"],
                    row["forecast_high"],
                ) == pytest.approx((point, low, high)), row
