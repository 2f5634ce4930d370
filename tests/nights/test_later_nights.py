"""The nights after the first one: the same again, sheets that come late, an older night, and one
that finds no warehouse."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from baophu.status import read_status
from core.data_folder import DataFolder
from tests.support.command import asked
from tests.support.published import content_hash, district
from tests.support.staying import StayingCommand


@dataclass(frozen=True)
class Night:
    """What was published when a night had ended: its exit code, the content hash, June's
    participants, and the day that `status` asks about."""

    code: int
    content_hash: str
    june: int
    asked_about: date


@dataclass(frozen=True)
class Later:
    """The data folder after three more nights; what `submit` said between them of the two late
    sheets."""

    data: Path
    again: Night
    submitted: list[dict[str, Any]]
    fifth: Night
    twelfth: Night


@pytest.fixture(scope="module")
def later(
    first_night: Path, staying: StayingCommand, tmp_path_factory: pytest.TempPathFactory
) -> Later:
    """Not to be changed."""
    data = Path(shutil.copytree(first_night, tmp_path_factory.mktemp("later") / "data"))

    def night(day: str) -> Night:
        ran = staying("night", "--date", day, data=data)
        june = district(data, "--on", "2019-06-30")["participants"]
        return Night(ran.code, content_hash(data), june, read_status(DataFolder(data), None)["on"])

    again = night("2019-06-30")
    submitted = json.loads(asked("submit", "--format", "json", str(data / "later"), data=data).out)
    return Later(data, again, submitted, night("2019-07-05"), night("2019-07-12"))


@pytest.fixture
def data(later: Later, tmp_path: Path) -> Path:
    """A copy of that folder, to be changed."""
    return Path(shutil.copytree(later.data, tmp_path / "data"))


def test_the_same_night_again_changes_nothing(first_night: Path, later: Later) -> None:
    assert (later.again.code, later.again.content_hash) == (0, content_hash(first_night))


def test_late_sheets_come_in_time(later: Later) -> None:
    assert [o["verdict"] for o in later.submitted] == ["accepted", "accepted"]
    assert [o["already_known"] for o in later.submitted] == [False, False]
    assert [(night.code, night.june) for night in (later.fifth, later.twelfth)] == [
        (0, 826),
        (0, 829),
    ]
    # until the office's last day for reports, the fifth, it is June that is asked about
    assert (later.fifth.asked_about, later.twelfth.asked_about) == (
        date(2019, 6, 30),
        date(2019, 7, 12),
    )


def test_what_was_known_on_a_day_stays_known(later: Later) -> None:
    told = json.loads(
        asked(
            "status",
            "--format",
            "json",
            "--date",
            "2019-06-30",
            "--known-on",
            "2019-07-12",
            data=later.data,
        ).out
    )
    late = [(agent["agent_code"], agent["first_reported_on"]) for agent in told["agents_late"]]
    assert (late, told["agents_missing"]) == (
        [("DL010", "2019-07-05"), ("DL011", "2019-07-12")],
        [],
    )
    assert (
        district(later.data, "--on", "2019-06-30", "--known-on", "2019-06-30")["participants"]
        == 824
    )
    assert (
        district(later.data, "--on", "2019-06-30", "--known-on", "2019-07-05")["participants"]
        == 826
    )
    assert [
        district(later.data, "--on", f"{year}-12-31")["participants"] for year in (2017, 2018)
    ] == [168, 215]


def test_an_older_night_moves_nothing_back(
    later: Later, data: Path, staying: StayingCommand
) -> None:
    assert staying("night", "--date", "2019-06-30", data=data).code == 0
    assert content_hash(data) == later.twelfth.content_hash


def test_a_warehouse_that_is_gone_is_built_again_to_the_same_hash(
    later: Later, data: Path, staying: StayingCommand
) -> None:
    shutil.rmtree(data / "warehouse")
    shutil.rmtree(data / "published")
    # all files are new again, the wrong ones too
    assert staying("night", "--date", "2019-07-12", data=data).code == 1
    assert content_hash(data) == later.twelfth.content_hash


@pytest.mark.slow
def test_every_version_is_reproduced_after_all_that_came_later(later: Later) -> None:
    ran = asked("rebuild", "--verify", "--format", "json", data=later.data)
    told = json.loads(ran.out)
    assert (ran.code, told["is_whole"], told["findings"]) == (0, True, [])
    assert [(version["known_on"], version["reproduced_hash"]) for version in told["versions"]] == [
        ("2019-06-30", later.again.content_hash),
        ("2019-07-05", later.fifth.content_hash),
        ("2019-07-12", later.twelfth.content_hash),
    ]
