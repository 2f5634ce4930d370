"""The bench on its tiny size: everybody counts the same, the report holds what was measured. No
time is asserted."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from bench.contest import CONTESTANTS, Result, contest
from bench.history import loaded_file, write_history
from bench.province import HEAD, QUICK, invent_province, workbook_of
from bench.report import write_report
from bench.sizes import prepare
from bench.stages import STAGES
from core.data_folder import DataFolder
from ingestion.arrival.landing import Landing, describe, read_arrivals
from ingestion.containers.workbook import read_workbook
from ingestion.forms.reference import Register
from ingestion.rules.frames import row_keys
from ingestion.rules.versions import prepare as read_landed
from samples.sheets import HANOI

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One turn of all contestants but the command, whose DAGs have tests of their own."""
    scratch = tmp_path_factory.mktemp("bench")
    prepared = prepare("quick", scratch, lambda said: None, first_night=False)
    return contest(
        prepared, 1, scratch, lambda said: None, [name for name in CONTESTANTS if name != "cli"]
    )


def test_everybody_counts_the_same(result: Result) -> None:
    counted = {name: runs[0].counted for name, runs in result.runs.items()}
    province = invent_province(QUICK)
    payments = [
        p for (month, _), of_sheet in province.payments.items() if month == HEAD for p in of_sheet
    ]
    assert len(payments) == QUICK.agents * QUICK.rows
    for name in ("pandas", "dlt", "night", "calamine"):
        assert (counted[name].rows, counted[name].total_vnd) == (
            len(payments),
            sum(p.total for p in payments),
        ), name
    spans = [
        (p.person.number, p.first, p.first + p.months)
        for of_sheet in province.payments.values()
        for p in of_sheet
    ]
    spans += [(person.number, first, until) for person, first, until in province.roster.roster]
    covered = {number for number, first, until in spans if first <= HEAD < until}
    for name in ("pandas", "dlt", "night"):
        assert counted[name].participants == len(covered), name


def test_the_night_is_told_by_stage_with_memory(result: Result) -> None:
    stages = result.stages("night")
    assert list(stages) == [*STAGES, "total"]
    assert all(stage.peak_mib > 1 for stage in stages.values())


def test_the_report_is_written(result: Result, tmp_path: Path) -> None:
    report, chart = write_report(
        [result], 1, (), tmp_path / "performance.md", tmp_path / "performance.svg"
    )
    text = report.read_text(encoding="utf-8")
    for stage in STAGES:
        assert re.search(rf"^\| {stage} \| \d+\.\d\d \| ", text, re.MULTILINE), stage
    assert str(tmp_path) not in text
    assert chart.read_text(encoding="utf-8").startswith("<?xml")


def test_history_is_what_landing_and_loader_would_have_made(tmp_path: Path) -> None:
    """A workbook of the history, really written, landed and read, comes to the rows and the receipt
    that the history has of it."""
    province, register = invent_province(QUICK), Register("r", ())
    agent, month = province.district.agents[3], HEAD - 2
    path = tmp_path / "D05-TS.xlsx"
    received = datetime(2019, 4, 20, 9, tzinfo=HANOI)
    path.write_bytes(workbook_of(province, month, agent, received, Random(1)))
    another = tmp_path / "another.xlsx"
    another.write_bytes(
        workbook_of(province, month, province.district.agents[0], received, Random(2))
    )
    folder = DataFolder(tmp_path / "real")
    landed = Landing(folder).land(
        path, received_at=received, agent_code=agent.code, channel="folder"
    )
    (real,) = read_landed([(folder.landing / landed.arrival.bytes_path, landed.arrival)], [])
    ours = loaded_file(
        landed.arrival, read_workbook(another), agent, province.payments[month, agent.code], None
    )
    assert ours.parsed.rows == real.parsed.rows
    assert ours.parsed.head == real.parsed.head
    assert (ours.parsed.form, ours.parsed.rows_at_cells, ours.parsed.amount_at_cells_vnd) == (
        real.parsed.form,
        real.parsed.rows_at_cells,
        real.parsed.amount_at_cells_vnd,
    )
    assert ours.keys == [row_keys(real, row) if row.is_data else None for row in real.parsed.rows]
    assert [(t.form, t.scheme, t.head) for t in ours.parsed.sheet_tables] == [
        (t.form, t.scheme, t.head) for t in real.parsed.sheet_tables
    ]
    past = DataFolder(tmp_path / "past")
    write_history(province, past, register, lambda said: None)
    arrivals = read_arrivals(past, received.date().replace(month=5, day=31))
    assert len(arrivals) == len({a.sha256 for a in arrivals}) == QUICK.agents * QUICK.months
    for arrival in arrivals:
        bytes_ = past.landing / arrival.bytes_path
        again = describe(
            bytes_,
            received_at=arrival.received_at,
            agent_code=arrival.agent_code,
            channel=arrival.channel,
        )
        assert again.sha256 == arrival.sha256
    receipts = [
        json.loads((root.landing / a.receipt).read_text(encoding="utf-8"))
        for root, a in ((folder, landed.arrival), (past, arrivals[0]))
    ]
    assert receipts[0].keys() == receipts[1].keys()
