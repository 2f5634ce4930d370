"""What must not depend on what happened on the way to a published night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

NIGHT = "2017-07-31"


def state(data: Path) -> dict[str, Any]:
    """What must not depend on what happened on the way."""
    said: dict[str, Any] = {}
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        said["version"], said["hash"] = con.execute("select version, content_hash from publication").fetchall()[0]
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        for table in ("raw.submissions", "raw.sheet_rows", "raw.ref_versions", "ops.findings"):
            said[table] = con.execute(f"select * from {table} order by all").fetchall()
    said["landed"] = sorted(p.relative_to(data).as_posix() for p in (data / "landing").rglob("[!.]*") if p.is_file())
    said["inbox"] = [p for p in (data / "inbox").rglob("*") if p.is_file()]
    said["snapshot"] = (data / "warehouse" / "asof.duckdb").exists()
    return said
