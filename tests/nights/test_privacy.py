"""No personal value in any log, mail, table of operations, published file, or word of a command:
not even when our own code fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pypdf
import pytest

from tests.support import printed
from tests.support.command import ROOT, Ran, baophu
from tests.support.mailbox import Mailbox, listening
from tests.support.seeded import IN_ANY_YEAR, PAIRS, Seeded, workbook

pytestmark = pytest.mark.slow
FIRST, SECOND = "2019-06-30", "2019-07-01"
FILE_NAME = "Danh sách nhà bà Ma Thị Kín"
NAMES = ("Zờ Thị Đom Đóm", "Ma Văn Chuồn Chuồn", "Quách Thị Bọ Ngựa", "Ngạc Văn Cào Cào")
STREET, FREE_NOTE = "ngõ Bí Mật Vườn Chuối", "hẹn gặp ở chợ Ma Quái"
FIRST_NUMBER = 97_531_000
"""Numbers of people, citizens, receipts and telephones carry it: long enough to stand nowhere else.
"""


@dataclass
class Office:
    """A data folder after two nights, what the commands said, and what a mail server received."""

    data: Path
    said: dict[str, Ran]
    mailbox: Mailbox


def secret_sheet(number: int, layout: printed.Layout, name: str) -> Seeded:
    """People of whom everything is unmistakable, some rows wrong."""
    sheet = Seeded(
        layout,
        "D05",
        30,
        0,
        address=f"{STREET}, thị trấn Ân Thi, huyện Ân Thi",
        first_number=number,
    )
    for error in IN_ANY_YEAR:
        if sheet.can_hold(error) and sheet.taken < 12:
            sheet.break_row(error)
    for pair in PAIRS:
        if pair[2] in layout.fields:
            sheet.break_pair(*pair)
    for i, line in enumerate(sheet.lines):
        if line["full_name"] is not None:
            line["full_name"] = NAMES[i // 2 % 4]
        line["free"] = line["free"] or FREE_NOTE
    return sheet


def bring(data: Path, name: str, sheet: Seeded, received_at: str) -> None:
    data.joinpath("inbox").mkdir(exist_ok=True)
    (data / "inbox" / name).write_bytes(workbook({"D05": sheet.finished()}))
    said = {"received_at": received_at, "agent_code": "DL001"}
    (data / "inbox" / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")


@pytest.fixture(scope="module")
def office(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    data = tmp_path_factory.mktemp("private")
    shutil.copytree(sample / "inbox" / "office" / "2017-05", data / "inbox" / "office")
    reference = data / "inbox" / "office" / "danh-muc.xlsx"
    book = openpyxl.load_workbook(reference)
    agents = book["dai_ly"]
    column = agents.max_column + 1
    agents.cell(2, column).value = "email"
    for row in range(3, agents.max_row + 1):
        if agents.cell(row, 1).value == "DL001":
            agents.cell(row, column).value = "dl001@example.org"
    book.save(reference)
    bring(
        data,
        f"{FILE_NAME}.xlsx",
        secret_sheet(FIRST_NUMBER, printed.D05_490, "a"),
        "2019-06-25T08:00:00+07:00",
    )
    bring(
        data,
        "b.xlsx",
        secret_sheet(FIRST_NUMBER + 100, printed.D05_505, "b"),
        "2019-06-26T08:00:00+07:00",
    )
    with listening(BAOPHU_ENGINEER_MAIL="engineer@example.org", BAOPHU_AGENT_MAIL="1") as mailbox:
        said = {"night": baophu("night", "--date", FIRST, data=data)}
        said["status"] = baophu("status", data=data)
        said["status as JSON"] = baophu("status", "--format", "json", data=data)
        said["quarantine"] = run("baophu.cli", "quarantine", "list", "--data", str(data))
        said["outward"] = baophu("publish", "--outward", str(outward(data)), data=data)
        bring(
            data,
            "c.xlsx",
            secret_sheet(FIRST_NUMBER + 200, printed.D05_490, "c"),
            "2019-07-01T08:00:00+07:00",
        )
        said["crash"] = run(
            "tests.support.crashing", "night", "--data", str(data), "--date", SECOND
        )
    return Office(data, said, mailbox)


def outward(data: Path) -> Path:
    """The folder of what is let out of the office."""
    return data.with_name("outward")


def run(module: str, *words: str) -> Ran:
    environment = {k: v for k, v in os.environ.items() if k != "BAOPHU_DATA"}
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def secrets() -> list[str]:
    """What must not be found: each text as typed, and as JSON writes it."""
    texts = [*NAMES, STREET, FREE_NOTE, FILE_NAME, "Bọ Ngựa", "Vườn Chuối"]
    return [*texts, *(json.dumps(t)[1:-1] for t in texts)]


def leaks(text: str) -> list[str]:
    """The seeded numbers begin with 33 or 0331..: what is looked for is their common core, in a run
    of digits that is long enough."""
    return [s for s in secrets() if s in text] + [
        core for core in (f"33{FIRST_NUMBER}"[:8], f"0912{FIRST_NUMBER}"[:9]) if core in text
    ]


def texts_of(store: Path, schema: str | None = None) -> Iterator[tuple[str, str]]:
    """(table, all its values as text) of a DuckDB file."""
    with duckdb.connect(str(store), read_only=True) as con:
        for of, table in con.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall():
            if schema in (None, of):
                yield f"{of}.{table}", as_text(con.execute(f'from "{of}"."{table}"').fetchall())


def as_text(rows: Any) -> str:
    return "\n".join(str(value) for row in rows for value in row if value is not None)


def test_the_search_finds_what_may_be_found(office: Office) -> None:
    assert office.said["night"].code == 1, office.said["night"].err
    private = dict(texts_of(office.data / "warehouse" / "baophu.duckdb", "raw"))
    assert set(NAMES) | {STREET} <= set(leaks(private["raw.sheet_rows"]))
    assert len(leaks(private["raw.sheet_rows"])) > 6
    assert list((office.data / "outbox").rglob("*.xlsx"))
    (mail,) = [m for m in office.mailbox.mails if m["to"] == "dl001@example.org"]
    assert len(list(mail.iter_attachments())) == 4


def test_commands_say_nothing_of_people(office: Office) -> None:
    for name, ran in office.said.items():
        assert len(ran.out + ran.err) > 50, name
        assert (name, leaks(ran.out), leaks(ran.err)) == (name, [], [])
    assert office.said["quarantine"].code == 0
    assert "BP-101" in office.said["quarantine"].out


def test_mails_say_nothing_of_people_but_in_what_is_attached(office: Office) -> None:
    for mail in office.mailbox.mails:
        words = [
            str(mail["subject"]),
            *(
                str(p.get_content())
                for p in mail.walk()
                if p.get_content_maintype() == "text" and not p.get_filename()
            ),
        ]
        assert leaks("\n".join(words)) == []


def test_a_crash_of_ours_says_what_and_where_but_not_whom(office: Office) -> None:
    """The worker's error was the row itself."""
    assert office.said["crash"].code in (1, 2)
    work = office.data / "warehouse" / "work" / SECOND
    failures = (work / "failures.jsonl").read_text(encoding="utf-8")
    assert "RuntimeError" in failures
    assert leaks(failures) == []
    logs = [
        p.read_text(encoding="utf-8", errors="replace")
        for p in (office.data / "airflow" / "logs").rglob("*.log")
    ]
    assert any("KeyError at" in log for log in logs)
    subjects = [m["subject"] for m in office.mailbox.mails if m["to"] == "engineer@example.org"]
    assert any(SECOND in str(s) for s in subjects)


