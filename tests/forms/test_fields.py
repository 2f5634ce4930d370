"""The schema of a row stands once: what reads it agrees with it, and a wrong entry is named."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from ingestion.forms import fields as schema
from ingestion.forms.contracts import forms
from ingestion.forms.normalise import READERS
from ingestion.warehouse.load import COLUMNS

CONTRACTS = schema.FILE.parent / "contracts"
STAGING = (
    Path(__file__).resolve().parents[2]
    / "dbt_project"
    / "models"
    / "staging"
    / "intake"
    / "stg_intake__sheet_rows.sql"
)


def test_every_type_can_be_read_and_stored() -> None:
    contract = json.loads((CONTRACTS / "schema.json").read_text(encoding="utf-8"))
    assert (
        set(READERS)
        == set(schema.STORED_AS)
        == set(contract["$defs"]["column"]["properties"]["type"]["enum"])
    )


def test_every_column_of_a_form_is_a_field_of_the_schema() -> None:
    """A form may name a field freely; none of ours does."""
    named = {column.field for form in forms() for column in form.columns}
    assert sorted(named - set(schema.fields())) == []


def test_staging_reads_the_rows_as_they_are_stored() -> None:
    """Every column that staging takes over under its own name has the type that the schema gives
    it."""
    columns = COLUMNS["raw.sheet_rows"]
    with duckdb.connect() as con:
        con.execute("create schema raw")
        con.execute(
            f"create table raw.sheet_rows ({', '.join(f'{name} {type_}' for name, type_ in columns.items())})"
        )
        query = STAGING.read_text(encoding="utf-8").replace(
            "{{ source('raw', 'sheet_rows') }}", "raw.sheet_rows"
        )
        types = {name: type_ for name, type_, *_ in con.execute(f"describe {query}").fetchall()}
    shared = types.keys() & columns.keys()
    assert len(shared) > 15
    odd = {name: types[name] for name in shared if types[name] != columns[name]}
    assert odd == {"months": "INTEGER"}  # stored as any count is; cast by staging


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("- {field: region, type: txt, title_vi: Vùng}", "field region: type 'txt' is not one of"),
        ("- {field: months, type: count, title_vi: Số tháng}", "field months stands twice"),
        ("- {field: region, type: text}", "region: .*title_vi"),
        ("- {field: region, type: text, title_vi: Vùng, store: false}", "region: .*store"),
    ],
)
def test_a_wrong_entry_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, entry: str, says: str
) -> None:
    file = tmp_path / "fields.yaml"
    file.write_text(schema.FILE.read_text(encoding="utf-8") + entry, encoding="utf-8")
    monkeypatch.setattr(schema, "FILE", file)
    with pytest.raises(ValueError, match=f"^fields.yaml: {says}"):
        schema.fields.__wrapped__()
