"""What the rule book puts off when it imports Great Expectations is not loaded, and works once
somebody asks for it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import pandas as pd
from ingestion.rules.rulebook import run_suite
run_suite("reference_cells", pd.DataFrame({"problem": ["missing"]}, dtype="string"))
loaded = [name for name in sys.modules if name.split(".")[0] == "altair" or name.startswith("scipy.stats")]
assert not loaded, loaded
from great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than import alt, stats
assert stats.entropy([0.5, 0.5], [0.9, 0.1]) > 0.5
assert alt.Chart(pd.DataFrame({"x": [1]})).mark_bar().to_dict()["mark"]["type"] == "bar"
from scipy.stats import entropy
assert stats.entropy is entropy and sys.modules["scipy.stats"] is not stats
"""


def test_plots_and_distributions_are_imported_at_their_first_use() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
