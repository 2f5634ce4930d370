"""Two tables side by side: the first row and column in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from publishing.store import quoted


@dataclass(frozen=True)
class Difference:
    """Where a table differs from the same table elsewhere, named by the first row that does.

    `key`: column -> value of the row, None where the columns themselves differ. `column`: None
    where one side has no such row. `left`, `right`: the values there.
    """

    table: str
    key: dict[str, Any] | None = None
    column: str | None = None
    left: Any = None
    right: Any = None
    is_left: bool = True
    is_right: bool = True
    """Whether each side has the row."""

    def place(self) -> str:
        """Table, row and column, in words."""
        row = ", ".join(f"{name}={_text(value)}" for name, value in (self.key or {}).items())
        column = f"column {self.column}" if self.column else ""
        return ", ".join(part for part in (self.table, row, column) if part)


def first_difference(
    con: duckdb.DuckDBPyConnection,
    table: str,
    left: str,
    right: str,
    key: Sequence[str],
    where: str = "true",
) -> Difference | None:
    """The first difference by `key`, of the rows for which `where` holds; None where there is none.

    `left`, `right`: the tables as SQL names them, quoted. `key`: columns that tell rows apart;
    where both sides have several rows of one key, the first of them are compared.
    """
    names = [[c[0] for c in con.execute(f"from {t} limit 0").description] for t in (left, right)]
    if set(names[0]) != set(names[1]):
        column = min(set(names[0]) ^ set(names[1]))
        has = column in names[0]
        return Difference(table, None, column, is_left=has, is_right=not has)
    columns = ", ".join(map(quoted, names[0]))
    sides = [f"(select {columns} from {t} where {where})" for t in (left, right)]
    only = [f"(from {a} except all from {b})" for a, b in (sides, sides[::-1])]
    keys = ", ".join(map(quoted, key))
    found = con.execute(
        f"select {keys} from {only[0]} union all select {keys} from {only[1]} order by all limit 1"
    ).fetchall()
    if not found:
        return None
    (values,) = found
    same = " and ".join(f"{quoted(column)} is not distinct from ?" for column in key)
    rows = [
        con.execute(
            f"select {columns} from {side} where {same} order by all limit 1", values
        ).fetchall()
        for side in only
    ]
    at = dict(zip(key, values, strict=True))
    if not rows[0] or not rows[1]:
        return Difference(table, at, is_left=bool(rows[0]), is_right=bool(rows[1]))
    column, mine, theirs = next(
        each for each in zip(names[0], rows[0][0], rows[1][0], strict=True) if each[1] != each[2]
    )
    return Difference(table, at, column, mine, theirs)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
