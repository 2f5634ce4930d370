"""The rules across files, in a real warehouse: each broken once, and the same whatever the order of
loading."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from core.clock import month_index
from ingestion.forms.reference import Register
from ingestion.model import SheetRow
from ingestion.rules.across import across_codes
from ingestion.rules.frames import FileToJudge
from ingestion.rules.validate import judge
from ingestion.warehouse.load import COLUMNS, load, records, to_arrow
from tests.support.hand_made import ARRIVAL, JUNE_2019, file_of, row

MAY, JULY = JUNE_2019 - 1, JUNE_2019 + 1
AGENTS = {"DL001": "12142", "DL002": "12145"}
REGISTER = Register(
    "e" * 64,
    tuple(
        {"agent_code": a, "commune_code": c, "valid_from": date(2008, 1, 1), "valid_to": None}
        for a, c in AGENTS.items()
    ),
)
Found = list[tuple[str, str, int | None, str | None]]


def person(number: int, first: int, months: int = 1, **more: Any) -> SheetRow:
    """A row of somebody's; `number` is the row of the sheet and names the person too."""
    total = 154_000 * months
    said: dict[str, Any] = {
        "bhxh_number": f"33{number:08d}",
        "full_name": f"Người {number}",
        "receipt_number": f"BL{number}-{first}",
        "from_month": first,
    }
    money = {
        "months": months,
        "total_vnd": total,
        "participant_vnd": total - 15_400 * months,
        "state_support_vnd": 15_400 * months,
    }
    own: dict[str, Any] = {
        "paid_on": None,
        "citizen_number": None,
        "note_method": None,
        "commune_code": None,
    }
    return row(number, **(said | money | own | more))


def cancelling(number: int, first: int, months: int = 1) -> SheetRow:
    return person(number, first, months, section="II.2", is_cancellation=True)


def sheet(
    name: str,
    *rows: SheetRow,
    month: int = JUNE_2019,
    day: int = 25,
    agent: str = "DL001",
    batch: str | None = "01",
) -> FileToJudge:
    """One sheet with a hash made of its name."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    arrival = replace(ARRIVAL, arrival_id=sha256, sha256=sha256, receipt=name, agent_code=agent)
    head = {"agent_code": agent, "head_month": month, "batch_number": batch}
    file = file_of(*rows, month=month, arrival=arrival, register=REGISTER, head=head)
    received = datetime((month - 1) // 12, (month - 1) % 12 + 1, day, 3, tzinfo=UTC)
    return replace(file, arrival=replace(file.arrival, received_at=received, night=received.date()))


_JUDGED: dict[str, tuple[date, dict[str, list[dict[str, Any]]]]] = {}


def judged(*files: FileToJudge) -> list[str]:
    """Judge files together, once; gives the hashes to load by."""
    for judgement in judge(files):
        arrival = judgement.file.arrival
        _JUDGED[arrival.sha256] = (arrival.night, records(judgement, [arrival], arrival.night))
    return [f.arrival.sha256 for f in files]


def take_in(path: Path, *hashes: str) -> None:
    """One night's load of these judged files."""
    night = max(_JUDGED[sha256][0] for sha256 in hashes)
    tables = {
        name: [row for sha256 in hashes for row in _JUDGED[sha256][1][name]] for name in COLUMNS
    }
    tables["raw.ref_agents"] = (
        []
        if path.exists()
        else [{"reference_sha256": REGISTER.sha256, **agent} for agent in REGISTER.agents]
    )
    load(path, night, {name: to_arrow(name, rows) for name, rows in tables.items()})


def found(path: Path) -> Found:
    """(receipt, code, row, detail) of every finding across files."""
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(
            "SELECT DISTINCT s.receipt, f.code, f.row_number, f.detail FROM ops.findings AS f JOIN raw.submissions AS s USING (sha256) "
            "WHERE f.code IN (SELECT unnest(?)) ORDER BY ALL",
            [across_codes()],
        ).fetchall()


def people(first: int, count: int, **more: Any) -> list[SheetRow]:
    return [person(20 + i, first, **more) for i in range(count)]


def stood(name: str, row: int) -> str:
    return f"D05-TS, dòng {row}, tệp {hashlib.sha256(name.encode()).hexdigest()[:12]}"


