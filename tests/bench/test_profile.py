"""The counts of the profile are those of the project, and CPU seconds are those of the whole
family."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from bench.profile import counts, cpu_seconds, modules, sql_seconds
from publishing.build_results import Node


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_parts_of_a_project_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "models/staging/stg_a.sql", "select 1 as x\n")
    write(tmp_path / "models/intermediate/int_a.sql", "select *\nfrom {{ ref('stg_a') }}\n")
    write(
        tmp_path / "models/marts/dim_a.sql",
        "select * from {{ ref('int_a') }}, {{ ref('a_seed') }}\n",
    )
    write(
        tmp_path / "models/a.yml",
        "models:\n  - name: int_a\n    data_tests: [x, y]\n    columns:\n      - {name: x, data_tests: [z]}\n",
    )
    write(
        tmp_path / "macros/m.sql", "{% macro a() %}{% endmacro %}\n{% macro b() %}{% endmacro %}\n"
    )
    write(tmp_path / "tests/law.sql", "select 1\n")
    assert counts(tmp_path) == {
        "models": 3,
        "of them intermediate": 1,
        "depth": 3,
        "dbt tests": 4,
        "of them laws (files)": 1,
        "macros": 2,
        "lines of SQL": 7,
        "lines of YAML": 5,
    }


def test_modules_of_the_house_are_counted() -> None:
    found = modules()
    assert found["dags"] > 2
    assert found["core"] > 2


def test_cpu_seconds_are_those_of_children_too(tmp_path: Path) -> None:
    work = "sum(i * i for i in range(3_000_000))"
    alone = cpu_seconds([sys.executable, "-c", "pass"], tmp_path)
    child = cpu_seconds(
        [
            sys.executable,
            "-c",
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{work}'])",
        ],
        tmp_path,
    )
    assert child > alone + 0.05
    with pytest.raises(RuntimeError, match="ended with 3"):
        cpu_seconds([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_sql_is_run_again_and_changes_nothing(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create table t as select 1 as x")
    queries = {
        "model.baophu.m": "select sum(range) as s from range(5_000_000)",
        "test.baophu.n": "select * from t where x > 1",
        "seed.baophu.s": None,
    }
    seconds = sql_seconds(
        warehouse,
        [
            Node(name, "success", 0.0, None, sql, "marts", "", {}, ())
            for name, sql in queries.items()
        ],
    )
    assert seconds["model"] > 0
    assert seconds["test"] >= 0
    with duckdb.connect(str(warehouse), read_only=True) as con:
        assert con.execute("select table_name from duckdb_tables()").fetchall() == [("t",)]
