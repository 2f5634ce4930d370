"""What is owed to senders until it went: whatever ended on the way, the papers of a night lie in
the outbox once, and whole."""

from __future__ import annotations

import io
import json
import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.feedback.homecoming import note_owed, read_unmailed, return_files
from tests.support.evening import take_in
from tests.support.made import changed

ON, NEXT = date(2017, 6, 30), date(2017, 7, 1)


@pytest.fixture(scope="module")
def loaded(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A night is loaded, and ended there: nothing went home. One of its sheets needs much to be
    marked."""
    folder = DataFolder(tmp_path_factory.mktemp("owed") / "data")
    for month in ("office/2017-05", "2017-06"):
        shutil.copytree(sample / "inbox" / month, folder.inbox / month)
    sheet = next((folder.inbox / "2017-06").glob("*DL001*.xlsx"))
    book = load_workbook(sheet)
    page = book.active
    row = next(
        cell.row
        for cell in page["C"]
        if str(cell.value or "").isdigit() and len(str(cell.value)) == 10
    )
    page.cell(row, 3).value = "12345"
    out = io.BytesIO()
    book.save(out)
    sheet.write_bytes(
        changed(
            out.getvalue(),
            {
                "xl/worksheets/sheet1.xml": lambda xml: xml.replace(
                    b"</sheetData>", b"<row/>" * 1_500_000 + b"</sheetData>"
                )
            },
        )
    )
    nightly.land(folder)
    for chunk in nightly.plan(folder, ON):
        nightly.judge_chunk(folder, ON, chunk)
    nightly.load_night(folder, ON)
    return folder


@pytest.fixture
def ended(loaded: DataFolder, tmp_path: Path) -> DataFolder:
    return DataFolder(Path(shutil.copytree(loaded.root, tmp_path / "data")))


def files(folder: DataFolder) -> int:
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        return int(
            con.execute("select count(distinct sha256) from raw.submissions").fetchall()[0][0]
        )


def papers(folder: DataFolder) -> list[Path]:
    return [
        path
        for path in folder.outbox.rglob("*.html")
        if not path.relative_to(folder.outbox).parts[0].startswith(".")
    ]


@pytest.mark.parametrize("night", [ON, NEXT])
def test_a_night_that_ended_before_the_way_home_goes_home_later(
    ended: DataFolder, night: date
) -> None:
    """Run again, or at the next night."""
    take_in(ended, night)
    counts = return_files(ended, night)
    assert counts["files"] == counts["written"] == len(papers(ended)) == files(ended) > 20
    assert note_owed(ended, night) == 0
    assert return_files(ended, night)["files"] == 0
    assert len({file.name for file in read_unmailed(ended)}) == counts["files"]


def test_each_paper_goes_once_and_whole(ended: DataFolder) -> None:
    take_in(ended, NEXT)
    return_files(ended, NEXT)
    before = {path: path.read_bytes() for path in papers(ended)}
    handed_over, cut_off, *_ = sorted((ended.outbox / ".returned").iterdir())
    of_mark = {f.name: ended.outbox / f.paths[0] for f in read_unmailed(ended)}
    of_mark[handed_over.name].unlink()
    cut_off.unlink()
    shutil.rmtree(ended.root / "warehouse" / "work")
    take_in(ended, NEXT)
    assert (return_files(ended, NEXT)["files"], return_files(ended, NEXT)["written"]) == (1, 0)
    assert {path: path.read_bytes() for path in papers(ended)} == {
        p: b for p, b in before.items() if p != of_mark[handed_over.name]
    }
    with duckdb.connect(str(ended.warehouse)) as con:
        con.execute(
            "update ops.papers set told = 'another' where sha256 = (select max(sha256) from ops.papers)"
        )
    assert note_owed(ended, NEXT) == 1
    assert return_files(ended, NEXT)["written"] == 1


def test_an_older_night_sends_nothing_of_a_later_one(ended: DataFolder) -> None:
    take_in(ended, date(2017, 6, 25))
    return_files(ended, date(2017, 6, 25))
    assert max(file.night for file in read_unmailed(ended)) == date(2017, 6, 25)


def test_what_cannot_be_marked_within_limits_goes_home_by_its_receipt(
    ended: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOPHU_WORKER_MIB", "400")
    monkeypatch.setenv("BAOPHU_OFFICE_CONTACT", "Bộ phận thu <0221>")
    take_in(ended, NEXT)
    assert return_files(ended, NEXT)["alone"] == 1
    (file,) = [file for file in read_unmailed(ended) if file.waits and len(file.paths) == 1]
    text = (ended.outbox / file.paths[0]).read_text(encoding="utf-8")
    assert "Không có bản đánh dấu: tệp cần quá nhiều bộ nhớ để mở." in text
    assert "mã số BHXH phải có đúng 10 chữ số" in text.split("<ol>")[1]
    facts = dict(re.findall(r"<tr><th>([^<]+)</th><td>([^<]*)</td></tr>", text))
    assert facts["Đại lý"].startswith("DL001 · ")
    assert (facts["Kỳ báo cáo"], facts["Hạn gửi lại"], facts["Liên hệ"]) == (
        "tháng 06/2017",
        "hết ngày 05/07/2017",
        "Bộ phận thu &lt;0221&gt;",
    )
    assert (
        json.loads((ended.outbox / ".unmailed" / f"{file.name}.json").read_text(encoding="utf-8"))[
            "agent"
        ]
        == "DL001"
    )
    (ended.outbox / ".returned" / file.name).unlink()
    take_in(ended, NEXT)
    assert return_files(ended, NEXT)["written"] == 0
