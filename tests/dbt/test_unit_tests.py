"""What the nightly build leaves out: dbt's own unit tests of cover and due, which test the models,
not the data, and the law that the rule book reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.dbt_command import dbt


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        pytest.param(("test", "--select", "test_type:unit"), 9, id="unit tests"),
        pytest.param(
            ("build", "--select", "tag:law_of_rules"), 4, id="the law"
        ),  # two seeds, and the key of each
    ],
)
def test_what_the_night_leaves_out_passes(
    night_folder: Path, words: tuple[str, ...], passed: int
) -> None:
    results, said = dbt(night_folder, *words)
    assert {result["status"] for result in results.values()} <= {"pass", "success"}, said
    assert f"PASS={passed} " in said
