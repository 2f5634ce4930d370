"""The range of the forecast holds about as often as it says, under each process."""

from __future__ import annotations

import numpy as np
import pytest

from bench.forecast_range import MONTHS, PROCESSES, WANTED, Process, forecast_range, shares, simulate


@pytest.mark.parametrize("process", PROCESSES, ids=[p.name for p in PROCESSES])
def test_eighty_in_a_hundred_years_end_inside(process: Process) -> None:
    random = np.random.default_rng(20190630)
    stock = simulate(process, 1000, random)
    _, share, _ = shares(stock.sum(axis=1), random)
    assert WANTED[0] <= share <= WANTED[1]
    _, share, _ = shares(stock.reshape(-1, MONTHS + 1), random)
    assert WANTED[0] <= share <= WANTED[1]


def test_the_last_month_is_nearer_than_the_first_and_nothing_is_certain() -> None:
    quiet = np.full((1, 37), 40)
    point, low, high = forecast_range(quiet, 6)
    assert (point[0], low[0] < 40 < high[0]) == (40, True)
    random = np.random.default_rng(3)
    stock = simulate(PROCESSES[0], 50, random).sum(axis=1)
    early, late = ((high - low).mean() for _, low, high in (forecast_range(stock[:, : 24 + e + 1], e) for e in (2, 10)))
    assert early > 2 * late
