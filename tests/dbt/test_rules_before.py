"""Whatever a test of the marts would stop because of what a sender wrote is a finding at its cell
first: for every dbt test the rules that find it before, or why no sender can make it fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from baophu.intake import check
from core.data_folder import DBT_PROJECT, DataFolder
from ingestion.forms.contracts import reference_sheets
from ingestion.rules.rulebook import rules
from samples.workbooks import REFERENCE_LABELS
from tests.support.office_lists import LISTS, cell_of, places, workbook

KEY = "the model makes the key itself: it groups, takes distinct values or the first of a rank"
SUM = "what a sender wrote reaches both sides of the comparison alike"
WORD = "our own code writes these words"
LIST = "lists of ours (seeds, the calendar, the dictionary)"
COUNTED = "loading counts or writes it itself, for every file and row; an amount that cannot be read counts 0 and is found by its rules"
PLACE = ("BP-011", "BP-111", "BP-711", "BP-804", "BP-806", "BP-807")
"""A row in force has a commune: its own, or that of its agent's collection point."""
MONTHS = ("BP-201", "BP-202", "BP-203", "BP-204", "BP-211", "BP-212")
PERSON = ("BP-101", "BP-102", "BP-105", "BP-106")
LISTED = ("BP-802", "BP-804")

FOUND_BEFORE: dict[str, str | tuple[str, ...]] = {
    # the tests that are files of their own
    "agents_never_more_than_all": SUM,
    "communes_add_up_to_district": SUM,
    "every_row_in_one_file": COUNTED,
    "everyone_covered_is_counted": PLACE,
    "known_on_is_one_day": LIST,
    "money_is_loaded_as_read": COUNTED,
    "money_is_that_of_the_rows": SUM,
    "months_chain": SUM,
    "moves_net_to_nothing": SUM,
    "net_change_is_explained": SUM,
    "net_new_adds_over_time": SUM,
    "nothing_lost": COUNTED,
    "one_commune_on_every_date": LIST,
    "payments_give_cover": (*PERSON, *MONTHS),
    "rows_in_force_are_placed": SUM,
    "stayers_and_comers_are_all": SUM,
    "targets_add_over_places_only": SUM,
    # what is loaded
    "stg_intake__submissions.one_row_per": COUNTED,
    "stg_intake__decisions.one_row_per": COUNTED,
    "stg_ops__findings.never_null": COUNTED,
    # the office's lists
    "stg_reference__official_counts.one_row_per": LISTED,
    "stg_reference__population.one_row_per": LISTED,
    "stg_reference__targets.one_row_per": LISTED,
    "stg_reference__villages.one_row_per": LISTED,
    "int_agents__expected.one_row_per": ("BP-806", "BP-807"),
    "int_reference__officers.one_row_per": KEY,
    "dim_agent.one_row_per": (*LISTED, "BP-806"),
    "dim_association.one_row_per": (*LISTED, "BP-806"),
    "dim_officer.one_row_per": LISTED,
    "dim_officer_person.one_row_per": LISTED,
    "keys_join_to_one": (*LISTED, "BP-806"),
    "fct_control_totals.one_row_per": (*LISTED, "BP-815"),
    "fct_targets.one_row_per": LISTED,
    # rows of people, and where they count
    "int_rows__placed.one_row_per": PLACE,
    "int_places__numbered.one_row_per": PLACE,
    "int_payments__bounded.one_row_per": (*PERSON, *PLACE, *MONTHS),
}
for name in [
    "int_agents__measured",
    "int_agents__reports",
    "int_agents__worked",
    "int_rows__decided",
    "int_rows__fates",
    "int_rows__resolved",
    "int_rows__restated",
    "int_rows__uncountable",
    "int_cancellations__matched",
    "int_person_months__changed",
    "int_renewals__awaited",
    "int_place_months__counted",
    "int_renewals__counted",
    "int_communes__in_scope",
    "int_communes__carried_values",
    "int_communes__measured",
    "int_districts__openings",
    "int_holders__month_ends",
    "int_renewals__expected",
    "int_targets__on_reporting_dates",
    "kpi_by_agent",
    "kpi_by_association",
    "kpi_by_commune",
    "kpi_by_district",
    "kpi_by_officer",
    "kpi_by_system",
    "fct_cohorts",
    "fct_participation_by_commune_month",
    "fct_rejections",
    "fct_renewals",
    "fct_submissions",
]:
    FOUND_BEFORE[f"{name}.one_row_per"] = KEY
