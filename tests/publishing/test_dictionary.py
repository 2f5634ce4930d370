"""Every published figure is defined once, and docs/dictionary.md says the same."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DBT_PROJECT, DataFolder
from publishing.dictionary import PAGE, Definition, definitions, page

ROOT = PAGE.parent.parent


@pytest.fixture(scope="module")
def published(first_night: Path) -> list[Definition]:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        return definitions(con, "kpi_definition")


def test_every_figure_has_one_entry_and_every_entry_a_figure(
    first_night: Path, published: list[Definition]
) -> None:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        figures = con.execute(
            "select table_name, column_name from duckdb_columns() inner join duckdb_tables() using (table_oid, table_name) "
            "where regexp_matches(table_name, '^(kpi_by|fct)_') and data_type not in ('VARCHAR', 'DATE', 'TIMESTAMP')"
        ).fetchall()
    defined = [
        (table, str(row["code"]).split(".")[-1])
        for row in published
        for table in str(row["tables"]).split(", ")
    ]
    assert sorted(defined) == sorted(figures)
    assert all(
        row["tables"] == str(row["code"]).split(".")[0]
        for row in published
        if "." in str(row["code"])
    )


def test_every_block_of_figures_is_used_and_whole(published: list[Definition]) -> None:
    figures = (DBT_PROJECT / "models" / "figures.md").read_text(encoding="utf-8")
    blocks = dict(
        re.findall(
            r"^\{% docs (\w+) %\}\n(.*?)\n\{% enddocs %\}$", figures, re.DOTALL | re.MULTILINE
        )
    )
    # a block may stand for the columns of several tables, each with a code of its own
    assert len(blocks) == len({(row["name_vi"], row["formula_vi"]) for row in published})
    used = {(row["name_vi"], row["name_en"]) for row in published}
    keys = re.compile(
        r"- theme: \S+\n- formula_vi: .+\n- formula_en: .+\n- unit: .+\n- adds: .+\n- source: .+(\n- choices: .+)?"
    )
    for name, said in blocks.items():
        first, _, rest = said.partition("\n\n")
        assert tuple(first.split(" · ")) in used, name
        assert keys.fullmatch(rest), name


def test_the_sources_named_are_there(published: list[Definition]) -> None:
    for named in {str(row["source"]) for row in published}:
        if named.startswith("docs/"):
            path, _, heading = named.partition(", ")
            assert (
                f"\n## {heading}\n" in (ROOT / path).read_text(encoding="utf-8") or not heading
            ), named


def test_the_page_is_not_stale(published: list[Definition]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(published), "run `make docs`"
