"""Settings that make no sense are refused by name before anything is done."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from baophu.env_file import read_env_file
from core.errors import OfficeFault
from core.settings import Limits, Settings, variable
from core.settings_document import env_example, settings_page
from publishing.store import create_store, read_warehouse
from tests.support.command import ROOT, baophu

NONSENSE = [
    ("BAOPHU_WORKERS", "-2"),
    ("BAOPHU_WORKERS", "1.5"),
    ("BAOPHU_WORKERS", "abc"),
    ("BAOPHU_SECONDS_PER_FILE", "0"),
    ("BAOPHU_SECONDS_PER_FILE", "nan"),
    ("BAOPHU_SECONDS_PER_FILE", "inf"),
    ("BAOPHU_MAX_CELLS", "0"),
    ("BAOPHU_MAX_FILE_MIB", "-50"),
    ("BAOPHU_WORKER_MIB", "1"),
    ("BAOPHU_HOLD_FILE_SHARE", "7"),
    ("BAOPHU_SEALED_WITHIN_MINUTES", "-5"),
    ("BAOPHU_RETRY_MINUTES", "2 minutes"),
    ("BAOPHU_FIRST_NIGHT", "30/02/2019"),
]


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_nonsense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    Settings.from_environment()
    monkeypatch.setenv(name, value)
    with pytest.raises(OfficeFault, match=re.escape(f"{name} is {value!r}")):
        Settings.from_environment()


def test_what_makes_sense_is_taken_and_an_empty_setting_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BAOPHU_MAX_CELLS", "12")
    monkeypatch.setenv("BAOPHU_WORKERS", "")
    monkeypatch.setenv("BAOPHU_SETTLE_SECONDS", " 0 ")
    limits = Limits.from_environment()
    assert (limits.max_cells, limits.workers, limits.settle_seconds) == (12, 0, 0)


def test_a_command_names_every_wrong_setting_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOPHU_WORKERS", "-2")
    monkeypatch.setenv("BAOPHU_HOLD_FILE_SHARE", "7")
    ran = baophu("status", data=tmp_path / "data")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "BAOPHU_WORKERS" in ran.err
    assert "BAOPHU_HOLD_FILE_SHARE" in ran.err
    assert not (tmp_path / "data").exists()


def test_the_dags_refuse_them_when_they_are_read(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'dags'}",
        "BAOPHU_RETRY_MINUTES": "-1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", "import night_run"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "OfficeFault: BAOPHU_RETRY_MINUTES is '-1'" in ran.stderr


def test_every_setting_is_named_to_operators() -> None:
    named = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert named == env_example(), "run `make docs`"
    assert [name for name in Settings.model_fields if f"{variable(name)}=" not in named] == [
        "env_file"
    ]
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page(), (
        "run `make docs`"
    )


def test_the_example_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = Settings.from_environment()
    for name, value in read_env_file(ROOT / ".env.example").items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == as_it_is


def test_every_variable_that_the_program_reads_is_declared() -> None:
    # one part of the program tells another
    inside = {
        "BAOPHU_API",
        "BAOPHU_SERVER",
        "BAOPHU_WAREHOUSE",
    }
    rooms = ("baophu", "core", "dags", "ingestion", "publishing", "samples")
    texts = [
        path.read_text(encoding="utf-8") for room in rooms for path in (ROOT / room).rglob("*.py")
    ]
    written = set(re.findall(r"BAOPHU_[A-Z]+(?:_[A-Z]+)*\b", "\n".join(texts)))
    assert written - inside - {variable(name) for name in Settings.model_fields} == set()


def test_an_apostrophe_in_the_path_of_a_store(tmp_path: Path) -> None:
    path = tmp_path / "Cô Ba's data" / "one.duckdb"
    path.parent.mkdir()
    import duckdb

    with duckdb.connect(":memory:") as con, create_store(con, path, "out"):
        con.execute("create table out.main.one as select 1 as number")
    with read_warehouse(path) as con:
        assert con.execute("select number from one").fetchall() == [(1,)]
