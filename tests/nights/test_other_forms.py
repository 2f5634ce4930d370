"""A night of the other forms: people of QĐ 505 and 490 count where they live, health insurance is
accounted for and in no figure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.support import printed
from tests.support.staying import StayingCommand

NIGHT = "2019-07-08"


def send(data: Path, name: str, content: bytes, agent: str = "DL001") -> None:
    (data / "inbox").mkdir(exist_ok=True)
    (data / "inbox" / name).write_bytes(content)
    (data / "inbox" / f"{name}.json").write_text(
        json.dumps({"received_at": "2019-07-08T09:00:00+07:00", "agent_code": agent}),
        encoding="utf-8",
    )


def participants(data: Path, commune: str) -> int:
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        found = con.execute(
            "select participants from kpi_by_commune where commune_code = ? and reporting_date = date '2019-06-30' and boundaries = 'then'",
            [commune],
        ).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.slow
def test_people_count_where_they_live_and_health_insurance_nowhere(
    night_folder: Path, staying: StayingCommand
) -> None:
    people = [
        replace(p, address="xã Phù Ủng, huyện Ân Thi", from_month="06/2019")
        for p in printed.people(24, seed=3)
    ]
    before = participants(night_folder, "12145")
    send(night_folder, "a.xlsx", printed.xlsx({"M": printed.written(printed.D05_490, people[:10])}))
    send(
        night_folder, "b.xlsx", printed.xlsx({"M": printed.written(printed.D05_505, people[10:16])})
    )
    send(night_folder, "c.xlsx", printed.xlsx({"M": printed.written(printed.D03_490, people[16:])}))
    ran = staying("night", "--date", NIGHT, "--format", "json", data=night_folder)
    assert ran.code in (0, 1), ran.err

    assert participants(night_folder, "12145") == before + 16
    with duckdb.connect(str(night_folder / "published" / "baophu.duckdb"), read_only=True) as con:
        files = con.execute(
            "select form, verdict, rows_received, rows_accepted, rows_received = rows_accepted + rows_rejected + rows_held + rows_duplicate "
            "+ rows_superseded + rows_not_data from fct_submissions where night = ? order by form",
            [NIGHT],
        ).fetchall()
    assert [
        (form, verdict, accepted, balances) for form, verdict, _, accepted, balances in files
    ] == [
        ("d03-ts/490", "accepted", 8, True),
        ("d05-ts/490", "accepted", 10, True),
        ("d05-ts/505", "accepted", 6, True),
    ]
    assert all(name for name in (night_folder / "outbox" / "DL001" / NIGHT).glob("*.html"))
