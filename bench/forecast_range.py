"""How often the 80% range of the year-end forecast holds: simulated districts under three
processes, each asked at a month end of its last year.

`python -m bench.forecast_range [--districts 1000] [--seed 1]` prints the share of districts (and
communes) whose real year end fell inside, and ends with code 1 when one of a district's shares lies
outside 75% to 90%. The range is that of `dbt_project/macros/forecast.sql`; tests hold the two
together. With `--compare` it also prints what was tried instead, and a season outside the three
processes.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Margin = Callable[[Counts, int], Floats]
"""Half of the range's width, shape (holders,), from month ends of shape (holders, months) and the
months elapsed."""

COMMUNES, YEARS = 21, 3
MONTHS = 12 * YEARS
Z = 1.2815515655446004  # quantile 0.9 of the normal distribution
LOOK_BACK = 24
WANTED = (0.75, 0.90)
SEASON = np.array([0.8, 0.5, 1.2, 1.0, 1.0, 0.7, 1.1, 1.1, 1.3, 0.8, 1.0, 1.5])
"""Joining by month: low at Tết, at the two harvests, high at the ends of quarters and of the year.
Invented; each district follows it more or less."""


@dataclass(frozen=True)
class Process:
    """A name, and how it draws people. `joins` of shape (districts, communes, months); `early` of
    those are gone within a month."""

    name: str
    meaning: str


STEADY = Process("steady", "joins at one rate, one to five in a hundred lapse each month")
BURSTS = Process(
    "campaign bursts",
    "one month in five is a campaign with three to seven times the joins; three in ten of those lapse at once",
)
SEASONAL = Process(
    "seasonal",
    "joins follow the months of the year, in each district by half to one and a half of the same season",
)
PROCESSES = (STEADY, BURSTS, SEASONAL)
WAVE = Process(
    "one slow wave a year",
    "joins swing by 10% to 60% around their mean, once a year, in each district from another month on",
)


def simulate(process: Process, districts: int, random: np.random.Generator) -> Counts:
    """Participants at the end of each month, shape (districts, communes, months + 1), the first
    before the first month."""
    rate = random.gamma(4, 1.0, (districts, 1, 1)) * random.gamma(4, 0.25, (districts, COMMUNES, 1))
    rates = np.repeat(rate, MONTHS, axis=2)
    lapse = random.uniform(0.01, 0.05, (districts, 1))
    campaign = np.zeros((districts, 1, MONTHS), dtype=bool)
    if process is BURSTS:
        campaign = random.random((districts, 1, MONTHS)) < 0.2
        rates = 0.5 * rates * np.where(campaign, random.uniform(3, 7, (districts, 1, MONTHS)), 1)
    if process is SEASONAL:
        amplitude = random.uniform(0.5, 1.5, (districts, 1, 1))
        rates = rates * np.clip(1 + amplitude * (np.tile(SEASON, YEARS) - 1), 0.05, None)
    if process is WAVE:
        amplitude, first = (
            random.uniform(0.1, 0.6, (districts, 1, 1)),
            random.uniform(0, 12, (districts, 1, 1)),
        )
        rates = rates * (1 + amplitude * np.sin(2 * np.pi * (np.arange(MONTHS) - first) / 12))
    joins = random.poisson(rates)
    stock = np.zeros((districts, COMMUNES, MONTHS + 1), dtype=np.int64)
    stock[:, :, 0] = random.poisson(8, (districts, COMMUNES))
    for month in range(MONTHS):
        lost = random.binomial(stock[:, :, month], lapse)
        if month and process is BURSTS:
            lost = np.minimum(
                stock[:, :, month],
                lost + random.binomial(joins[:, :, month - 1] * campaign[:, :, month - 1], 0.3),
            )
        stock[:, :, month + 1] = stock[:, :, month] - lost + joins[:, :, month]
    return stock


def mean_absolute_spread(changes: Floats) -> Floats:
    """Standard deviation of monthly changes of shape (holders, months), estimated by their mean
    absolute deviation: that of normal ones is √(2/π) of it."""
    n = changes.shape[1]
    deviation: Floats = np.abs(changes - changes.mean(axis=1, keepdims=True)).mean(axis=1)
    return deviation * math.sqrt(math.pi / 2 * n / (n - 1))


def drift_margin(
    stock: Counts,
    elapsed: int,
    look_back: int = LOOK_BACK,
    spread: Callable[[Floats], Floats] = mean_absolute_spread,
) -> Floats:
    """The margin of a random walk with drift, in people; as `forecast_margin` of the macros when
    nothing else is asked."""
    changes = np.diff(stock[:, -(look_back + 1) :], axis=1).astype(np.float64)
    n, left = changes.shape[1], 12 - elapsed
    quantile = Z + 0.8466 / (n - 1)
    margin: Floats = (
        quantile
        * np.maximum(spread(changes), math.sqrt(1 / n))
        * math.sqrt(left * (1 + left / elapsed))
    )
    return margin


def forecast_range(
    stock: Counts, elapsed: int, margin_of: Margin = drift_margin
) -> tuple[Floats, Floats, Floats]:
    """(point, low, high) of the year end, each of shape (holders,), from month ends of shape
    (holders, months), the last one asked about.

    `elapsed`: months of the year behind it, 1 to 11. At least six changes must lie behind. The
    point of a holder that shrinks fast can be below 0 (it is so defined); the range never is.
    """
    point = stock[:, -1] + (stock[:, -1] - stock[:, -1 - elapsed]) / elapsed * (12 - elapsed)
    margin = margin_of(stock, elapsed)
    return point, np.maximum(0, point - margin), np.maximum(0, point + margin)


def last_year_margin(stock: Counts, elapsed: int) -> Floats:
    """The drift's margin, but no less than 1.28 times the error that the same forecast made a year
    before. Needs 12 + elapsed changes."""
    asked, year_end, year_start = stock[:, -13], stock[:, -1 - elapsed], stock[:, -13 - elapsed]
    error = year_end - (asked + (asked - year_start) / elapsed * (12 - elapsed))
    return np.maximum(drift_margin(stock, elapsed), Z * np.abs(error))


OTHERS: dict[str, Margin] = {
    "as decided": drift_margin,
    "standard deviation": lambda stock, elapsed: drift_margin(
        stock, elapsed, spread=lambda changes: changes.std(axis=1, ddof=1)
    ),
    "12 months": lambda stock, elapsed: drift_margin(stock, elapsed, look_back=12),
    "successive differences": lambda stock, elapsed: drift_margin(
        stock,
        elapsed,
        spread=lambda changes: np.sqrt((np.diff(changes, axis=1) ** 2).mean(axis=1) / 2),
    ),
    "no less than last year's error": last_year_margin,
}


def inside_by_elapsed(
    stock: Counts, margin_of: Margin = drift_margin
) -> tuple[NDArray[np.bool_], Floats]:
    """Of holders of shape (holders, months + 1), by 1 to 11 months elapsed: was the year end inside
    [low, high] as published, unrounded; and half of the range's width by the point. Both of shape
    (holders, 11)."""
    inside = np.zeros((stock.shape[0], 11), dtype=bool)
    width = np.zeros((stock.shape[0], 11))
    for elapsed in range(1, 12):
        point, low, high = forecast_range(
            stock[:, : stock.shape[1] - 12 + elapsed], elapsed, margin_of
        )
        inside[:, elapsed - 1] = (stock[:, -1] >= low) & (stock[:, -1] <= high)
        width[:, elapsed - 1] = (high - low) / 2 / np.maximum(point, 1)
    return inside, width


def shares(stock: Counts, random: np.random.Generator) -> tuple[Floats, float, float]:
    """Of holders of shape (holders, months + 1): who was inside by months elapsed (11), the share
    over all when each holder is asked at one month end at random, and the median of the range's
    half width by the point, there too."""
    inside, width = inside_by_elapsed(stock)
    asked = random.integers(0, 11, stock.shape[0])
    holders = np.arange(stock.shape[0])
    return (
        inside.mean(axis=0),
        float(inside[holders, asked].mean()),
        float(np.median(width[holders, asked])),
    )


def compare(districts: int, random: np.random.Generator) -> None:
    """Print the shares of districts inside under other margins, and with a year less of history,
    over all months elapsed and at each. Nothing is asked of them."""
    print(
        f"\n| Process | Margin | Inside | {' | '.join(str(elapsed) for elapsed in range(1, 12))} |\n|---|---|--:|{'--:|' * 11}"
    )
    for process in (*PROCESSES, WAVE):
        stock = simulate(process, districts, random).sum(axis=1)
        tried = {name: (stock, margin_of) for name, margin_of in OTHERS.items()} | {
            "as decided, a year earlier": (stock[:, :-12], drift_margin)
        }
        for name, (known, margin_of) in tried.items():
            by_elapsed = inside_by_elapsed(known, margin_of)[0].mean(axis=0)
            print(
                f"| {process.name} | {name} | {by_elapsed.mean():.1%} | {' | '.join(f'{share:.0%}' for share in by_elapsed)} |"
            )
    print(f"\n{WAVE.name}: {WAVE.meaning}.")


def main() -> None:
    """Print the table; end with 1 when a district's share is not as wanted."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecast_range", description=__doc__)
    parser.add_argument("--districts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compare", action="store_true", help="also what was tried instead")
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    print(
        f"{asked.districts:,} districts of {COMMUNES} communes for each process, {MONTHS} months; seed {asked.seed}\n"
    )
    print(
        "| Process | Level | Inside | Half width ÷ point | after 3 months | 6 | 9 | of all 11, worst to best |\n|---|---|--:|--:|--:|--:|--:|--:|"
    )
    fine = True
    for process in PROCESSES:
        stock = simulate(process, asked.districts, random)
        for level, holders in (
            ("district", stock.sum(axis=1)),
            ("commune", stock.reshape(-1, MONTHS + 1)),
        ):
            by_elapsed, share, width = shares(holders, random)
            at = " | ".join(f"{by_elapsed[elapsed - 1]:.1%}" for elapsed in (3, 6, 9))
            print(
                f"| {process.name} | {level} | {share:.1%} | {width:.2f} | {at} | {by_elapsed.min():.0%} to {by_elapsed.max():.0%} |"
            )
            fine = fine and (level == "commune" or WANTED[0] <= share <= WANTED[1])
    print("\n" + "\n".join(f"{process.name}: {process.meaning}." for process in PROCESSES))
    if asked.compare:
        compare(asked.districts, random)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
