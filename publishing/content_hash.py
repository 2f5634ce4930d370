"""One hash for what a version says, whatever the order of its rows and whenever it was made.

Canonical encoding: a table is its name, the names of its columns, and its rows as JSON arrays,
sorted as text; numbers as Python writes them, dates and instants in ISO 8601, NULL as null. Tables
follow each other by name. `publication` (which holds the hash) is left out, and so are the arrivals
of `fct_submissions` with the verdict `duplicate`: the same bytes again say nothing new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

LEFT_OUT = "publication"


@dataclass(frozen=True)
class Table:
    """The logical content of a table: column names, and rows of cells in that order."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def content_hash(tables: Mapping[str, Table]) -> str:
    """SHA-256, in hexadecimal, over all tables but `publication`."""
    return hash_of_hashes(
        {name: table_hash(name, table) for name, table in tables.items() if name != LEFT_OUT}
    )


def hash_of_hashes(hashes: Mapping[str, str]) -> str:
    """The content hash, from the hash of each table."""
    whole = hashlib.sha256()
    for name in sorted(hashes):
        whole.update(f"{name}\n{hashes[name]}\n".encode())
    return whole.hexdigest()


def table_hash(name: str, table: Table) -> str:
    """SHA-256 of one table, as it goes into the content hash."""
    own = hashlib.sha256(json.dumps(list(table.columns)).encode())
    for line in sorted(_lines(name, table)):
        own.update(line.encode())
        own.update(b"\n")
    return own.hexdigest()


def _lines(name: str, table: Table) -> Iterable[str]:
    verdict = list(table.columns).index("verdict") if name == "fct_submissions" else None
    for row in table.rows:
        if verdict is None or row[verdict] != "duplicate":
            yield json.dumps(list(row), ensure_ascii=False, default=_as_text, separators=(",", ":"))


def _as_text(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    # a new type needs a decision, not a guess
    raise TypeError(f"no canonical form for {type(value).__name__}")
