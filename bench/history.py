"""Three years that have already been taken in: the bytes and receipts in landing, the rows in the warehouse.

The rows go through the loader's own functions (`records`, `to_arrow`, `load`), one night a month; what is left out is writing, reading and
judging a workbook for each. The bytes in landing are a real workbook of the month with a time stamp of its own per agent, so that each has
a hash of its own, the size of a real one, and opens: nights look at what landing holds, whether it is loaded or not.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from bench.province import HEAD, SEED, Province, workbook_of
from ingestion import nightly
from ingestion.frames import FileToJudge, row_keys
from ingestion.landing import read_arrivals
from ingestion.load import COLUMNS, Tables, load, records, to_arrow
from ingestion.model import Arrival, ParsedFile, SheetRow
from ingestion.nights import night_of
from ingestion.reference import Register
from ingestion.settings import DataFolder
from ingestion.validate import Judgement
from samples import plan
from samples.people import Payment
from samples.places import Agent
from samples.sheets import HANOI

_FIRST_ROW, _SHEET = 11, "D05-TS"
PEERS_COLUMNS = ("agent_code", "head_month", "bhxh_number", "months", "from_month", "total_vnd", "participant_vnd", "state_support_vnd")


def take_in_opening(folder: DataFolder, opening: date) -> None:
    """The office's lists and the roster from the inbox, by the functions of every night."""
    nightly.land(folder)
    for chunk in nightly.plan(folder, opening):
        nightly.judge_chunk(folder, opening, chunk)
    nightly.load_night(folder, opening)


def register_of(folder: DataFolder, opening: date) -> Register:
    """The register that the history is judged by."""
    version = nightly.reference_versions(folder, read_arrivals(folder, opening))[-1]
    assert version.register is not None, f"the office's lists of the bench are wrong: {version.judgement.findings[:3]}"
    return version.register


def write_history(province: Province, folder: DataFolder, register: Register, progress: Callable[[str], None]) -> None:
    """Land and load every month before the night's, each under the last day of its month."""
    random = Random(SEED + 2)
    for month in range(province.size.first_month, HEAD):
        first = plan.first_day(month)
        night = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        tables: Tables = {name: [] for name in COLUMNS}
        model = workbook_of(province, month, province.district.agents[0], datetime(first.year, first.month, 20, tzinfo=HANOI), random)
        for number, agent in enumerate(province.district.agents):
            received = datetime(first.year, first.month, random.randint(20, 27), 8, tzinfo=HANOI) + timedelta(
                seconds=random.randrange(43_200)
            )
            arrival = _land(folder, _stamped(model, number), agent, received)
            file = loaded_file(arrival, agent, month, province.payments[month, agent.code], register)
            fates = ["accepted" if row.is_data else "not_data" for row in file.parsed.rows]
            for name, rows in records(Judgement(file, "accepted", fates), [arrival], night).items():
                tables[name] += rows
        load(folder.warehouse, night, {name: to_arrow(name, rows) for name, rows in tables.items()})
        progress(f"history {plan.label(month)}: {len(tables['raw.sheet_rows'])} rows")


def peers_history(province: Province) -> Iterator[dict[str, Any]]:
    """The same payments and the roster as plain records, for those who keep their history as one table."""
    for person, first, until in province.roster.roster:
        values = (person.agent.code, province.size.first_month - 1, person.number, until - first, first, 0, 0, 0)
        yield dict(zip(PEERS_COLUMNS, values, strict=True))
    for (month, agent_code), payments in province.payments.items():
        if month < HEAD:
            for p in payments:
                values = (agent_code, month, p.person.number, p.months, p.first, p.total, p.total - p.support, p.support)
                yield dict(zip(PEERS_COLUMNS, values, strict=True))


def loaded_file(arrival: Arrival, agent: Agent, month: int, payments: list[Payment], register: Register | None) -> FileToJudge:
    """What parsing and keying the agent's workbook of the month comes to."""
    total = sum(p.total for p in payments)
    rows: list[SheetRow] = []

    def add(section: str, amount: int = 0, values: dict[str, Any] | None = None, problems: dict[str, str] | None = None) -> None:
        rows.append(SheetRow(_SHEET, 0, _FIRST_ROW + len(rows), section, values is not None, amount, values or {}, problems or {}))

    add("I")
    add("I.1")
    for ordinal, payment in enumerate(payments, start=1):
        add("I.1", payment.total, _values(ordinal, payment))
    add("I.2")
    add("I.2", total)
    for section in ("II", "II.1", "II.2", "II.2"):
        add(section)
    parsed = ParsedFile(
        arrival.sha256,
        form="d05-ts/595",
        head={"agent_code": agent.code, "batch_number": "01", "head_month": month},
        rows=rows,
        rows_at_cells=len(rows),
        amount_at_cells_vnd=2 * total,
    )
    file = FileToJudge(arrival, parsed, register)
    file.keys = [row_keys(file, row) if row.is_data else None for row in rows]
    return file


def _values(ordinal: int, payment: Payment) -> dict[str, Any]:
    person = payment.person
    return {
        "ordinal": str(ordinal),
        "full_name": person.name,
        "bhxh_number": person.number,
        "income_vnd": payment.income,
        "months": payment.months,
        "from_month": payment.first,
        "total_vnd": payment.total,
        "participant_vnd": payment.total - payment.support,
        "state_support_vnd": payment.support,
        "note": f"P.Thức Tăng_mới, Ngày sinh {person.birth_date:%d/%m/%Y}" if payment.is_new else "P.Thức Đóng_tiếp",
        "birth_date": person.birth_date if payment.is_new else None,
        "is_cancellation": False,
    }


def _stamped(workbook: bytes, number: int) -> bytes:
    """The same ZIP, with `number` as time of its first entry in the central directory: other bytes, the same workbook."""
    (directory,) = struct.unpack("<I", workbook[-6:-2])
    time_at = directory + 12
    return workbook[:time_at] + struct.pack("<H", number) + workbook[time_at + 2 :]


def _land(folder: DataFolder, content: bytes, agent: Agent, received_at: datetime) -> Arrival:
    """Bytes and receipt as landing writes them, without its care for power cuts."""
    sha256 = hashlib.sha256(content).hexdigest()
    day = folder.landing / f"received={received_at.date().isoformat()}"
    day.mkdir(parents=True, exist_ok=True)
    bytes_path = f"{day.name}/{sha256}.xlsx"
    receipt = {
        "received_at": received_at.isoformat(),
        "night": night_of(received_at).isoformat(),
        "agent_code": agent.code,
        "channel": "folder",
        "original_name": f"D05-TS_{agent.code}_{received_at:%m-%Y}.xlsx",
        "side_file_problem": None,
        "sha256": sha256,
        "size": len(content),
        "bytes": bytes_path,
    }
    identity = [receipt[k] for k in ("sha256", "received_at", "agent_code", "channel", "original_name")]
    receipt["arrival_id"] = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    (folder.landing / bytes_path).write_bytes(content)
    text = json.dumps(receipt, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (day / f"{sha256}.json").write_text(text, encoding="utf-8")
    return Arrival(
        arrival_id=str(receipt["arrival_id"]),
        sha256=sha256,
        received_at=received_at,
        night=night_of(received_at),
        agent_code=agent.code,
        channel="folder",
        extension="xlsx",
        receipt=f"{day.name}/{sha256}.json",
        bytes_path=bytes_path,
    )
