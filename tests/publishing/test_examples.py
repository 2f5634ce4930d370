"""The queries of `examples/` run on the published file and give the answer that stands at their
end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.command import ROOT

QUERIES = sorted((ROOT / "examples").glob("*.sql"))
ANSWER = "-- => "


def as_text(value: Any) -> str:
    """One value as the answers are written: NULL, whole numbers without a point, others with two
    digits."""
    if value is None:
        return "NULL"
    if isinstance(value, float | Decimal):
        return str(int(value)) if value == int(value) else f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def test_none_is_missing() -> None:
    assert [int(query.name[:2]) for query in QUERIES] == list(range(1, 14))


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_answer(query: Path, two_versions: Path) -> None:
    text = query.read_text(encoding="utf-8")
    written = [line.removeprefix(ANSWER) for line in text.splitlines() if line.startswith(ANSWER)]
    with duckdb.connect(str(two_versions / "published" / "baophu.duckdb"), read_only=True) as con:
        rows = con.execute(text).fetchall()
    assert written, "the query has no answer to compare with"
    assert written == [" | ".join(map(as_text, row)) for row in rows]
