"""A warehouse that cannot be used is set aside before a night: landing has all that it held."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from core.errors import machine_faults
from ingestion.warehouse.load import is_of_this_schema, open_warehouse


def mend_warehouse(path: Path, latest_night: date) -> list[str]:
    """Before a night: set a warehouse aside that is damaged or of another version of the program,
    so that the night takes in all that is landed; and forget nights after `latest_night`, which
    stand there only by a clock that was wrong.

    Returns a sentence for each. Raises MachineFault as `open_warehouse` does.
    """
    if not path.exists():
        return []
    if (why := _why_unfit(path)) is not None:
        aside = path.with_name(f"set-aside.{path.name}")
        with machine_faults("set the warehouse aside"):
            if aside.is_dir():
                shutil.rmtree(aside)
            path.replace(aside)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        return [f"the warehouse {why}: it is built anew from landing; the old one lies in {aside}"]
    with open_warehouse(path) as connection:
        ahead = connection.execute(
            "DELETE FROM ops.nights WHERE night > ? RETURNING night", [latest_night]
        ).fetchall()
    return [
        f"the warehouse knew the night of {night}, which has not come: it is forgotten"
        for (night,) in sorted(ahead)
    ]


def _why_unfit(path: Path) -> str | None:
    """What is wrong with the warehouse, to follow "the warehouse"; None: nothing. Every block is
    read: DuckDB looks at a block's checksum only then."""
    try:
        with duckdb.connect(str(path)) as connection:
            if not is_of_this_schema(connection):
                return "was made by another version of the program"
            for schema, table in connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables()"
            ).fetchall():
                connection.execute(
                    f'SELECT bit_xor(hash(t)) FROM "{schema}"."{table}" AS t'
                ).fetchall()
        return None
    except duckdb.Error as exc:
        if any(
            words in str(exc).lower()
            for words in (
                "could not set lock",
                "permission denied",
                "no space left",
                "read-only file system",
            )
        ):
            with open_warehouse(path):  # says which
                pass
        return "is damaged"
