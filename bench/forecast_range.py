"""How often the 80% range of the year-end forecast holds: simulated districts under three processes, each asked at a month end of its last year.

`python -m bench.forecast_range [--districts 1000] [--seed 1]` prints the share of districts (and communes) whose real year end fell inside, and ends
with code 1 when one of a district's shares lies outside 75% to 90%. The range is that of `dbt_project/macros/forecast.sql`; a test holds the two together.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

COMMUNES, YEARS = 21, 3
MONTHS = 12 * YEARS
LOOK_BACK = 24
WANTED = (0.75, 0.90)
SEASON = np.array([0.8, 0.5, 1.2, 1.0, 1.0, 0.7, 1.1, 1.1, 1.3, 0.8, 1.0, 1.5])
"""Joining by month: low at Tết, at the two harvests, high at the ends of quarters and of the year. Invented; each district follows it more or less."""


@dataclass(frozen=True)
class Process:
    """A name, and how it draws people. `joins` of shape (districts, communes, months); `early` of those are gone within a month."""

    name: str
    meaning: str


STEADY = Process("steady", "joins at one rate, one to five in a hundred lapse each month")
BURSTS = Process(
    "campaign bursts", "one month in five is a campaign with three to seven times the joins; three in ten of those lapse at once"
)
SEASONAL = Process("seasonal", "joins follow the months of the year, in each district by half to one and a half of the same season")
PROCESSES = (STEADY, BURSTS, SEASONAL)


def simulate(process: Process, districts: int, random: np.random.Generator) -> Counts:
    """Participants at the end of each month, shape (districts, communes, months + 1), the first before the first month."""
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
    joins = random.poisson(rates)
    stock = np.zeros((districts, COMMUNES, MONTHS + 1), dtype=np.int64)
    stock[:, :, 0] = random.poisson(8, (districts, COMMUNES))
    for month in range(MONTHS):
        lost = random.binomial(stock[:, :, month], lapse)
        if month and process is BURSTS:
            lost = np.minimum(stock[:, :, month], lost + random.binomial(joins[:, :, month - 1] * campaign[:, :, month - 1], 0.3))
        stock[:, :, month + 1] = stock[:, :, month] - lost + joins[:, :, month]
    return stock


def forecast_range(stock: Counts, elapsed: int) -> tuple[Floats, Floats, Floats]:
    """(point, low, high) of the year end, each of shape (holders,), from month ends of shape (holders, months), the last one asked about.

    `elapsed`: months of the year behind it, 1 to 11. At least six changes must lie behind.
    """
    changes = np.diff(stock[:, -(LOOK_BACK + 1) :], axis=1)
    n, left = changes.shape[1], 12 - elapsed
    point = stock[:, -1] + (stock[:, -1] - stock[:, -1 - elapsed]) / elapsed * left
    spread = np.abs(changes - changes.mean(axis=1, keepdims=True)).mean(axis=1) * math.sqrt(math.pi / 2 * n / (n - 1))
    quantile = 1.2815515655446004 + 0.8466 / (n - 1)
    margin = quantile * np.maximum(spread, math.sqrt(1 / n)) * math.sqrt(left * (1 + left / elapsed))
    return point, np.maximum(0, point - margin), point + margin


def shares(stock: Counts, random: np.random.Generator) -> tuple[Floats, float, float]:
    """Of holders of shape (holders, months + 1): who was inside by months elapsed (11), the share over all when each holder is asked at one month
    end at random, and the median of the range's half width by the point, there too."""
    inside = np.zeros((stock.shape[0], 11), dtype=bool)
    width = np.zeros((stock.shape[0], 11))
    for elapsed in range(1, 12):
        point, low, high = forecast_range(stock[:, : MONTHS - 12 + elapsed + 1], elapsed)
        inside[:, elapsed - 1] = (stock[:, -1] >= np.floor(low)) & (stock[:, -1] <= np.ceil(high))
        width[:, elapsed - 1] = (high - low) / 2 / np.maximum(point, 1)
    asked = random.integers(0, 11, stock.shape[0])
    holders = np.arange(stock.shape[0])
    return inside.mean(axis=0), float(inside[holders, asked].mean()), float(np.median(width[holders, asked]))


def main() -> None:
    """Print the table; end with 1 when a district's share is not as wanted."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecast_range", description=__doc__)
    parser.add_argument("--districts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    print(f"{asked.districts:,} districts of {COMMUNES} communes for each process, {MONTHS} months; seed {asked.seed}\n")
    print("| Process | Level | Inside | Half width ÷ point | after 3 months | 6 | 9 |\n|---|---|--:|--:|--:|--:|--:|")
    fine = True
    for process in PROCESSES:
        stock = simulate(process, asked.districts, random)
        for level, holders in (("district", stock.sum(axis=1)), ("commune", stock.reshape(-1, MONTHS + 1))):
            by_elapsed, share, width = shares(holders, random)
            at = " | ".join(f"{by_elapsed[elapsed - 1]:.1%}" for elapsed in (3, 6, 9))
            print(f"| {process.name} | {level} | {share:.1%} | {width:.2f} | {at} |")
            fine = fine and (level == "commune" or WANTED[0] <= share <= WANTED[1])
    print("\n" + "\n".join(f"{process.name}: {process.meaning}." for process in PROCESSES))
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
