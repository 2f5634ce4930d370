"""Three years that have already been taken in: the bytes and receipts in landing, the rows in the
warehouse.

The rows go through the parser and the loader's own functions (`records`, `to_arrow`, `load`), one
night a month; what is left out is writing, unpacking and judging a workbook for each. The bytes in
landing are a real workbook of the month with a time stamp of its own per agent, so that each has a
hash of its own, the size of a real one, and opens: nights look at what landing holds, whether it is
loaded or not.
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
from core.clock import night_of
from core.data_folder import DataFolder
from core.words import Fate
from ingestion import nightly
from ingestion.arrival import ledger
from ingestion.arrival.landing import read_arrivals
from ingestion.containers.workbook import read_workbook
from ingestion.forms.parse import parse_form
from ingestion.forms.reading import parse_files
from ingestion.forms.reference import FORM as REFERENCE_FORM
from ingestion.forms.reference import Register
from ingestion.model import Arrival, Page, ParsedFile, Workbook
from ingestion.rules.frames import FileToJudge, row_keys
from ingestion.rules.validate import Judgement
from ingestion.warehouse.load import COLUMNS, Tables, load, records, to_arrow
from samples import plan
from samples.people import Payment
from samples.places import Agent
from samples.sheets import HANOI

PEERS_COLUMNS = (
    "agent_code",
    "head_month",
    "bhxh_number",
    "months",
    "from_month",
    "total_vnd",
    "participant_vnd",
    "state_support_vnd",
)


def take_in_opening(folder: DataFolder, opening: date) -> None:
    """The office's lists and the roster from the inbox, by the functions of every night."""
    nightly.land(folder)
    for chunk in nightly.plan(folder, opening):
        nightly.judge_chunk(folder, opening, chunk)
    nightly.load_night(folder, opening)


def register_of(folder: DataFolder, opening: date) -> Register:
    """The register that the history is read by: the lists as the office sent them. The opening has
    judged them, in the copy of the program."""
    arrivals = [arrival for arrival in read_arrivals(folder, opening) if arrival.is_from_office]
    for parsed in parse_files([(folder.landing / a.bytes_path, a) for a in arrivals]):
        if isinstance(parsed, ParsedFile) and parsed.form == REFERENCE_FORM:
            return Register.of(parsed)
    raise RuntimeError("the office's lists of the bench have not been landed")


def write_history(
    province: Province, folder: DataFolder, register: Register, progress: Callable[[str], None]
) -> None:
    """Land and load every month before the night's, each under the last day of its month."""
    random = Random(SEED + 2)
    for month in range(province.size.first_month, HEAD):
        first = plan.first_day(month)
        night = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        tables: Tables = {name: [] for name in COLUMNS}
        bytes_ = workbook_of(
            province,
            month,
            province.district.agents[0],
            datetime(first.year, first.month, 20, tzinfo=HANOI),
            random,
        )
        model: Workbook | None = None
        for number, agent in enumerate(province.district.agents):
            received = datetime(
                first.year, first.month, random.randint(20, 27), 8, tzinfo=HANOI
            ) + timedelta(seconds=random.randrange(43_200))
            arrival = _land(folder, _stamped(bytes_, number), agent, received)
            model = model or read_workbook(folder.landing / arrival.bytes_path)
            file = loaded_file(
                arrival, model, agent, province.payments[month, agent.code], register
            )
            fates: list[Fate] = [
                "accepted" if row.is_data else "not_data" for row in file.parsed.rows
            ]
            for name, rows in records(
                Judgement(file, "accepted", fates, fates), [arrival], night
            ).items():
                tables[name] += rows
        receipts = [str(row["receipt"]) for row in tables["raw.submissions"]]
        ledger.append(
            folder,
            [(name, ledger.digest_of((folder.landing / name).read_bytes())) for name in receipts],
        )
        load(folder.warehouse, night, {name: to_arrow(name, rows) for name, rows in tables.items()})
        progress(f"history {plan.label(month)}: {len(tables['raw.sheet_rows'])} rows")


def peers_history(province: Province) -> Iterator[dict[str, Any]]:
    """The same payments and the roster as plain records, for those who keep their history as one
    table."""
    for person, first, until in province.roster.roster:
        values = (
            person.agent.code,
            province.size.first_month - 1,
            person.number,
            until - first,
            first,
            0,
            0,
            0,
        )
        yield dict(zip(PEERS_COLUMNS, values, strict=True))
    for (month, agent_code), payments in province.payments.items():
        if month < HEAD:
            for p in payments:
                values = (
                    agent_code,
                    month,
                    p.person.number,
                    p.months,
                    p.first,
                    p.total,
                    p.total - p.support,
                    p.support,
                )
                yield dict(zip(PEERS_COLUMNS, values, strict=True))


def loaded_file(
    arrival: Arrival,
    model: Workbook,
    agent: Agent,
    payments: list[Payment],
    register: Register | None,
) -> FileToJudge:
    """What reading the agent's workbook comes to: the cells of `model`, with its agent and its
    people replaced, understood by the parser."""
    (page,) = model.pages
    first = next(i for i, cells in enumerate(page.grid) if cells[0] == "I.1") + 1
    after = next(i for i, cells in enumerate(page.grid) if cells[0] == "I.2")
    sums = [
        sum(p.total for p in payments),
        sum(p.total - p.support for p in payments),
        sum(p.support for p in payments),
    ]
    rows = [_cells(ordinal, payment) for ordinal, payment in enumerate(payments, start=1)]
    grid = [*page.grid[:first], *rows, *page.grid[after:]]
    grid[1] = [f"Số định danh: {agent.code}", *page.grid[1][1:]]
    grid[first + len(rows) + 1] = ["", "Cộng tăng", "", "", "", "", *sums, ""]
    asked = next(i for i, cells in enumerate(grid) if str(cells[0]).startswith("Tổng số sổ"))
    grid[asked] = [
        f"Tổng số sổ BHXH đề nghị cấp: {sum(p.is_new for p in payments)}",
        *grid[asked][1:],
    ]
    parsed = parse_form(arrival.sha256, Workbook(model.container, (Page(page.name, grid),)))
    file = FileToJudge(arrival, parsed, register)
    file.keys = [row_keys(file, row) if row.is_data else None for row in parsed.rows]
    return file


def _cells(ordinal: int, payment: Payment) -> list[Any]:
    person = payment.person
    note = (
        f"P.Thức Tăng_mới, Ngày sinh {person.birth_date:%d/%m/%Y}"
        if payment.is_new
        else "P.Thức Đóng_tiếp"
    )
    amounts = payment.total, payment.total - payment.support, payment.support
    return [
        ordinal,
        person.name,
        person.number,
        payment.income,
        payment.months,
        plan.label(payment.first),
        *amounts,
        note,
    ]


def _stamped(workbook: bytes, number: int) -> bytes:
    """The same ZIP, with `number` as time of its first entry in the central directory: other bytes,
    the same workbook."""
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
        "role": "sender",
        "original_name": f"D05-TS_{agent.code}_{received_at:%m-%Y}.xlsx",
        "side_file_problem": None,
        "sha256": sha256,
        "size": len(content),
        "bytes": bytes_path,
    }
    identity = [
        receipt[k] for k in ("sha256", "received_at", "agent_code", "channel", "original_name")
    ]
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
