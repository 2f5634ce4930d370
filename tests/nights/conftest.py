"""An evening before a night, and what the night comes to when nothing disturbs it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.evening import NIGHT, run_directly, state
from tests.support.sample_night import made_once


@pytest.fixture(scope="session")
def evening(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one night is published and the next one's sheets lie in the inbox."""

    def make(data: Path) -> None:
        for month in ("office/2017-05", "2017-06"):
            shutil.copytree(sample / "inbox" / month, data / "inbox" / month)
        run_directly(data, "2017-06-30")
        shutil.copytree(sample / "inbox" / "2017-07", data / "inbox" / "2017-07")

    return made_once(tmp_path_factory, "evening", make)


@pytest.fixture(scope="session")
def two_nights(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that evening after its night, run undisturbed; not to be changed."""

    def make(data: Path) -> None:
        shutil.copytree(evening, data, dirs_exist_ok=True)
        run_directly(data, NIGHT)

    return made_once(tmp_path_factory, "undisturbed", make)


@pytest.fixture(scope="session")
def undisturbed(two_nights: Path) -> dict[str, Any]:
    return state(two_nights)
