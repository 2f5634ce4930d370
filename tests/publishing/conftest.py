"""What the tests of published files share."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from core.data_folder import DataFolder
from publishing.release import publish, version_of_night
from tests.support.sample_night import made_once


@pytest.fixture(scope="session")
def two_versions(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first night's folder as if the night before it had been published too; not to be
    changed."""

    def make(data: Path) -> None:
        shutil.copytree(first_night, data, dirs_exist_ok=True)
        shutil.rmtree(data / "published")
        version_of_night(data, date(2019, 6, 29))
        publish(data)
        assert len(list(DataFolder(data).versions.iterdir())) == 2

    return made_once(tmp_path_factory, "two-versions", make)
