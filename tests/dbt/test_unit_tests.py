"""dbt's own unit tests of cover and due. The nightly build leaves them out: they test the models, not the data."""

from __future__ import annotations

from pathlib import Path

from tests.support.dbt_command import dbt


def test_dbt_s_unit_tests_pass(night_folder: Path) -> None:
    results, said = dbt(night_folder, "test", "--select", "test_type:unit")
    assert {result["status"] for result in results.values()} == {"pass"}, said
    assert "PASS=9" in said
