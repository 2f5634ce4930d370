"""A client that reads the published file again and again: DuckDB's Python package of any version,
its command line, or SQLAlchemy. Runs in that client's own environment: standard library only.

`python reader.py KIND VERSION PUBLISHED QUESTIONS STOP`. KIND: python, cli or sqlalchemy. VERSION:
what the client's own must begin with. QUESTIONS: a JSON list of queries with one text each. Prints
`ready`, and when the file STOP is there {"opened": …, "seen": [[text, …], …], "trouble": […]}.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PAUSE = 3
"""Seconds between two looks: a person at a dashboard, not a mill."""
Ask = Callable[[Sequence[str]], list[str]]


def by_python(published: str, version: str) -> Ask:
    """A connection of its own for each look."""
    import duckdb

    assert duckdb.__version__.startswith(version), duckdb.__version__

    def ask(questions: Sequence[str]) -> list[str]:
        with duckdb.connect(published, read_only=True) as con:
            return [str(con.execute(question).fetchall()[0][0]) for question in questions]

    return ask


def by_sqlalchemy(published: str, version: str) -> Ask:
    """One engine, which opens the file anew for each connection (NullPool)."""
    import duckdb
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import NullPool

    assert duckdb.__version__.startswith(version), duckdb.__version__
    engine = create_engine(f"duckdb:///{published}?access_mode=READ_ONLY", poolclass=NullPool)

    def ask(questions: Sequence[str]) -> list[str]:
        with engine.connect() as con:
            return [str(con.execute(text(question)).scalar()) for question in questions]

    return ask


def by_cli(published: str, version: str) -> Ask:
    """`duckdb` of the PATH, once for each look."""
    told = subprocess.run(["duckdb", "--version"], check=True, capture_output=True, text=True)
    assert told.stdout.startswith(f"v{version}"), told.stdout
    command = ["duckdb", "-readonly", "-noheader", "-list", published]

    def ask(questions: Sequence[str]) -> list[str]:
        words = [*command, ";".join(questions)]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return ask


def main(kind: str, version: str, published: str, questions: str, stop: str) -> None:
    """Reads until it is told to stop, at least once."""
    ask = {"python": by_python, "sqlalchemy": by_sqlalchemy, "cli": by_cli}[kind](
        published, version
    )
    asked = json.loads(Path(questions).read_text(encoding="utf-8"))
    seen: list[list[str]] = []
    opened = 0
    trouble: list[str] = []
    print("ready", flush=True)
    while opened + len(trouble) == 0 or not Path(stop).exists():
        try:
            answers = ask(asked)
            opened += 1
            if answers not in seen:
                seen.append(answers)
        except Exception as exc:  # noqa: BLE001 - the test looks at it
            trouble.append(repr(exc))
        time.sleep(PAUSE)
    print(json.dumps({"opened": opened, "seen": seen, "trouble": trouble}))


if __name__ == "__main__":
    main(*sys.argv[1:])