CASES: dict[str, tuple[list[FileToJudge], Found]] = {
    "BP-701": (
        [sheet("a", person(11, MAY, 3), month=MAY), sheet("b", person(11, JUNE_2019, commune_code="12142"), agent="DL002")],
        [("b", "BP-701", 11, None)],
    ),
    "BP-702": (
        [sheet("a", person(11, MAY, receipt_number="X1"), month=MAY), sheet("b", person(12, JUNE_2019, receipt_number="X1"))],
        [("b", "BP-702", 12, None)],
    ),
    "BP-703": (
        [sheet("a", person(11, MAY), month=MAY), sheet("b", person(11, JUNE_2019), agent="DL002")],
        [("b", "BP-703", 11, None)],
    ),
    "BP-704": (
        [sheet("a", person(11, MAY), month=MAY), sheet("b", person(11, JUNE_2019, support_group="poor", state_support_vnd=46_200, participant_vnd=107_800))],
        [("b", "BP-704", 11, None)],
    ),
    "BP-705": (
        [sheet("a", person(11, month_index(2018, 1), 110), month=month_index(2018, 1)), sheet("b", person(11, MAY, 10), month=MAY), sheet("c", person(11, JULY, 1), month=JULY)],
        [("c", "BP-705", 11, None)],
    ),
    "BP-706": (
        [sheet("a", *people(MAY, 3), month=MAY), sheet("b", *people(MAY, 3, paid_on=date(2019, 5, 20)))],
        [("b", "BP-706", None, None)],
    ),
    "BP-707": (
        [*(sheet(f"m{i}", *people(JUNE_2019 - i, 4), month=JUNE_2019 - i) for i in (1, 2, 3)), sheet("z", *people(JUNE_2019, 21))],
        [("z", "BP-707", None, None)],
    ),
    "BP-708": (
        [sheet("a", person(11, JUNE_2019), person(12, JUNE_2019)), sheet("b", person(11, JUNE_2019), day=26)],
        [("b", "BP-708", None, stood("a", 12))],
    ),
    "BP-906": (
        [
            sheet("a", *(person(number, JUNE_2019) for number in (11, 12, 13, 14))),
            # other months, another from-month; a second payment beside the first; one that the
            # sheet cancels itself
            sheet("b", person(11, JUNE_2019, 3), person(12, MAY), person(13, JUNE_2019), person(15, JUNE_2019), day=26),
            sheet("c", replace(person(13, JULY), number=16), person(13, JUNE_2019), cancelling(14, JUNE_2019), replace(person(14, JULY), number=17), day=27),
        ],
        [("b", "BP-708", None, stood("a", 14)), ("b", "BP-906", 11, stood("a", 11)), ("b", "BP-906", 12, stood("a", 12)), ("c", "BP-708", None, stood("b", 15))],
    ),
    "BP-905": (
        [
            sheet("a", person(11, MAY, 3), person(12, MAY, 3), month=MAY, day=1),
            sheet("b", cancelling(11, MAY, 3), cancelling(12, MAY, 6), month=MAY, day=2),
            sheet("c", cancelling(11, MAY, 3), day=3, month=JUNE_2019),
            sheet("d", cancelling(12, MAY, 3), day=4, agent="DL002"),
        ],
        [("b", "BP-905", 12, None), ("c", "BP-905", 11, None), ("d", "BP-905", 12, None)],
    ),
    "BP-709": (
        [sheet("a", person(11, MAY), month=MAY), sheet("b", person(11, JUNE_2019, note_method="new"))],
        [("b", "BP-709", 11, None)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_each_rule_across_files_is_broken_once_in_any_order(code: str, tmp_path: Path) -> None:
    files, expected = CASES[code]
    hashes = judged(*files)
    take_in(tmp_path / "together.duckdb", *hashes)
    assert found(tmp_path / "together.duckdb") == expected
    for sha256 in (*reversed(hashes), hashes[0]):  # and the first once more
        take_in(tmp_path / "backwards.duckdb", sha256)
    assert found(tmp_path / "backwards.duckdb") == expected


def test_what_is_in_order_across_files_is_not_told(tmp_path: Path) -> None:
    first = sheet("a", person(11, JUNE_2019), person(12, JUNE_2019))
    restated = sheet(
        "b", person(11, JUNE_2019, paid_on=date(2019, 6, 20)), person(12, JUNE_2019), day=26
    )
    additions, later = (
        sheet("c", person(13, JUNE_2019), day=27),
        sheet("d", person(11, JULY + 2), month=JULY + 2),
    )
    take_in(tmp_path / "w.duckdb", *judged(first, restated, additions, later))
    assert found(tmp_path / "w.duckdb") == []
    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as con:
        told = con.execute(
            "SELECT code, rows_looked_at > 0, rows_failing FROM ops.rule_results WHERE chunk = 'across' ORDER BY code"
        ).fetchall()
    assert told == [(code, True, 0) for code in across_codes()]


def test_a_cancellation_counts_for_what_comes_after_it(tmp_path: Path) -> None:
    """A payment taken back is no earlier payment; who was received before the cancellation was
    right to be asked."""
    paid, before = (
        sheet("a", person(11, MAY, 3), month=MAY),
        sheet("b", person(11, JUNE_2019, commune_code="12142"), agent="DL002", day=2),
    )
    taken_back = sheet("c", cancelling(11, MAY, 3), day=3)
    after = sheet("d", person(11, JULY, commune_code="12142"), agent="DL002", month=JULY)
    hashes = judged(paid, before, taken_back, after)
    for order in (hashes, hashes[::-1], [hashes[2], hashes[0], hashes[3], hashes[1]]):
        warehouse = tmp_path / f"{order[0]}.duckdb"
        for sha256 in order:
            take_in(warehouse, sha256)
        assert found(warehouse) == [("b", "BP-701", 11, None)]


def test_a_cancellation_takes_the_latest_payment_before_it_of_its_own_agent(tmp_path: Path) -> None:
    """Paid wrong, cancelled, paid right: what is paid after the cancellation is an earlier payment
    for who comes later."""
    paid = [
        sheet("a", person(11, MAY, 3), month=MAY, day=1),
        sheet("b", cancelling(11, MAY, 3), month=MAY, day=2),
    ]
    again = sheet("c", person(11, MAY, 3), month=JUNE_2019, day=3)
    other = sheet("d", person(11, JUNE_2019, commune_code="12142"), agent="DL002", day=25)
    hashes = judged(*paid, again, other)
    for order in (hashes, hashes[::-1]):
        warehouse = tmp_path / f"{order[0]}.duckdb"
        for sha256 in order:
            take_in(warehouse, sha256)
        assert found(warehouse) == [("d", "BP-701", 11, None)]


def test_a_sheet_without_a_number_restates_no_batch(tmp_path: Path) -> None:
    """Two sheets of a month that give no number may be two batches: neither other months nor
    missing people are asked about."""
    first = sheet(
        "a", person(11, JUNE_2019), person(12, JUNE_2019), person(13, JUNE_2019), batch=None
    )
    take_in(
        tmp_path / "w.duckdb",
        *judged(first, sheet("b", person(11, JULY), person(13, JUNE_2019), day=26, batch=None)),
    )
    assert found(tmp_path / "w.duckdb") == []


def test_people_are_not_compared_over_a_merger_of_communes(tmp_path: Path) -> None:
    november, december = month_index(2024, 11), month_index(2024, 12)
    money = {
        "income_vnd": 1_500_000,
        "total_vnd": 330_000,
        "participant_vnd": 297_000,
        "state_support_vnd": 33_000,
    }
    hashes = judged(
        sheet("a", person(11, november, commune_code="12163", **money), month=november),
        sheet("b", person(11, december, commune_code="12157", **money), month=december),
    )
    take_in(tmp_path / "w.duckdb", *hashes)
    assert found(tmp_path / "w.duckdb") == []


def test_what_each_rule_looked_at_is_kept_without_values() -> None:
    assert set(COLUMNS["ops.rule_results"]) == {
        "night",
        "chunk",
        "suite",
        "code",
        "rows_looked_at",
        "rows_failing",
    }
    assert to_arrow("ops.rule_results", []).schema.field("rows_failing").type == pa.int64()
