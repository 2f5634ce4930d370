"""A batch sent again that gives a person other months (BP-906): the row waits, and a person decides
about it as about any other."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import (
    FIRST,
    decide,
    file_of,
    next_night,
    person,
    rows_of,
    say,
    send,
    submission,
)


@pytest.fixture
def data(first_night: Path, sample: Path, tmp_path: Path) -> Path:
    """Two people pay three months; the same batch comes again and gives the first of them six."""
    data = tmp_path / "data"
    shutil.copytree(sample / "inbox" / "office" / "2017-05", data / "inbox" / "office")
    send(data / "inbox", "a.xlsx", [person(1, 3), person(2, 3)], "2019-06-20T08:00")
    send(data / "inbox", "b.xlsx", [person(1, 6), person(2, 3)], "2019-06-21T08:00")
    next_night(first_night, data, FIRST)
    return data


def fates(data: Path, received: str, known_on: date | None = None) -> dict[str, int]:
    found = submission(data, file_of(data, received), known_on)
    names = ("accepted", "held", "rejected", "superseded", "duplicate", "released")
    return {name: found[f"rows_{name}"] for name in names if found[f"rows_{name}"]}


def test_a_released_row_stands_for_the_one_before_and_an_undo_takes_it_back(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = file_of(data, "2019-06-21")
    assert (fates(data, "2019-06-20"), fates(data, "2019-06-21")) == (
        {"accepted": 2},
        {"held": 1, "duplicate": 1},
    )
    _, told, _ = say(data, capsys, "quarantine", "list")
    (waiting,) = told["waiting"]
    number = rows_of(data, b)[0]
    assert (waiting["file_id"], waiting["row"], waiting["fate"], waiting["codes"]) == (
        b[:12],
        number,
        "held",
        ["BP-906"],
    )

    made: dict[str, Any] = decide(
        data, capsys, "quarantine", "release", b[:12], "--row", str(number)
    )
    assert (made["rows_that_count"], made["rows_left_open"]) == (1, 0)
    next_night(first_night, data, date(2019, 7, 1))
    assert fates(data, "2019-06-20") == {"accepted": 1, "superseded": 1}
    assert fates(data, "2019-06-21") == {"accepted": 1, "duplicate": 1, "released": 1}
    assert fates(data, "2019-06-21", FIRST) == {"held": 1, "duplicate": 1}  # as known before
    _, told, _ = say(data, capsys, "quarantine", "list")
    assert told["waiting"] == []

    at = ("--who", "CB01", "--why", "nhầm", "--decided-at", "2019-07-02T09:00:00+07:00")
    decide(data, capsys, "quarantine", "undo", made["id"][:12], *at)
    next_night(first_night, data, date(2019, 7, 2))
    assert (fates(data, "2019-06-20"), fates(data, "2019-06-21")) == (
        {"accepted": 2},
        {"held": 1, "duplicate": 1},
    )


def test_a_rejected_row_leaves_the_one_before_in_force(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = file_of(data, "2019-06-21")
    decide(data, capsys, "quarantine", "reject", b[:12])
    next_night(first_night, data, date(2019, 7, 1))
    assert (fates(data, "2019-06-20"), fates(data, "2019-06-21")) == (
        {"accepted": 2},
        {"rejected": 1, "duplicate": 1},
    )
    assert submission(data, b)["is_closed"]
