"""Each defect of real sheets comes to what its folder says: rows, findings with their cells,
repairs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.golden.cases import CASES, HERE, outcomes


def test_every_folder_is_a_case_and_every_case_a_folder() -> None:
    folders = {
        path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("__")
    }
    assert folders == CASES.keys()
    for name, case in CASES.items():
        assert (HERE / name / "README").read_text(encoding="utf-8").splitlines() == [
            case.stands,
            case.comes,
        ]


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    return outcomes(list(CASES))


@pytest.mark.parametrize("name", CASES)
def test_a_defect_comes_to_what_its_folder_says(
    found: dict[str, dict[str, Any]], name: str
) -> None:
    expected = json.loads((HERE / name / "expected.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(found[name], ensure_ascii=False)) == expected