for name in [
    "int_calendar__reporting_dates",
    "dim_month",
    "dim_date",
    "dim_rule",
    "dim_commune",
    "int_communes__on_reporting_dates",
    "kpi_definition",
    "support_rules",
    "contribution_rules",
    "payment_terms",
    "rules",
    "communes",
]:
    FOUND_BEFORE[f"{name}.one_row_per"] = LIST
FOUND_BEFORE |= {
    "int_cancellations__matched.unique": KEY,
}


def dbt_tests(project: Path) -> Iterator[str]:
    """`name` of each test that is a file; `model.test` and `model.column.test` of each in the YAML,
    constraints of a contract too, but keys."""
    yield from (path.stem for path in (project / "tests").glob("*.sql"))
    for path in project.rglob("*.yml"):
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        tables = [
            *(said.get("models") or []),
            *(said.get("seeds") or []),
            *(t for s in said.get("sources") or [] for t in s["tables"]),
        ]
        for table in [t for t in tables if isinstance(t, dict)]:
            yield from (f"{table['name']}.{name}" for name in _names(table))
            for column in table.get("columns") or []:
                yield from (f"{table['name']}.{column['name']}.{name}" for name in _names(column))


def _names(owner: dict[str, Any]) -> Iterator[str]:
    # keys are declared only: one_row_per and keys_join_to_one hold them
    held = [
        limit
        for limit in owner.get("constraints") or []
        if limit["type"] not in ("primary_key", "foreign_key")
    ]
    for test in [*(owner.get("data_tests") or []), *(owner.get("tests") or []), *held]:
        yield test if isinstance(test, str) else str(test.get("type") or next(iter(test)))


def test_every_dbt_test_has_its_line() -> None:
    found = set(dbt_tests(DBT_PROJECT))
    assert len(found) > 70
    assert (found - FOUND_BEFORE.keys(), FOUND_BEFORE.keys() - found) == (set(), set())


def test_every_rule_named_exists_and_keeps_its_row_out() -> None:
    named = {code for line in FOUND_BEFORE.values() if isinstance(line, tuple) for code in line}
    assert named - rules().keys() == set()
    assert {code for code in named if rules()[code].severity == "warn"} == set(), (
        "a warning lets its row go on to the marts"
    )


def test_every_list_of_the_office_is_refused_at_the_cell_that_a_dbt_test_would_stop(
    tmp_path: Path,
) -> None:
    """All in one call: every value needed left out once, every row written twice, every count that
    is not one holder's."""
    expected = {}
    for spec in reference_sheets():
        columns = list(REFERENCE_LABELS[spec.sheet].values())
        for name in [column.field for column in spec.columns if column.required]:
            at = columns.index(name)
            content = workbook(
                lambda lists, sheet=spec.sheet, at=at: lists[sheet][0].__setitem__(at, None)
            )
            expected[f"{spec.sheet}-{name}"] = (
                content,
                (spec.sheet, cell_of(spec.sheet, 0, name), "BP-802"),
            )
        content = workbook(
            lambda lists, sheet=spec.sheet: lists[sheet].append(list(lists[sheet][0]))
        )
        expected[f"{spec.sheet}-twice"] = (
            content,
            (spec.sheet, f"A{len(LISTS[spec.sheet]) + 3}", "BP-804"),
        )
    for commune, district in ((None, None), ("12142", "329")):
        content = workbook(
            lambda lists, row=["07/2017", commune, district, 9, None]: lists[
                "so_chinh_thuc"
            ].append(row)
        )
        expected[f"of-{commune}-{district}"] = (
            content,
            ("so_chinh_thuc", cell_of("so_chinh_thuc", 1, "commune_code"), "BP-815"),
        )
    folder = tmp_path / "box"
    folder.mkdir()
    for name, (content, _) in expected.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    said = {
        Path(one["path"]).stem: one
        for one in check(DataFolder(tmp_path / "none"), [folder], None, office=True)
    }
    assert {name: one["verdict"] for name, one in said.items()} == dict.fromkeys(
        expected, "rejected"
    )
    assert {
        name: place for name, (_, place) in expected.items() if place not in places(said[name])
    } == {}
