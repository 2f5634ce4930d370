"""Clients of every release of DuckDB from 1.1 on read the published file while nights publish: no
error, and each look sees one version, whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DataFolder
from publishing import release
from publishing.store import quoted
from tests.support.command import ROOT

pytestmark = pytest.mark.slow

PUBLISHES = 20
CLIENTS = ROOT / ".clients"
READERS = ROOT / "tests" / "support" / "clients"
SUPERSET = ROOT / ".venv-superset" / "bin" / "python"
CHANGED = ("kpi_by_agent", "kpi_by_commune", "kpi_by_district")
"""Each publish adds a đồng to every row of these: a look at two versions would not add up."""


@dataclass(frozen=True)
class Client:
    """`kind` and `version` as the readers take them. `path`: a folder before the PYTHONPATH or the
    PATH."""

    kind: str
    version: str
    folder: str = ""

    def words(self) -> list[str]:
        if self.kind in ("node", "wasm"):
            node = shutil.which("node")
            assert node, "these tests need Node.js"
            return [node, str(READERS / "reader.mjs"), self.kind, self.version]
        python = str(SUPERSET) if self.kind == "sqlalchemy" else sys.executable
        return [python, str(READERS / "reader.py"), self.kind, self.version]

    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        if self.kind == "python" and self.folder:
            kept["PYTHONPATH"] = str(CLIENTS / self.folder)
        if self.kind == "cli":
            kept["PATH"] = f"{CLIENTS / self.folder}:{kept['PATH']}"
        return kept | {"CLIENTS": str(CLIENTS)}


MATRIX = (
    *(
        Client("python", version, f"python-{version}")
        for version in ("1.1", "1.2", "1.3", "1.4", "1.5")
    ),
    Client("python", "2.0"),
    Client("cli", "1.5", "cli/duckdb_cli"),
    Client("sqlalchemy", "1.4"),
    Client("node", "1.5"),
    Client("wasm", "1.4"),
)


def questions(published: Path) -> list[str]:
    """One text each: the version, the rows of every table and view, and the money of the tables
    that change."""
    with duckdb.connect(str(published), read_only=True) as con:
        names = [
            str(name)
            for (name,) in con.execute(
                "select table_name from duckdb_tables() union all "
                "select view_name from duckdb_views() where not internal order by 1"
            ).fetchall()
        ]
    assert len(names) > 30
    rows = [f"select cast(count(*) as varchar) from {quoted(name)}" for name in names]
    money = [f"select cast(sum(contributions_vnd) as varchar) from {name}" for name in CHANGED]
    return ["select version from publication", *rows, *money]


def answers(published: Path, asked: list[str]) -> tuple[str, ...]:
    with duckdb.connect(str(published), read_only=True) as con:
        return tuple(str(con.execute(question).fetchall()[0][0]) for question in asked)


def test_every_client_reads_while_twenty_nights_publish(
    night_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the monthly report takes half the time of a publish, and no client of DuckDB reads it
    monkeypatch.setattr(release, "write_reports", lambda store, part: None)
    assert (CLIENTS / ".ready").exists(), "run `make .clients/.ready`"
    assert SUPERSET.exists(), "run `make .venv-superset/.ready`"
    places = DataFolder(night_folder)
    asked, stop = questions(places.published), tmp_path / "stop"
    (tmp_path / "questions.json").write_text(json.dumps(asked), encoding="utf-8")
    files = [str(places.published), str(tmp_path / "questions.json"), str(stop)]
    readers = {
        client: subprocess.Popen(
            [*client.words(), *files],
            env=client.env(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for client in MATRIX
    }
    try:
        for client, reader in readers.items():
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n", client
        whole = {answers(places.published, asked)}
        for number in range(PUBLISHES):
            with duckdb.connect(str(places.warehouse)) as con:
                for table in CHANGED:
                    con.execute(
                        f"update marts.{table} set contributions_vnd = contributions_vnd + 1"
                    )
            made = release.publish(night_folder)
            assert not made.unchanged, number
            # by its own name, which nobody holds open
            whole.add(answers(made.path / "baophu.duckdb", asked))
        stop.touch()
        told = {
            client: json.loads(reader.communicate(timeout=120)[0])
            for client, reader in readers.items()
        }
    finally:
        for reader in readers.values():
            reader.kill()
    assert len(whole) == PUBLISHES + 1
    for client, said in told.items():
        assert said["trouble"] == [], client
        seen = {tuple(look) for look in said["seen"]}
        assert seen <= whole, client
        # not one old version again and again
        assert len(seen) > 1, client
        assert said["opened"] >= len(seen), client
    assert len({tuple(look) for said in told.values() for look in said["seen"]}) > PUBLISHES // 2
