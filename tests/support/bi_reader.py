"""How a BI tool reads a published file."""

from __future__ import annotations

from pathlib import Path

import duckdb


def fingerprint(published: Path) -> tuple[str, str]:
    """(version, every row of every table in one number), read as a BI tool reads: connect, ask,
    go."""
    with duckdb.connect(str(published), read_only=True) as con:
        names = [
            name
            for (name,) in con.execute(
                "select table_name from duckdb_tables() order by 1"
            ).fetchall()
        ]
        rows = [
            con.execute(f'select count(*), bit_xor(hash(t)) from "{name}" as t').fetchall()[0]
            for name in names
        ]
        return str(con.execute("select version from publication").fetchall()[0][0]), repr(
            list(zip(names, rows, strict=True))
        )
