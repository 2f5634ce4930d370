"""Five agents each hide a person where no row is read: every one is told at a cell, and once they
are mended the district has them all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import printed
from tests.support.evening import run_directly

pytestmark = pytest.mark.slow
PAID = {
    "income_vnd": 700_000,
    "months": 6,
    "from_month": "06/2019",
    "total_vnd": 924_000,
    "participant_vnd": 831_600,
    "state_support_vnd": 92_400,
}
PEOPLE = [
    replace(person, bhxh_number=f"33880000{n:02d}", is_new=True, **PAID) for n, person in enumerate(printed.people(24, seed=77))  # type: ignore[arg-type]
]  # fmt: skip
AGENTS = ("DL001", "DL002", "DL003", "DL004", "DL005")
SHARES = [PEOPLE[at::5] for at in range(5)]


def form(agent: str, people: list[printed.Person]) -> printed.Sheet:
    """The clean form of an agent, in a batch of its own."""
    sheet = printed.written(printed.D05_595, people)
    words = {
        "Số định danh: DL001": f"Số định danh: {agent}",
        "Số: 01 tháng 6 năm 2019": "Số: 77 tháng 6 năm 2019",
    }
    sheet.grid = [
        [words.get(value, value) if isinstance(value, str) else value for value in cells]
        for cells in sheet.grid
    ]
    return sheet


def line(person: printed.Person, **changed: Any) -> list[Any]:
    """A person's row, some of its columns changed."""
    sheet = printed.written(printed.D05_595, [person])
    cells = list(sheet.grid[sheet.first_row])
    for name, value in changed.items():
        cells[printed.D05_595.fields.index(name)] = value
    return cells


def hiding(agent: str, people: list[printed.Person], how: str) -> dict[str, printed.Sheet]:
    """The workbook in which the last of these people stands where no row is read."""
    last, number = people[-1], people[-1].bhxh_number
    sheet = form(agent, people[:-1])
    match how:
        case "spaced number below the foot":
            sheet.grid += [[], line(last, bhxh_number=f"{number[:2]} {number[2:6]} {number[6:]}")]
        case "a column off below the foot":
            sheet.grid += [[], [None, *line(last)]]
        case "beside the table":
            sheet.grid[sheet.first_row] = [
                *sheet.grid[sheet.first_row],
                None,
                last.full_name,
                number,
                924_000,
            ]
        case "a second sheet without its code row":
            second = form(agent, [last])
            del second.grid[second.code_row]
            return {"D05-TS": sheet, "Trang 2": second}
        case _:
            return {
                "D05-TS": sheet,
                "Bổ sung": printed.Sheet(
                    [["Danh sách bổ sung"], ["1", last.full_name, number, 924_000]]
                ),
            }
    return {"D05-TS": sheet}


WAYS = (
    ("spaced number below the foot", "BP-005"),
    ("a second sheet without its code row", "BP-007"),
    ("a plain list on a second sheet", "BP-007"),
    ("beside the table", "BP-006"),
    ("a column off below the foot", "BP-005"),
)


def send(data: Path, agent: str, content: bytes, received_at: str) -> str:
    """Put a workbook into the inbox; its hash."""
    path = data / "inbox" / f"{agent}-{received_at[:10]}.xlsx"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    side = {"received_at": received_at, "agent_code": agent, "channel": "folder"}
    path.with_name(path.name + ".json").write_text(json.dumps(side), encoding="utf-8")
    return hashlib.sha256(content).hexdigest()


def participants(data: Path) -> int:
    """Of the district on 30/06/2019, as last published."""
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        return int(
            con.execute(
                "select participants from kpi_by_district where reporting_date = ?",
                [date(2019, 6, 30)],
            ).fetchall()[0][0]
        )


def test_nobody_is_silent_and_848_are_counted_once_all_is_mended(night_folder: Path) -> None:
    assert participants(night_folder) == 824
    sent = {}
    for agent, people, (how, code) in zip(AGENTS, SHARES, WAYS, strict=True):
        sent[
            send(
                night_folder,
                agent,
                printed.xlsx(hiding(agent, people, how)),
                "2019-07-02T09:00:00+07:00",
            )
        ] = code
    run_directly(night_folder, "2019-07-02")
    # all five wait: none of their people is counted, none is lost
    assert participants(night_folder) == 824
    with duckdb.connect(str(night_folder / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        told = con.execute(
            "select sha256, code, sheet, cell from ops.findings where sha256 in (select unnest(?))",
            [list(sent)],
        ).fetchall()
        verdicts = con.execute(
            "select distinct verdict from raw.submissions where sha256 in (select unnest(?))",
            [list(sent)],
        ).fetchall()
    assert verdicts == [("held",)]
    for sha256, code in sent.items():
        places = [
            (sheet, cell) for file, found, sheet, cell in told if file == sha256 and found == code
        ]
        assert len(places) == 1
        assert all(places[0])
    for agent, people in zip(AGENTS, SHARES, strict=True):
        send(
            night_folder,
            agent,
            printed.xlsx({"D05-TS": form(agent, people)}),
            "2019-07-03T09:00:00+07:00",
        )
    run_directly(night_folder, "2019-07-03")
    assert participants(night_folder) == 848
