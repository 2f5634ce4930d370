"""The laws of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("baophu", "core", "ingestion", "publishing", "samples", "dags")
OURS = [p for room in (*ROOMS, "bench", "tests") for p in (ROOT / room).rglob("*.py")]


def test_layers_hold() -> None:
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_thing_and_says_what(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 550
    assert path.name not in ("utils.py", "helpers.py", "common.py")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "says nothing of itself"


def test_public_functions_of_the_rooms_have_docstrings() -> None:
    silent = []
    for path in OURS:
        if path.relative_to(ROOT).parts[0] not in ROOMS:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                silent.append(f"{path.name}:{node.name}")
    assert silent == []


def test_tests_take_nothing_from_one_another() -> None:
    """What several of them need lies in tests/support."""
    taken = re.compile(r"^\s*(from|import) tests\.(conftest|(\w+\.)*test_\w+)\b", re.MULTILINE)
    assert [path.name for path in OURS if taken.search(path.read_text(encoding="utf-8"))] == []


def test_dags_do_not_shadow_dbt() -> None:
    assert not [p.name for p in (ROOT / "dags").glob("dbt_*.py")]
    assert not list((ROOT / "dbt_project").rglob("__init__.py"))


def test_models_keep_to_sql_that_other_engines_have() -> None:
    forbidden = re.compile(
        r"\b(qualify|list_|struct_|unnest|generate_series|exclude|asof)\b|::", re.IGNORECASE
    )
    for path in (ROOT / "dbt_project" / "models").rglob("*.sql"):
        assert not forbidden.search(re.sub(r"--.*", "", path.read_text(encoding="utf-8"))), (
            path.name
        )
