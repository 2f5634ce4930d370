"""publishing/outward/rules.yml says of every published column whether it leaves the office."""

from __future__ import annotations

import pytest

from publishing.entities import read_entities
from publishing.outward.facts import ASSOCIATIONS, COMMUNES, DISTRICTS
from publishing.outward.hiding import LOSS
from publishing.outward.rules import leaving_tables, people_tables


def columns() -> dict[str, set[str]]:
    """Of every mart, and of the three tables that a version has beside them."""
    marts = {entity.name: set(entity.types) for entity in read_entities()}
    return {
        **marts,
        "publication": set(),
        "publication_changes": set(),
        "publication_ledger": set(),
    }


def test_every_column_has_a_rule() -> None:
    assert (
        {DISTRICTS, COMMUNES, ASSOCIATIONS} == set(people_tables()) < set(leaving_tables(columns()))
    )


def test_a_new_column_or_table_needs_one() -> None:
    found = columns()
    with pytest.raises(KeyError, match="money_of_each"):
        leaving_tables({**found, "dim_agent": {*found["dim_agent"], "money_of_each"}})
    with pytest.raises(KeyError, match="fct_people"):
        leaving_tables({**found, "fct_people": {"name"}})


def test_what_readers_lose_is_said_of_every_count_of_people() -> None:
    assert set(LOSS) == {
        (table, column) for table, rule in people_tables().items() for column in rule.people
    }


def test_all_that_counts_people_is_a_count_or_follows_from_one_or_stays() -> None:
    """A number of people that leaves as it is would be hidden nowhere."""
    open_numbers = {
        column
        for entity in read_entities()
        if entity.name in people_tables()
        for column in people_tables()[entity.name].open
        if entity.types[column] in ("bigint", "double")
    }
    assert open_numbers == {
        *("population", "working_age_population", "villages"),
        *("target_participants", "year_target"),
        *("agents_expected", "agents_reported", "agents_on_time"),
    }
