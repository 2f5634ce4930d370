"""Landing takes in what can be taken, whatever lies beside it, and sees what was changed in it
since."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.data_folder import DataFolder
from core.errors import OfficeFault
from ingestion.arrival import ledger
from ingestion.arrival.decisions import read_decisions, record
from ingestion.arrival.inbox import land_inbox
from ingestion.arrival.landed import read_arrivals, read_receipts, verify_landing, with_sound_bytes
from ingestion.arrival.landing import Landing, nights_of_inbox

JUNE = date(2019, 6, 30)
ALWAYS = date(2099, 12, 31)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    (tmp_path / "inbox").mkdir()
    return DataFolder(tmp_path)


def drop(
    folder: DataFolder,
    name: str | bytes,
    side: str | bytes | None = '{"received_at": "2019-06-25T08:00:00+07:00"}',
) -> None:
    """A file of its own content in the inbox, dated 25/06/2019, with this side file."""
    path = os.path.join(os.fsencode(folder.inbox), os.fsencode(name))  # noqa: PTH118 - names that are no text
    with open(path, "wb") as out:  # noqa: PTH123
        out.write(b"content of " + os.fsencode(name))
    os.utime(path, (1_561_453_200,) * 2)
    if side is not None:
        with open(path + b".json", "wb") as out:  # noqa: PTH123
            out.write(side if isinstance(side, bytes) else side.encode())


def landed_well(folder: DataFolder, *names: str) -> None:
    for name in names or ("a.xlsx", "b.xlsx", "c.xlsx"):
        drop(folder, name)
    land_inbox(folder)


def receipt_of(folder: DataFolder, name: str) -> Path:
    return next(
        p
        for p in folder.landing.glob("received=*/*.json")
        if json.loads(p.read_bytes())["original_name"] == name
    )


def names(folder: DataFolder, problems: list[str] | None = None) -> list[str]:
    arrivals = read_arrivals(folder, ALWAYS, problems=problems)
    return sorted(
        json.loads((folder.landing / a.receipt).read_bytes())["original_name"] for a in arrivals
    )


SIDE_FILES: dict[str, tuple[Any, Any]] = {
    "the year 1": ('{"received_at": "0001-01-01T00:00:00+14:00"}', "date"),
    "the year 9999": ('{"received_at": "9999-12-31T23:59:59-12:00"}', "date"),
    "a huge offset": ('{"received_at": "2019-06-25T08:00:00+99:00"}', "unreadable"),
    "a number": ('{"received_at": 20190625}', "unreadable"),
    "half a character": ('{"agent_code": "\\ud800"}', "unreadable"),
    "an agent of escape signs": ('{"agent_code": "DL\\u001b[2J"}', "unreadable"),
    "a list for an agent": ('{"agent_code": [["DL001"]]}', "unreadable"),
    "deep nesting": ("[" * 60_000, "unreadable"),
    "a long number": ('{"agent_code": ' + "9" * 10_000 + "}", "unreadable"),
    "not UTF-8": (b'{"agent_code": "\xff\xfe"}', "unreadable"),
    "empty": ("", "unreadable"),
    "huge": ('{"x": "' + "x" * 100_000 + '"}', "unreadable"),
}


def test_no_side_file_stops_the_others(folder: DataFolder) -> None:
    for name, (side, _) in SIDE_FILES.items():
        drop(folder, f"{name}.xlsx", side)
    drop(folder, "good.xlsx")
    assert len(land_inbox(folder)) == len(SIDE_FILES) + 1
    found = {
        json.loads((folder.landing / a.receipt).read_bytes())["original_name"]: a
        for a in read_arrivals(folder, JUNE)
    }
    assert {name: found[f"{name}.xlsx"].side_file_problem for name in SIDE_FILES} == {
        name: why for name, (_, why) in SIDE_FILES.items()
    }
    assert {a.night for a in found.values()} == {date(2019, 6, 25)}
    assert found["good.xlsx"].side_file_problem is None
    assert not any(folder.inbox.iterdir())


def test_names_that_are_no_text_and_times_that_are_none(folder: DataFolder) -> None:
    long = "dài" * 60 + ".xlsx"  # with `.json` behind it, longer than the disk allows
    drop(folder, b"C\xf4ng ty.xlsx")
    drop(folder, "hai\ndòng \x1b[2J.xlsx")
    drop(folder, long, None)
    drop(folder, "cũ.xlsx", None)
    os.utime(folder.inbox / "cũ.xlsx", (0, 0))
    drop(folder, "x" * 251 + ".xls", None)
    assert len(land_inbox(folder)) == 5
    assert names(folder) == sorted(
        ["C\\xf4ng ty.xlsx", "hai\\x0adòng \\x1b[2J.xlsx", long, "cũ.xlsx", "x" * 251 + ".xls"]
    )
    old = read_receipts(
        folder, [receipt_of(folder, "cũ.xlsx").relative_to(folder.landing).as_posix()]
    )[0]
    assert old.side_file_problem == "file-time"
    assert datetime.now(UTC) - old.received_at < timedelta(minutes=10)


def test_a_file_from_the_future_waits_and_is_said(folder: DataFolder) -> None:
    drop(folder, "now.xlsx")
    drop(folder, "by its side file.xlsx", '{"received_at": "2091-05-31T08:00:00+07:00"}')
    drop(folder, "by its own time.xlsx", None)
    later = datetime.now(UTC) + timedelta(days=40)
    os.utime(folder.inbox / "by its own time.xlsx", (later.timestamp(),) * 2)
    notes: list[str] = []
    assert len(land_inbox(folder, notes)) == 1
    assert sorted(words.split("waits there: ")[1] for words in notes) == sorted(
        [
            f"it is dated {later + timedelta(hours=7):%Y-%m-%d}, which lies after now",
            "it is dated 2091-05-31, which lies after now",
        ]
    )
    assert not any("side file.xlsx" in words for words in notes)
    assert {p.name for p in folder.inbox.iterdir()} >= {
        "by its side file.xlsx",
        "by its own time.xlsx",
    }
    assert nights_of_inbox(folder) == []


def test_a_side_file_of_nothing_is_said_and_folders_of_the_inbox_stay(folder: DataFolder) -> None:
    (folder.inbox / "DL001").mkdir()
    drop(folder, "DL001/a.xlsx")
    (folder.inbox / "DL001" / "quên.xlsx.json").write_text("{}", encoding="utf-8")
    notes: list[str] = []
    assert len(land_inbox(folder, notes)) == 1
    assert notes == ["1 side file(s) (.json) of the inbox belong to no file"]
    assert [p.name for p in (folder.inbox / "DL001").iterdir()] == ["quên.xlsx.json"]


def test_a_bug_of_ours_at_one_file_sets_that_one_aside(folder: DataFolder) -> None:
    """Nothing known brings landing to this, so the test breaks the disk below it: the day's folder
    of one file is a file."""
    drop(folder, "a.xlsx")
    drop(folder, "b.xlsx", '{"received_at": "2019-06-26T08:00:00+07:00"}')
    folder.landing.mkdir()
    (folder.landing / "received=2019-06-25").write_text("no folder", encoding="utf-8")
    notes: list[str] = []
    landed = land_inbox(folder, notes)
    assert [item.arrival.night for item in landed] == [date(2019, 6, 26)]
    assert len(notes) == 1
    assert "our code failed on a file of the inbox (FileExistsError at " in notes[0]
    (note,) = (folder.landing / "unreadable").glob("*.note.json")
    assert json.loads(note.read_text(encoding="utf-8"))["name"] == "a.xlsx"
    assert (
        note.with_name(note.name.replace(".note.json", ".bin")).read_bytes() == b"content of a.xlsx"
    )
    assert not any(folder.inbox.iterdir())


@contextmanager
def as_anybody() -> Iterator[Path]:
    """A data folder of a user whom permissions bind: root of a test is another one in here."""
    with tempfile.TemporaryDirectory() as kept:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(kept, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(kept)
        finally:
            if is_root:
                os.seteuid(0)


def test_what_may_not_be_set_aside_stays_and_the_others_are_landed(folder: DataFolder) -> None:
    # all that Python brings in late is there before the other user, who may not read it
    landed_well(folder)
    with as_anybody() as root:
        folder = DataFolder(root)
        (folder.inbox / "DL001").mkdir(parents=True)
        drop(folder, "DL001/a.xlsx")
        drop(folder, "b.xlsx", '{"received_at": "2019-06-26T08:00:00+07:00"}')
        folder.landing.mkdir()
        (folder.landing / "received=2019-06-25").write_text("no folder", encoding="utf-8")
        (folder.inbox / "DL001").chmod(0o555)
        notes: list[str] = []
        landed = land_inbox(folder, notes)
        assert [item.arrival.night for item in landed] == [date(2019, 6, 26)]
        assert len(notes) == 1
        assert "it stays there" in notes[0]
        assert (folder.inbox / "DL001" / "a.xlsx.json").exists()
        assert not any((folder.landing / "unreadable").iterdir())


def test_receipts_that_were_altered_or_are_missing_or_foreign_are_left_out_by_name(
    folder: DataFolder,
) -> None:
    landed_well(folder)
    assert verify_landing(folder) == []
    kept = receipt_of(folder, "a.xlsx").read_bytes()
    altered, missing = receipt_of(folder, "a.xlsx"), receipt_of(folder, "b.xlsx")
    altered.write_bytes(kept.replace(b'"agent_code": null', b'"agent_code": "DL999"'))
    missing.unlink()
    forged = altered.with_name(f"{'f' * 64}.json")
    forged.write_bytes(kept)
    (altered.parent / "thêm.txt").write_text("x", encoding="utf-8")
    problems = verify_landing(folder)
    assert names(folder, problems) == ["c.xlsx"]
    assert (
        sorted(words.split(" in landing")[0] for words in problems if "nobody had landed" in words)
        == ["a file that nobody had landed lay"] * 2
    )
    assert sum(f"{missing.name[:12]}… is missing" in words for words in problems) == 1
    assert sum(f"{altered.name[:12]}… was altered" in words for words in problems) == 1
    assert len(problems) == 4
    assert len(list((folder.landing / "unreadable").glob("*.bin"))) == 2
    altered.write_bytes(kept)
    again: list[str] = verify_landing(folder)
    assert names(folder, again) == ["a.xlsx", "c.xlsx"]
    assert len(again) == 1  # what was set aside is no longer there; what is missing still is


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[" * 100_000, b"\xff"])
def test_a_receipt_that_is_none_costs_its_file_alone(folder: DataFolder, text: bytes) -> None:
    landed_well(folder)
    receipt_of(folder, "b.xlsx").write_bytes(text)
    problems: list[str] = []
    assert names(folder, problems) == ["a.xlsx", "c.xlsx"]
    assert len(problems) == 1


def test_bytes_that_were_altered_are_left_out_until_they_come_again(folder: DataFolder) -> None:
    landed_well(folder)
    arrivals = read_arrivals(folder, JUNE)
    path = folder.landing / arrivals[1].bytes_path
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"!")
    problems: list[str] = []
    assert with_sound_bytes(folder, arrivals, problems) == [arrivals[0], arrivals[2]]
    assert [arrivals[1].sha256[:12] in words for words in problems] == [True]
    landed_well(folder)  # the same files once more
    assert with_sound_bytes(folder, arrivals, problems) == arrivals


def test_a_run_killed_before_the_ledger_is_taken_up_by_the_next(folder: DataFolder) -> None:
    landed_well(folder, "a.xlsx")
    lines = (folder.landing / "ledger.jsonl").read_bytes()
    landed_well(folder, "b.xlsx")
    # the power went: a line was cut off, the file still lay in the inbox
    (folder.landing / "ledger.jsonl").write_bytes(lines + b'{"path": "received=')
    assert names(folder) == ["a.xlsx"]
    landed_well(folder, "b.xlsx")
    assert names(folder) == ["a.xlsx", "b.xlsx"]
    assert verify_landing(folder) == []


@pytest.mark.parametrize("lost", ["bytes", "receipts", "both", "names"])
@pytest.mark.parametrize("left", [0, 5])
def test_what_a_power_cut_leaves_half_there_is_put_right_by_the_next_pass(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, lost: str, left: int
) -> None:
    """The power goes when all is written and nothing is on the disk yet: names without their
    content, or not even names."""
    drop(folder, "long before.xlsx")
    land_inbox(folder)

    def power_cut(paths: Collection[Path]) -> None:
        for path in paths:
            if lost == "names":
                path.unlink()
            elif lost == "both" or (lost == "bytes") == (path.suffix != ".json"):
                path.write_bytes(path.read_bytes()[:left])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ingestion.arrival.landing.sync_all", power_cut)
        with pytest.raises(KeyboardInterrupt):
            landed_well(folder)
    assert {path.name for path in folder.inbox.glob("*.xlsx")} == {"a.xlsx", "b.xlsx", "c.xlsx"}, (
        "nothing left the inbox"
    )
    assert names(folder) == ["long before.xlsx"], "nobody reads what is not listed"
    land_inbox(folder)
    problems: list[str] = []
    assert names(folder, problems) == ["a.xlsx", "b.xlsx", "c.xlsx", "long before.xlsx"]
    arrivals = read_arrivals(folder, ALWAYS)
    assert with_sound_bytes(folder, arrivals, problems) == arrivals
    assert (len(arrivals), problems, verify_landing(folder)) == (4, [], [])
    assert not [path for path in folder.inbox.rglob("*") if path.is_file()]


def test_all_is_on_the_disk_before_it_is_listed_and_a_pass_waits_once_for_it(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    synced: set[Path] = set()
    right = ledger.append

    def sync(paths: Collection[Path]) -> None:
        steps.append("sync")
        synced.update(paths)

    def append(of: DataFolder, lines: Sequence[ledger.Line]) -> None:
        steps.append("list")
        assert {folder.landing / path for path, _ in lines} <= synced
        right(of, lines)

    monkeypatch.setattr("ingestion.arrival.landing.sync_all", sync)
    monkeypatch.setattr(ledger, "append", append)
    landed_well(folder)
    assert steps == ["sync", "list"]
    assert {path.name for path in synced} == {
        path.name for path in folder.landing.glob("received=*/*")
    }
    synced.clear()
    # the same bytes: who landed them may not have synced them
    drop(folder, "a.xlsx", '{"received_at": "2019-06-26T08:00:00+07:00"}')
    land_inbox(folder)
    assert sorted(path.suffix for path in synced) == [".json", ".xlsx"]


def test_a_pass_at_work_is_let_alone(folder: DataFolder) -> None:
    landed_well(folder, "b.xlsx")
    landing = Landing(folder)
    drop(folder, "a.xlsx")
    with landing.one_pass():
        landing.land(folder.inbox / "a.xlsx", received_at=None, agent_code=None, channel="folder")
        assert verify_landing(folder) == []
        problems: list[str] = []
        assert names(folder, problems) == ["b.xlsx"]
        assert problems == []
    assert names(folder) == ["a.xlsx", "b.xlsx"]


@pytest.mark.parametrize(
    "change", ["a line altered", "a line taken out", "the end cut off", "all of it removed"]
)
def test_a_ledger_that_was_altered_stops_everything(folder: DataFolder, change: str) -> None:
    landed_well(folder)
    verify_landing(folder)
    path = folder.landing / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        {
            "a line altered": lines[0]
            + lines[1].replace(b"received=2019-06-25", b"received=2019-06-26")
            + lines[2],
            "a line taken out": lines[0] + lines[2],
            "the end cut off": lines[0],
            "all of it removed": b"",
        }[change]
    )
    with pytest.raises(OfficeFault, match=r"ledger\.jsonl"):
        read_arrivals(folder, JUNE)
    drop(folder, "d.xlsx")
    with pytest.raises(OfficeFault, match=r"ledger\.jsonl"):
        land_inbox(folder)
    assert (folder.inbox / "d.xlsx").exists()


def test_a_landing_without_a_ledger_is_taken_as_it_is_once(folder: DataFolder) -> None:
    landed_well(folder)
    receipt_of(folder, "b.xlsx").write_bytes(b"")
    (folder.landing / "ledger.jsonl").unlink()
    assert len(verify_landing(folder)) == 1
    assert names(folder) == ["a.xlsx", "c.xlsx"]
    assert verify_landing(folder) == []
    assert ledger.read_ledger(folder) is not None


def test_a_decision_that_nobody_made_is_refused(folder: DataFolder) -> None:
    landed_well(folder)
    at = datetime(2019, 6, 25, 9, tzinfo=UTC)
    first = record(folder, "reject", "a" * 64, who="CB01", why="thử", decided_at=at)
    assert read_decisions(folder) == [first]
    second = record(folder, "undo", "a" * 64, who="CB01", why="thử", decided_at=at, undoes=first.id)
    path = next((folder.landing / "decisions").glob(f"*/{second.id}.json"))
    lines = (folder.landing / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    # as if somebody else had put the record there
    (folder.landing / "ledger.jsonl").write_bytes(b"".join(lines[:-1]))
    with pytest.raises(OfficeFault, match="was not made by this program"):
        read_decisions(folder)
    path.unlink()
    assert read_decisions(folder) == [first]