def test_logs_and_plans_and_tables_of_operations_name_nobody(office: Office) -> None:
    looked_at = 0
    warehouse = office.data / "warehouse"
    for folder in (office.data / "airflow", warehouse):
        for path in folder.rglob("*"):
            # the private stores; and where the outbox keeps a copy under the sender's own name for
            # it
            if (
                not path.is_file()
                or path.suffix in (".duckdb", ".parquet", ".wal")
                or path.name == "returned.json"
            ):
                continue
            looked_at += 1
            assert (path.name, leaks(path.read_bytes().decode("utf-8", errors="replace"))) == (
                path.name,
                [],
            )
    assert looked_at > 20
    assert list(warehouse.rglob("plan.json"))
    tables = dict(texts_of(warehouse / "baophu.duckdb", "ops"))
    assert len(tables["ops.findings"]) > 1_000
    assert {name: leaks(text) for name, text in tables.items() if leaks(text)} == {}


def test_what_is_published_names_nobody(office: Office) -> None:
    kinds = set()
    assert office.said["outward"].code == 0, office.said["outward"].err
    assert list(outward(office.data).glob("*/baophu.duckdb"))
    published = (office.data / "published").rglob("*")
    for path in (*published, *outward(office.data).rglob("*")):
        if not path.is_file():
            continue
        kinds.add(path.suffix)
        if path.suffix == ".duckdb":
            texts = list(texts_of(path))
            assert len(texts) > 8
        elif path.suffix == ".parquet":
            texts = [(path.name, as_text(duckdb.sql(f"from '{path}'").fetchall()))]
        elif path.suffix in (".xlsx", ".docx"):
            with zipfile.ZipFile(path) as parts:
                texts = [
                    (name, parts.read(name).decode("utf-8", errors="replace"))
                    for name in parts.namelist()
                ]
        elif path.suffix == ".pdf":
            pdf = pypdf.PdfReader(path)
            texts = [
                ("pages", "\n".join(page.extract_text() for page in pdf.pages)),
                ("about", str(pdf.metadata)),
            ]
        else:
            texts = [(path.name, path.read_bytes().decode("utf-8", errors="replace"))]
        for name, text in texts:
            assert (path.name, name, leaks(text)) == (path.name, name, [])
    assert kinds == {
        *(".duckdb", ".parquet", ".json", ".jsonl"),
        *(".html", ".pdf", ".docx", ".xlsx"),
    }
