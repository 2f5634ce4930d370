"""Nobody who has every outward version works out a count of 1 to 4 people: on random offices, and
beside an attacker who knows the laws and what was corrected."""

from __future__ import annotations

from collections.abc import Callable, Collection
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publishing.outward.facts import Fact, Figures, Law, read_figures
from publishing.outward.hiding import choose_hidden, is_small
from tests.support.outward_attack import Attack, attack
from tests.support.outward_office import (
    Tables,
    as_database,
    as_let_out,
    correct_counts,
    facts_of,
    make_counts,
)

Choose = Callable[..., set[Fact]]


def versions_of(random: Random) -> list[Tables]:
    """One to three versions, each with the months before, some of them corrected."""
    made = make_counts(random, 3)

    def months(tables: Tables, number: int) -> Tables:
        days = sorted({row["reporting_date"] for row in made["kpi_by_commune"]})[:number]
        return {
            table: [row for row in rows if row["reporting_date"] in days]
            for table, rows in tables.items()
        }

    first = random.randint(1, 3)
    found = []
    for number in range(first, random.randint(first, 3) + 1):
        found.append(months(made, number))
        made = correct_counts(random, made)
    return [*found, months(made, 3)]


def let_out(versions: list[Tables], choose: Choose) -> tuple[Attack, list[dict[Any, int]]]:
    """What an attacker has of all of them, and the truth. He is told which counts were not
    corrected."""
    figures: list[Figures] = []
    seen = []
    told: set[Fact] = set()
    hidden: set[Fact] = set()
    for tables in versions:
        with as_database(tables) as con:
            figures.append(read_figures(con))
        facts = {fact for each in figures for fact in each.facts}
        laws = {law for each in figures for law in each.laws}
        chosen = choose(facts, laws, set(told), set(hidden))
        own = {fact for fact in figures[-1].facts if fact.is_written}
        told |= own - chosen
        hidden |= own & chosen
        seen.append(as_let_out(tables, own & chosen))
    truth = [facts_of(each) for each in figures]
    unchanged = [
        (one, other, key)
        for other in range(len(truth))
        for one in range(other)
        for key in truth[one].keys() & truth[other].keys()
        if truth[one][key] == truth[other][key]
    ]
    return attack(seen, sorted(unchanged)), truth


def worked_out(made: Attack, truth: list[dict[Any, int]]) -> list[Any]:
    """Hidden counts of 1 to 4 of which fewer than four values are possible, or 5 is not."""
    found = []
    for number, key in made.unknown:
        people = truth[number][key]
        fewest, most = made.bounds((number, key))
        assert fewest <= people <= most, "the attacker reckons wrongly"
        if people < 5 and (most < 5 or most - fewest < 3):
            found.append((number, key, people, fewest, most))
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.integers(0, 10**9))
def test_no_small_count_is_worked_out(seed: int) -> None:
    versions = versions_of(Random(seed))
    made, truth = let_out(versions, choose_hidden)
    assert worked_out(made, truth) == []
    small = {
        (number, key)
        for number, counts in enumerate(truth)
        for key, people in counts.items()
        if 1 <= people < 5
    }
    assert small <= made.unknown.keys()
    assert all(truth[number][key] > 0 for number, key in made.unknown)


def only_small(
    facts: Collection[Fact],
    laws: Collection[Law],
    told: Collection[Fact],
    hidden: Collection[Fact],
) -> set[Fact]:
    return {fact for fact in facts if is_small(fact) and fact.is_written}


def without_memory(
    facts: Collection[Fact],
    laws: Collection[Law],
    told: Collection[Fact],
    hidden: Collection[Fact],
) -> set[Fact]:
    return choose_hidden(facts, laws, (), ())


@pytest.mark.parametrize("choose", [only_small, without_memory])
def test_the_attacker_wins_where_less_is_hidden(choose: Choose) -> None:
    """Without the second hiding, or without a look at what was let out before."""
    assert any(worked_out(*let_out(versions_of(Random(seed)), choose)) for seed in range(20))


def test_the_order_of_what_is_given_decides_nothing() -> None:
    with as_database(make_counts(Random(3), 3)) as con:
        figures = read_figures(con)
    chosen = choose_hidden(figures.facts, figures.laws, (), ())
    again = choose_hidden(sorted(figures.facts), sorted(figures.laws, reverse=True), (), ())
    assert chosen == again != set()
