"""docs/tables.md draws the tables as the models' YAML has them."""

from __future__ import annotations

from publishing.entities import PAGE, joins, page, read_entities


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(read_entities()), "run `make docs`"


def test_tables_join_by_the_keys_of_dimensions() -> None:
    entities = read_entities()
    keys = {entity.name: entity.key for entity in entities}
    assert {"reporting_date", "commune_code"} <= set(keys["kpi_by_commune"])
    joined = joins(entities)
    assert ("dim_commune", "kpi_by_commune", "commune_key") in joined
    assert ("dim_month", "fct_renewals", "month") in joined
    types = {entity.name: entity.types for entity in entities}
    for entity in entities:
        for key in entity.foreign:
            assert types[key.to_table][key.to_column] == types[entity.name][key.column]
            assert keys[key.to_table] == (key.to_column,)
