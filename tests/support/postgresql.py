"""A PostgreSQL of a test's own, by the programs that `make up` uses."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baophu import postgres
from tests.support.mailbox import free_port


@contextmanager
def running(password: str = "owner", port: int | None = None) -> Iterator[postgres.Cluster]:
    """A server on loopback, with the superuser `baophu` and the database `airflow`; gone after the
    block. `port`: None for any that is free."""
    programs = postgres.find_programs()
    assert programs is not None
    with tempfile.TemporaryDirectory(prefix="baophu-postgresql-") as name:
        Path(name).chmod(0o755)
        cluster = postgres.Cluster(Path(name) / "postgres", programs, port or free_port(), password)
        cluster.create()
        server = subprocess.Popen(
            cluster.command(),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **postgres.privileges(),
        )
        try:
            cluster.wait()
            yield cluster
        finally:
            server.terminate()
            server.wait(60)
