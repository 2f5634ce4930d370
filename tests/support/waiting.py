"""A small office in which rows and files wait, and its nights without a dbt run each."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from baophu.cli import main
from core.data_folder import DataFolder
from publishing.as_of import compute
from tests.support.evening import take_in
from tests.support.sheet_595 import write_sheet
from tests.support.snapshot import with_models

FIRST = date(2019, 6, 30)


def person(
    number: int, months: int = 3, start: str = "06/2019", income: int = 700_000
) -> tuple[Any, ...]:
    """A row that the rules accept: the lowest income, with the support of 2019."""
    total, support = income * 22 // 100 * months, 15_400 * months
    return (
        f"Nguyễn Thị Thử {number}",
        f"33000000{number:02d}",
        income,
        months,
        start,
        total,
        total - support,
        support,
        None,
    )


def send(
    inbox: Path, name: str, rows: list[tuple[Any, ...]], at: str, sender: str = "DL001"
) -> None:
    """One sheet whose head says DL001."""
    inbox.mkdir(parents=True, exist_ok=True)
    write_sheet(inbox / name, [("I.1", rows, True)])
    said = {"received_at": f"{at}:00+07:00", "agent_code": sender, "channel": "folder"}
    (inbox / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")


def first_evening(first_night: Path, sample: Path, data: Path) -> None:
    """The night of 30/06/2019: a sheet with two rows that contradict each other and one without a
    number, and one from the wrong sender."""
    shutil.copytree(sample / "inbox" / "office" / "2017-05", data / "inbox" / "office")
    send(
        data / "inbox",
        "a.xlsx",
        [person(1), person(2, 3), person(2, 6), (*person(3)[:1], None, *person(3)[2:])],
        "2019-06-20T08:00",
    )
    send(
        data / "inbox",
        "b.xlsx",
        [person(4), (*person(5)[:1], "12", *person(5)[2:])],
        "2019-06-21T08:00",
        sender="DL002",
    )
    send(data / "inbox", "c.xlsx", [person(1, income=800_000)], "2019-06-22T08:00")
    next_night(first_night, data, FIRST)


def next_night(first_night: Path, data: Path, night: date) -> None:
    """Ingestion for real, and the snapshot with the models that the first night of the sample was
    built by."""
    folder = DataFolder(data)
    with pytest.MonkeyPatch.context() as office:
        # three of four rows may wait without holding their file
        office.setenv("BAOPHU_HOLD_FILE_SHARE", "0.8")
        take_in(folder, night)
    with_models(first_night, folder.warehouse, night)


def rows(
    data: Path, table: str, on: date = FIRST, known_on: date | None = None
) -> list[dict[str, Any]]:
    columns, found = compute(DataFolder(data), table, on, known_on or last_known(data))
    return [dict(zip(columns, row, strict=True)) for row in found]


def last_known(data: Path) -> date:
    with duckdb.connect(str(DataFolder(data).as_of), read_only=True) as con:
        night = con.execute("select max(known_on) from ops.reporting_dates").fetchall()[0][0]
    assert isinstance(night, date)
    return night


def file_of(data: Path, received: str) -> str:
    """SHA-256 of the file received on that day."""
    with duckdb.connect(str(DataFolder(data).as_of), read_only=True) as con:
        ((sha256,),) = con.execute(
            "select sha256 from raw.submissions where (received_at + interval 7 hour)::date = ?",
            [datetime.fromisoformat(received).date()],
        ).fetchall()
    return str(sha256)


WHO = (
    "--who",
    "CB01",
    "--why",
    "đã đối chiếu hồ sơ giấy",
    "--decided-at",
    "2019-07-01T09:00:00+07:00",
)


def say(data: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    """(exit code, what was said as JSON, stderr)"""
    at = 2 if words[0] == "quarantine" else 1
    code = main([*words[:at], "--data", str(data), "--format", "json", *words[at:]])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def decide(data: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code, made, err = say(data, capsys, *words, *(() if "--decided-at" in words else WHO))
    assert code == 0, err
    return dict(made)


def submission(data: Path, file: str, known_on: date | None = None) -> dict[str, Any]:
    (found,) = [
        row
        for row in rows(data, "fct_submissions", known_on=known_on)
        if row["file_id"] == file[:12]
    ]
    fates = ("accepted", "rejected", "held", "duplicate", "superseded", "not_data")
    for side in ("rows_{}", "amount_{}_vnd"):
        assert found[side.format("received")] == sum(found[side.format(fate)] for fate in fates)
    return found


def rows_of(data: Path, file: str) -> list[int]:
    """The numbers of its rows of data, as the sheet shows them."""
    with duckdb.connect(str(DataFolder(data).as_of), read_only=True) as con:
        found = con.execute(
            "select row_number from raw.sheet_rows where sha256 = ? and fate <> 'not_data' order by 1",
            [file],
        ).fetchall()
    return [number for (number,) in found]
