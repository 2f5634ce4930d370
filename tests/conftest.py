"""What the tests share: one sample, and one real night of it, made once a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples import write_sample
from tests.support.command import baophu
from tests.support.sample_night import NIGHT, made_once
from tests.support.staying import StayingCommand

TESTS = Path(__file__).parent
os.environ["GX_ANALYTICS_ENABLED"] = "false"
os.environ["BAOPHU_ENV_FILE"] = ""  # no test depends on, or mails by, the `.env` of who runs it

BEGIN_FIRST = (
    "scheduler/",  # they mostly wait
    # makes the first night, while the other worker is at what needs none
    "nights/test_later_nights.py",
    "ingestion/test_rules.py",
    "ingestion/test_hostile.py",
    "dbt/test_marts_agree_with_sets.py",
    "nights/",
    "dbt/",
    "publishing/",
)
"""Files of tests that take long, in the order in which workers get them; the short ones fill what
is left at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(TESTS).as_posix()
        return next(
            (number for number, start in enumerate(BEGIN_FIRST) if name.startswith(start)),
            len(BEGIN_FIRST),
        )

    items.sort(key=place)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `inbox` and `later`; not to be changed."""
    return made_once(tmp_path_factory, "sample", write_sample)


@pytest.fixture(scope="session")
def first_night(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after the night of 30/06/2019, run for real by `baophu night`; not to be
    changed. `run.out`: what was printed."""

    def make(data: Path) -> None:
        shutil.copytree(sample / "inbox", data / "inbox")
        shutil.copytree(sample / "later", data / "later")
        ran = baophu("night", "--date", NIGHT.isoformat(), data=data)
        assert ran.code in (0, 1), ran.err + _dbt_errors(data)
        (data / "run.out").write_text(f"{ran.code}\n{ran.out}\n{ran.err}", encoding="utf-8")

    return made_once(tmp_path_factory, "first-night", make)


def _dbt_errors(data: Path) -> str:
    """The end of dbt's own log, so that a fault of a model is read where the test fails."""
    log = data / "warehouse" / "dbt" / "build.log"
    return f"\n{log.read_text(encoding='utf-8')[-3000:]}" if log.exists() else ""


@pytest.fixture
def night_folder(first_night: Path, tmp_path: Path) -> Path:
    """A copy of the first night's folder, to be changed."""
    return Path(shutil.copytree(first_night, tmp_path / "data"))


@pytest.fixture(scope="session")
def staying() -> Iterator[StayingCommand]:
    """For nights that need no process of their own."""
    command = StayingCommand()
    yield command
    command.close()
