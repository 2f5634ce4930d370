"""What is published, as its readers ask for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from tests.support.command import asked


def kpi(data: Path, *words: str) -> list[dict[str, Any]]:
    """The rows of `baophu kpi --format json`."""
    ran = asked("kpi", "--format", "json", *words, data=data)
    assert ran.code == 0, ran.err
    return list(json.loads(ran.out))


def district(data: Path, *words: str) -> dict[str, Any]:
    (row,) = kpi(data, "--by", "district", *words)
    return row


def content_hash(data: Path) -> str:
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        return str(con.execute("select content_hash from publication").fetchall()[0][0])


def texts_of(store: Path) -> set[str]:
    """Every text in every table of a DuckDB file (its bytes are compressed: searching them would
    find nothing)."""
    found: set[str] = set()
    with duckdb.connect(str(store), read_only=True) as con:
        columns = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where not internal and data_type = 'VARCHAR'"
        ).fetchall()
        for schema, table, column in columns:
            found |= {
                text
                for (text,) in con.execute(
                    f'select distinct "{column}" from "{schema}"."{table}"'
                ).fetchall()
                if text
            }
    return found
