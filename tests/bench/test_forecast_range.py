"""The range of the forecast holds about as often as it says, under each process."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import numpy as np
import pytest

from bench.forecast_range import (
    MONTHS,
    PROCESSES,
    WANTED,
    Counts,
    Process,
    forecast_range,
    shares,
    simulate,
)

DBT = Path(__file__).parents[2] / "dbt_project"


def render(expression: str, **context: str) -> str:
    """`expression` with the macros of the forecast, as dbt would render it for DuckDB."""
    macros = "".join(
        (DBT / "macros" / name).read_text(encoding="utf-8")
        for name in ("direction.sql", "forecast.sql")
    )
    return (
        jinja2.Environment(autoescape=False)
        .from_string(macros + expression)
        .render(type_double=lambda: "double", ref=lambda name: name, **context)
    )


def by_sql(stock: Counts, elapsed: int) -> list[tuple[float | None, float | None, float | None]]:
    """(point, low, high) by the macros, from month ends of shape (holders, months)."""
    changes = render("{{ net_changes_of('month_ends') }}")
    looked_at = stock[:, -(int(render("{{ months_behind_forecast() }}")) + 1) :]
    with duckdb.connect() as db:
        db.execute(
            "create table month_ends (reporting_date int, holder_type text, holder_code int, month int, participants bigint)"
        )
        db.execute(
            "create table holders (holder_code int, participants bigint, participants_prev_year_end bigint)"
        )
        month_ends = [
            (code, month, int(people))
            for code, of_one in enumerate(looked_at)
            for month, people in enumerate(of_one)
        ]
        db.executemany("insert into month_ends values (0, 'x', ?, ?, ?)", month_ends)
        before = stock[:, max(0, stock.shape[1] - 1 - elapsed)]
        db.executemany(
            "insert into holders values (?, ?, ?)",
            [(i, int(stock[i, -1]), int(before[i])) for i in range(len(stock))],
        )
        rows: list[tuple[float | None, float | None, float | None]] = db.execute(
            render(
                "select {{ forecast_year_end() }}, {{ forecast_low() }}, {{ forecast_high() }} "
                "from (select *, {{ elapsed }} as elapsed_months, 12 - {{ elapsed }} as months_left "
                "from holders left join ({{ changes }}) using (holder_code)) order by holder_code",
                elapsed=str(elapsed),
                changes=changes,
            )
        ).fetchall()
    return rows


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
    early, late = (
        (high - low).mean()
        for _, low, high in (forecast_range(stock[:, : 24 + e + 1], e) for e in (2, 10))
    )
    assert early > 2 * late


@pytest.mark.parametrize(
    ("elapsed", "changes"), [(1, 24), (3, 15), (6, 30), (9, 9), (11, 24), (6, 6)]
)
def test_the_macros_and_numpy_say_the_same(elapsed: int, changes: int) -> None:
    random = np.random.default_rng([elapsed, changes])
    # some grow, some shrink to a negative point, one stands still and one moved once
    steps = random.poisson(random.uniform(0, 6, (40, 1)), (40, changes)) - random.poisson(
        random.uniform(0, 6, (40, 1)), (40, changes)
    )
    steps[0], steps[1] = 0, np.eye(changes, dtype=int)[-1]
    stock = np.maximum(0, np.cumsum(np.column_stack([random.integers(0, 60, 40), steps]), axis=1))
    assert np.array(by_sql(stock, elapsed), dtype=float) == pytest.approx(
        np.column_stack(forecast_range(stock, elapsed))
    )


def test_no_range_where_too_little_is_known_and_a_point_where_all_is() -> None:
    stock = np.arange(40, 65).reshape(1, 25)
    assert by_sql(stock, 0) == [(None, None, None)]
    assert by_sql(stock, 12) == [(64, 64, 64)]
    assert by_sql(stock[:, :6], 3) == [(54, None, None)]  # five changes


def test_a_range_is_never_upside_down_nor_below_nobody() -> None:
    shrinking = np.array([[40] * 24 + [30]])
    point, low, high = forecast_range(shrinking, 1)
    assert point[0] < 0 <= low[0] <= high[0]
    assert by_sql(shrinking, 1) == [pytest.approx((point[0], low[0], high[0]))]
