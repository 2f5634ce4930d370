"""A night whose landing was tampered with and whose senders wrote signs that terminals obey: it
runs, names them, publishes the others."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.arrival.landing import read_arrivals
from tests.support.command import Ran, asked, baophu
from tests.support.evening import NIGHT
from tests.support.made import changed
from tests.support.staying import StayingCommand

pytestmark = pytest.mark.slow
SHEET_NAME = "[/x]\u202e\u009b2J:smile:"
FILE_NAME = "[red]\x1b[2J\nTệp.xlsx"
AGENT = "DL[bold]\u009b31m"
NEXT = "2017-08-01"


@dataclass
class Night:
    """The data folder after the night, what the night said, and the files that were tampered with:
    their hash, and how to put them back."""

    data: Path
    ran: Ran
    by_bytes: str
    by_receipt: str
    put_back: list[Callable[[], object]]


def hostile_sheet(sheet: Path, agent: str | None, folder: Path, name: str) -> bytes:
    """A sheet of the sample whose first person has lost the number, under a sheet name that is
    markup; `agent`: what its head says."""
    book = openpyxl.load_workbook(sheet)
    page = book.active
    first = next(row for row in page.iter_rows() if re.fullmatch(r"\d{10}", str(row[2].value)))
    first[2].value = None
    if agent:
        page["A2"] = f"Số định danh: {agent}"
    book.save(folder / name)
    title = page.title.encode()
    escaped = SHEET_NAME.encode()
    return changed(
        (folder / name).read_bytes(),
        {"xl/workbook.xml": lambda xml: xml.replace(b'name="' + title, b'name="' + escaped, 1)},
    )


@pytest.fixture(scope="module")
def night(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    root = tmp_path_factory.mktemp("hostile")
    data = Path(shutil.copytree(evening, root / "Cô Ba's" / "data"))
    folder = DataFolder(data)
    sheets = sorted((data / "inbox" / "2017-07").glob("D05-TS_*.xlsx"))
    for number, (agent, name) in enumerate(((None, FILE_NAME), (AGENT, "b.xlsx"))):
        said = json.loads(Path(f"{sheets[number]}.json").read_bytes())
        (data / "inbox" / name).write_bytes(
            hostile_sheet(sheets[number], agent, root, f"{number}.xlsx")
        )
        (data / "inbox" / f"{name}.json").write_text(
            json.dumps(said if agent is None else {**said, "agent_code": None}), encoding="utf-8"
        )
        sheets[number].unlink()
        Path(f"{sheets[number]}.json").unlink()
    path = os.path.join(os.fsencode(data / "inbox"), b"C\xf4ng.xlsx")  # noqa: PTH118 - a name that is no text
    shutil.copyfile(sheets[4], path)
    os.utime(path, (1_501_000_000,) * 2)
    (data / "inbox" / "lạ.csv").write_text("x", encoding="utf-8")
    (data / "inbox" / "lạ.csv.json").write_text(
        '{"received_at": "9999-12-31T23:59:59-12:00"}', encoding="utf-8"
    )
    (data / "inbox" / "mai.csv").write_text("x;y", encoding="utf-8")
    (data / "inbox" / "mai.csv.json").write_text(
        '{"received_at": "2091-01-01T08:00:00+07:00"}', encoding="utf-8"
    )
    nightly.land(folder)
    new = {
        json.loads((folder.landing / a.receipt).read_bytes())["original_name"]: a
        for a in read_arrivals(folder, _day(NIGHT))
    }
    by_bytes, by_receipt = new[sheets[2].name], new[sheets[3].name]
    put_back: list[Callable[[], object]] = []
    changes: tuple[tuple[Path, Callable[[bytes], bytes]], ...] = (
        (folder.landing / by_bytes.bytes_path, lambda content: content + b"!"),
        (
            folder.landing / by_receipt.receipt,
            lambda content: content.replace(str(by_receipt.agent_code).encode(), b"DL021"),
        ),
    )
    for landed, change in changes:
        kept = landed.read_bytes()
        assert change(kept) != kept
        landed.write_bytes(change(kept))
        put_back.append(lambda landed=landed, kept=kept: landed.write_bytes(kept))
    shutil.copyfile(
        folder.landing / by_receipt.receipt,
        (folder.landing / by_receipt.receipt).with_name(f"{'e' * 64}.json"),
    )
    ran = baophu("night", "--date", NIGHT, data=data)
    return Night(data, ran, by_bytes.sha256, by_receipt.sha256, put_back)


def _day(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


def rows_of(data: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def is_plain(text: str) -> bool:
    """Nothing in it that a terminal would obey."""
    return not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text
    )


def test_the_night_names_what_was_tampered_with_and_publishes_the_others(night: Night) -> None:
    assert night.ran.code == 1, night.ran.err
    said = json.loads(asked("status", "--format", "json", data=night.data).out)
    words = [failure["message"] for failure in said["failures"]]
    assert sum(night.by_bytes[:12] in w and "no longer what came in" in w for w in words) == 1
    assert sum(night.by_receipt[:12] in w and "was altered" in w for w in words) == 1
    assert sum("nobody had landed" in w for w in words) == 1
    assert sum("2091-01-01" in w for w in words) == 1
    assert len(words) == 4
    loaded = rows_of(
        night.data,
        f"select sha256, verdict from raw.submissions where night between date '2017-07-01' and date '{NIGHT}'",
    )
    assert {night.by_bytes, night.by_receipt}.isdisjoint(sha256 for sha256, _ in loaded)
    assert sum(verdict == "accepted" for _, verdict in loaded) >= 10
    assert rows_of(night.data, "select count(*) from raw.submissions where year(night) > 2020") == [
        (0,)
    ]
    assert (night.data / "inbox" / "mai.csv").exists()


def test_what_senders_wrote_is_text_in_every_command(night: Night, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    shutil.copyfile(
        next((night.data / "landing").glob(f"received=*/{held_file(night)}.xlsx")), path
    )
    words = [
        ("status",),
        ("quarantine", "list"),
        ("quarantine", "show", held_file(night)),
        ("check", "--out", tmp_path / "out", path),
        ("submit", "--received-at", "2017-08-01T08:00:00+07:00", path),
        ("submit", "--received-at", "2091-08-01T08:00:00+07:00", path),
        ("kpi", "--by", "agent"),
    ]
    seen = ""
    for command in words:
        for way in ((), ("--format", "json")):
            ran = asked(*command, *way, data=night.data)
            assert ran.code in (0, 1) or "2091" in " ".join(map(str, command)), (command, ran.err)
            assert "Traceback" not in ran.err
            assert (command, is_plain(ran.out), is_plain(ran.err)) == (command, True, True)
            if way:
                json.loads(ran.out or "null")
            seen += ran.out
    assert is_plain(night.ran.out + night.ran.err)
    assert "[/x]\\u202e\\x9b2J:smile:" in seen
    assert "[red]\\x1b[2J\\x0aTệp.xlsx" in seen
    assert "DL[BOLD]\\x9b31M" in seen  # codes are written in capitals
    papers = [p for p in (night.data / "outbox").rglob("*") if p.is_file()]
    assert all(is_plain(p.name) for p in papers)
    html = [
        p.read_text(encoding="utf-8")
        for p in (*papers, *(tmp_path / "out").iterdir())
        if p.suffix == ".html"
    ]
    assert all(is_plain(page) for page in html)
    assert any("[red]\\x1b[2J" in page for page in html)
    logs = [
        p.read_text(encoding="utf-8", errors="replace")
        for p in (night.data / "airflow" / "logs").rglob("*.log")
    ]
    assert logs
    assert not any("\u009b" in log or "\x1b[2J" in log for log in logs)


def held_file(night: Night) -> str:
    ((sha256,),) = rows_of(
        night.data,
        f"select sha256 from raw.sheet_rows where fate = 'held' and sheet = '{SHEET_NAME}' and agent_code = 'DL003' limit 1",
    )
    return str(sha256)


def test_nobody_else_reads_what_names_people_and_everybody_what_is_published(night: Night) -> None:
    looked_at = 0
    for room in ("landing", "warehouse", "outbox", "airflow"):
        for path in ((night.data / room), *(night.data / room).rglob("*")):
            if not path.is_symlink():
                looked_at += 1
                assert (path, oct(stat.S_IMODE(path.stat().st_mode) & 0o077)) == (path, "0o0")
    assert looked_at > 100
    assert not (night.data / "inbox").stat().st_mode & 0o004
    published = night.data / "published"
    for path in (published, *published.rglob("*")):
        assert path.stat().st_mode & 0o004, path
        assert path.is_file() or path.stat().st_mode & 0o001, path
    assert night.data.stat().st_mode & 0o001


def test_the_next_night_is_clean_once_all_is_put_back(
    night: Night, staying: StayingCommand
) -> None:
    for back in night.put_back:
        back()
    for name in ("mai.csv", "mai.csv.json"):
        (night.data / "inbox" / name).unlink()
    ran = staying("night", "--date", NEXT, "--format", "json", data=night.data)
    said = json.loads(ran.out)
    assert (ran.code, said["failures"]) == (0, []), ran.err
    verdicts = rows_of(
        night.data,
        f"select verdict from raw.submissions where sha256 in ('{night.by_bytes}', '{night.by_receipt}')",
    )
    assert verdicts == [("accepted",), ("accepted",)]
