"""What a night says, and leaves, when something is wrong with the machine, with the office's lists,
or with a sheet."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter

from core.data_folder import DataFolder
from publishing.errors import NothingPublished, PublishBlocked
from publishing.marts import build_marts
from publishing.release import publish
from tests.support.command import asked, baophu
from tests.support.held_lock import held_elsewhere
from tests.support.inboxes import bring
from tests.support.staying import StayingCommand


def one_line(said: str) -> bool:
    return len(said.strip().splitlines()) == 1 and "Traceback" not in said


def test_without_a_reference_nothing_is_loaded_and_the_sheet_waits(
    sample: Path, tmp_path: Path, staying: StayingCommand
) -> None:
    bring(sample, tmp_path, "2017-06/D05-TS_DL001_06-2017.xlsx")
    ran = staying("night", "--date", "2017-06-30", data=tmp_path)
    assert (ran.code, one_line(ran.err)) == (2, True)
    assert "no reference workbook has been received" in ran.err
    assert not (tmp_path / "warehouse" / "baophu.duckdb").exists()
    assert not (tmp_path / "published").exists()
    assert len(list((tmp_path / "landing").rglob("*.xlsx"))) == 1


def test_a_wrong_reference_is_refused_by_name_of_what_is_wrong(
    sample: Path, tmp_path: Path, staying: StayingCommand
) -> None:
    bring(sample, tmp_path, "office/2017-05/danh-muc.xlsx", "2017-06/D05-TS_DL001_06-2017.xlsx")
    book = openpyxl.load_workbook(tmp_path / "inbox" / "office" / "danh-muc.xlsx")
    del book["dan_so"]
    book.save(tmp_path / "inbox" / "office" / "danh-muc.xlsx")
    ran = staying("night", "--date", "2017-06-30", data=tmp_path)
    assert (ran.code, one_line(ran.err)) == (2, True)
    assert "dan_so" in ran.err


@pytest.mark.slow
def test_the_scheduler_s_first_night_does_not_bind_a_person(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, staying: StayingCommand
) -> None:
    monkeypatch.setenv("BAOPHU_FIRST_NIGHT", "2101-01-01")
    shutil.copytree(sample / "inbox" / "office" / "2017-05", tmp_path / "inbox" / "office")
    ran = staying("night", "--date", "2017-05-31", "--format", "json", data=tmp_path)
    assert ran.code == 0, ran.err
    assert DataFolder(tmp_path).published.exists()


def test_sheets_that_are_wrong_do_not_stop_the_others(
    sample: Path, tmp_path: Path, staying: StayingCommand
) -> None:
    bring(
        sample,
        tmp_path,
        "office/2017-05/danh-muc.xlsx",
        "office/2017-05/danh-sach-dau-ky.xlsx",
        "2017-06/D05-TS_DL001_06-2017.xlsx",
    )
    inbox = tmp_path / "inbox"
    (inbox / "hong.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    with xlsxwriter.Workbook(str(inbox / "la.xlsx")) as book:
        book.add_worksheet().write(0, 0, "Danh sách khen thưởng")
    strange = openpyxl.load_workbook(inbox / "D05-TS_DL001_06-2017.xlsx")
    strange.active["A2"] = "Số định danh: DL999"
    strange.save(inbox / "dl999.xlsx")
    for name, agent in (("hong", "DL002"), ("la", "DL003"), ("dl999", "DL999")):
        said = {
            "received_at": "2017-06-26T08:00:00+07:00",
            "agent_code": agent,
            "channel": "folder",
        }
        (inbox / f"{name}.xlsx.json").write_text(json.dumps(said), encoding="utf-8")
    ran = staying("night", "--date", "2017-06-30", data=tmp_path)
    assert ran.code == 1, ran.err
    status = json.loads(asked("status", "--format", "json", data=tmp_path).out)
    found = {
        (f["agent_code"], f["verdict"], *sorted({x["code"] for x in f["findings"]}))
        for f in status["files"]
    }
    assert ("DL002", "rejected", "BP-001") in found
    assert ("DL003", "rejected", "BP-002") in found
    assert ("DL999", "held", "BP-011") in found
    assert ("DL001", "accepted") in found
    assert all(x["message_vi"] and x["fix_vi"] for f in status["files"] for x in f["findings"])


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    ran = baophu("night", "--date", "2017-06-30", data=tmp_path / "file")
    assert (ran.code, one_line(ran.err)) == (2, True)
    assert "cannot write to the data folder" in ran.err


def test_a_locked_warehouse_is_said_and_questions_are_answered_all_the_while(
    night_folder: Path, staying: StayingCommand
) -> None:
    with duckdb.connect(str(night_folder / "warehouse" / "baophu.duckdb")):
        ran = staying("night", "--date", "2019-07-20", data=night_folder)
        assert (ran.code, one_line(ran.err)) == (2, True)
        assert "held by another process" in ran.err
        # a process of its own: a lock is between processes
        assert baophu("kpi", "--on", "2019-06-15", data=night_folder).code == 0


def test_a_second_night_at_once_does_nothing(night_folder: Path) -> None:
    with held_elsewhere(night_folder / "warehouse" / "night.lock"):
        ran = baophu("night", "--date", "2019-07-20", data=night_folder)
    assert (ran.code, one_line(ran.err)) == (2, True)
    assert "another night is running" in ran.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to mount a small disk")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)],
        check=False,
        capture_output=True,
    ).returncode:
        pytest.skip("this machine does not let a test mount a disk")
    try:
        ran = baophu("night", "--date", "2017-06-30", data=tmp_path / "data")
        assert (ran.code, one_line(ran.err)) == (2, True)
        assert "no space left" in ran.err
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize(
    "words",
    [
        ("--on", "2019-08-01"),
        ("--known-on", "2019-08-01"),
        ("--on", "2019-06-30", "--known-on", "2019-05-31"),
    ],
)
def test_days_that_cannot_be_answered_are_refused(
    first_night: Path, words: tuple[str, ...]
) -> None:
    ran = asked("kpi", *words, data=first_night)
    assert (ran.code, one_line(ran.err), ran.out) == (2, True, "")


def test_a_lost_row_blocks_publishing(night_folder: Path, staying: StayingCommand) -> None:
    places = DataFolder(night_folder)
    before = hashlib.sha256(places.published.read_bytes()).hexdigest()
    with duckdb.connect(str(places.warehouse)) as con:
        (lost,) = con.execute(
            "select min(row_id) from raw.sheet_rows where fate = 'accepted' and section = 'I.1'"
        ).fetchall()[0]
        con.execute("delete from raw.sheet_rows where row_id = ?", [lost])
    with pytest.raises(PublishBlocked) as blocked:
        build_marts(night_folder)
    # whichever is asked first: the build stops at one
    guards = {
        "nothing_lost",
        "money_is_loaded_as_read",
    }
    assert guards & set(blocked.value.failed_tests)
    assert (blocked.value.files, lost[:12] in str(blocked.value)) == ([lost[:12]], True)
    with pytest.raises(NothingPublished, match="the last build of the marts failed"):
        publish(night_folder)
    ran = staying("night", "--date", "2019-06-30", data=night_folder)
    assert (ran.code, one_line(ran.err)) == (2, True)
    assert any(guard in ran.err for guard in guards)
    assert hashlib.sha256(places.published.read_bytes()).hexdigest() == before
