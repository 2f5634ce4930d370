"""No file, however broken or hostile, stops a night, harms the machine, or costs another file."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from datetime import date
from pathlib import Path

import duckdb
import psutil
import pytest

from core.data_folder import DataFolder
from core.settings import Limits
from ingestion.arrival.archives import is_archive, members, safe_name
from ingestion.arrival.inbox import land_inbox
from ingestion.arrival.landing import Landing, read_arrivals
from ingestion.forms.reading import parse_file, parse_files
from ingestion.model import ParsedFile
from ingestion.rules.validate import judge
from ingestion.rules.versions import prepare
from tests.support.evening import take_in
from tests.support.hostile import CANARY, SHEET, blank_rows, cell_at, hostile
from tests.support.made import PEOPLE, arrival_of, changed, form, zipped

LIMITS = Limits(seconds_per_file=10, workers=1, max_unpacked_mib=64)


Hostile = list[tuple[str, bytes, set[str]]]


@pytest.fixture(scope="module")
def bad(good: bytes) -> Hostile:
    return list(hostile(good))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return form(tmp_path_factory.mktemp("good") / "good.xlsx").read_bytes()


def test_each_is_refused_for_what_it_is(
    tmp_path: Path, bad: Hostile, request: pytest.FixtureRequest
) -> None:
    Path(CANARY).write_text("3399999999", encoding="utf-8")
    request.addfinalizer(lambda: Path(CANARY).unlink(missing_ok=True))
    items, expected = [], []
    for name, content, reasons in bad:
        (tmp_path / name).write_bytes(content)
        items.append((tmp_path / name, arrival_of(tmp_path / name)))
        expected.append((name, reasons))
    found = list(parse_files(items, LIMITS))
    for (name, reasons), parsed in zip(expected, found, strict=True):
        assert isinstance(parsed, ParsedFile), (name, parsed)
        assert parsed.container_problem in (reasons or [None]), name
        assert not parsed.rows
        assert "3399999999" not in repr(parsed)


def test_a_million_blank_rows_are_only_blank(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "blank.xlsx"
    path.write_bytes(blank_rows(good))
    (parsed,) = parse_files([(path, arrival_of(path))], LIMITS)
    assert isinstance(parsed, ParsedFile)
    assert parsed.container_problem is None
    assert sum(row.is_data for row in parsed.rows) == len(PEOPLE)


def test_deep_nesting_changes_no_row(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "deep.xlsx"
    path.write_bytes(
        changed(
            good,
            {SHEET: lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"<a>" * 300_000, 1)},
        )
    )
    (parsed,) = parse_files([(path, arrival_of(path))], LIMITS)
    assert isinstance(parsed, ParsedFile)
    assert parsed.container_problem or sum(row.is_data for row in parsed.rows) == len(PEOPLE)


def test_all_columns_of_a_sheet_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    path.write_bytes(cell_at(50, 16_383))
    assert parse_file(path, arrival_of(path), LIMITS).container_problem is None


def test_a_text_that_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    words = ["=1+1", "+84 912", "-5", "@SUM(A1)", '=HYPERLINK("http://x")']
    people = [
        ("Nguyễn Văn A", f"330000000{i}", 700000, 1, "06/2019", 154000, 138600, 15400, word)
        for i, word in enumerate(words)
    ]
    path = form(tmp_path / "x.xlsx", people)
    assert [
        row.values["note"] for row in parse_file(path, arrival_of(path)).rows if row.is_data
    ] == words


def inbox_of(root: Path) -> DataFolder:
    folder = DataFolder(root / "data")
    folder.inbox.mkdir(parents=True)
    return folder


def drop(folder: DataFolder, name: str, content: bytes, agent: str | None = "DL001") -> None:
    (folder.inbox / name).write_bytes(content)
    said = {"received_at": "2019-06-25T08:00:00+07:00", "agent_code": agent, "channel": "mail"}
    (folder.inbox / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")


def test_links_pipes_and_sockets_of_the_inbox_are_left(
    tmp_path: Path, good: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = inbox_of(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.xlsx").write_bytes(good)
    (folder.inbox / "link.xlsx").symlink_to(tmp_path / "elsewhere" / "secret.xlsx")
    (folder.inbox / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder.inbox / "gone.xlsx").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder.inbox / "pipe.xlsx")
    at = Path.cwd()
    os.chdir(folder.inbox)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s.xlsx")
    os.chdir(at)
    drop(folder, "good.xlsx", good)
    assert len(land_inbox(folder)) == 1
    assert "5 left where they lie" in caplog.text
    assert {p.name for p in folder.inbox.iterdir()} == {
        "link.xlsx",
        "folder",
        "gone.xlsx",
        "pipe.xlsx",
        "s.xlsx",
    }
    assert (tmp_path / "elsewhere" / "secret.xlsx").exists()


def test_a_file_held_open_for_writing_waits(tmp_path: Path, good: bytes) -> None:
    folder = inbox_of(tmp_path)
    drop(folder, "slow.xlsx", good[:5000])
    with (folder.inbox / "slow.xlsx").open("ab") as writing:
        assert land_inbox(folder) == []
        writing.write(good[5000:])
    (landed,) = land_inbox(folder)
    assert (folder.landing / landed.arrival.bytes_path).read_bytes() == good
    assert not folder.inbox.exists() or not any(folder.inbox.iterdir())


def test_a_file_that_grows_without_being_held_open_waits(
    tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOPHU_SETTLE_SECONDS", "0.6")
    folder = inbox_of(tmp_path)
    path = folder.inbox / "slow.xlsx"
    path.write_bytes(good[:5000])

    def go_on() -> None:
        time.sleep(0.3)
        with path.open("ab") as writing:
            writing.write(good[5000:])

    sender = threading.Thread(target=go_on)
    sender.start()
    assert land_inbox(folder) == []
    sender.join()
    (landed,) = land_inbox(folder)
    assert (folder.landing / landed.arrival.bytes_path).read_bytes() == good


def test_a_zip_is_landed_with_each_of_its_members(tmp_path: Path, good: bytes) -> None:
    folder = inbox_of(tmp_path)
    bad = changed(good, {"docProps/core.xml": lambda xml: xml + b" "})
    inner = zipped({"x.xlsx": good})
    drop(
        folder,
        "hai.zip",
        zipped(
            {
                "a/tốt.xlsx": good,
                "../../../escape.xlsx": bad,
                "C:\\x\\trong.zip": inner,
                "anh.png": b"\x89PNG",
                "a/": b"",
            }
        ),
    )
    landed = land_inbox(folder)
    assert [item.member for item in landed] == [
        None,
        "a/tốt.xlsx",
        "escape.xlsx",
        "x/trong.zip",
        "anh.png",
    ]
    arrivals = read_arrivals(folder, date(2019, 6, 30))
    whole = landed[0].arrival.sha256
    assert {(a.received_at, a.agent_code, a.channel) for a in arrivals} == {
        (landed[0].arrival.received_at, "DL001", "mail")
    }
    assert sorted(a.inside == whole for a in arrivals) == [False, True, True, True, True]
    assert not list(tmp_path.rglob("*escape*"))
    found = parse_files(
        [(folder.landing / item.arrival.bytes_path, item.arrival) for item in landed]
    )
    assert [(f.form, f.container_problem) for f in found if isinstance(f, ParsedFile)] == [
        ("archive/zip", None),
        ("d05-ts/595", None),
        ("d05-ts/595", None),
        ("archive/zip", "archive-in-archive"),
        (None, "not-a-workbook:image"),
    ]
    # killed before it left the inbox: the same arrivals again
    drop(folder, "hai.zip", (folder.landing / landed[0].arrival.bytes_path).read_bytes())
    assert [item.arrival for item in land_inbox(folder)] == [item.arrival for item in landed]


def test_nothing_of_a_refused_zip_is_taken(tmp_path: Path, bad: Hostile) -> None:
    folder = inbox_of(tmp_path)
    for name, content, _ in bad:
        if name.endswith(".zip"):
            drop(folder, name, content)
    landed = land_inbox(folder)
    assert len(landed) == 5
    assert all(item.member is None for item in landed)
    assert len(list(folder.landing.rglob("*.zip"))) == 5


def test_names_in_a_zip_name_no_place() -> None:
    assert safe_name("../../etc/passwd") == "etc/passwd"
    assert safe_name("/abs/x.xlsx") == "abs/x.xlsx"
    assert safe_name("C:\\Users\\..\\x.xlsx") == "Users/x.xlsx"
    assert safe_name("a\x00\n/..") == "a"
    assert safe_name("..") == "x"


def test_a_workbook_is_no_archive(tmp_path: Path, good: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(good)
    (tmp_path / "b.xlsx").write_bytes(zipped({"a.xlsx": good}))
    assert (is_archive(tmp_path / "a.zip"), is_archive(tmp_path / "b.xlsx")) == (False, True)
    assert [(name, source.read() == good) for name, source in members(tmp_path / "b.xlsx")] == [
        ("a.xlsx", True)
    ]


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path, good: bytes) -> None:
    from ingestion.arrival.landing import StillWritten

    folder = inbox_of(tmp_path)
    (tmp_path / "secret").write_bytes(good)
    (folder.inbox / "x.xlsx").symlink_to(tmp_path / "secret")
    with pytest.raises(StillWritten):
        Landing(folder).land(
            folder.inbox / "x.xlsx", received_at=None, agent_code=None, channel="folder"
        )


@pytest.mark.slow
def test_76_good_files_and_20_hostile_ones(
    sample: Path, tmp_path: Path, bad: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOPHU_SECONDS_PER_FILE", "10")
    monkeypatch.setenv("BAOPHU_MAX_UNPACKED_MIB", "64")
    night, folder = date(2019, 4, 30), inbox_of(tmp_path)
    shutil.copytree(sample / "inbox" / "office" / "2017-05", folder.inbox / "office")
    shutil.copytree(sample / "inbox" / "office" / "2018-12", folder.inbox / "office" / "2018-12")
    candidates = sorted(
        p
        for month in ("2019-02", "2019-03", "2019-04")
        for p in (sample / "inbox" / month).glob("*.xlsx")
    )
    judged = judge(prepare([(p, arrival_of(p, agent=None)) for p in candidates], []))
    chosen = [
        path
        for path, judgement in zip(candidates, judged, strict=True)
        if judgement.verdict == "accepted"
    ][:76]
    assert len(chosen) == 76
    for path in chosen[2:]:
        shutil.copyfile(path, folder.inbox / path.name)
        shutil.copyfile(f"{path}.json", folder.inbox / f"{path.name}.json")
    for name, content, _ in bad[:20]:
        (folder.inbox / f"bad-{name}").write_bytes(content)
        said = {"received_at": "2019-04-20T08:00:00+07:00", "channel": "folder"}
        (folder.inbox / f"bad-{name}.json").write_text(json.dumps(said), encoding="utf-8")
    (folder.inbox / "two.zip").write_bytes(
        zipped({path.name: path.read_bytes() for path in chosen[:2]})
    )
    (folder.inbox / "two.zip.json").write_text(
        json.dumps({"received_at": "2019-04-29T08:00:00+07:00"}), encoding="utf-8"
    )
    os.mkfifo(folder.inbox / "pipe.xlsx")
    (folder.inbox / "link.xlsx").symlink_to("/etc/hostname")
    around = {p for p in tmp_path.rglob("*") if folder.root not in p.parents}
    began, peak, done = time.monotonic(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            family = psutil.Process().children(recursive=True)
            for member in family:
                try:
                    peak[0] = max(peak[0], member.memory_info().rss)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        take_in(folder, night)
    finally:
        done.set()
        watcher.join()
    assert time.monotonic() - began < 60
    assert peak[0] < 1 << 30
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        verdicts = dict(con.execute("select sha256, verdict from raw.submissions").fetchall())
        found = {
            sha256
            for (sha256,) in con.execute(
                "select distinct sha256 from ops.findings where severity != 'warn'"
            ).fetchall()
        }
        zips = con.execute(
            "select verdict, rows_received from raw.submissions where form = 'archive/zip' and verdict != 'rejected'"
        ).fetchall()
    assert [verdicts[arrival_of(path).sha256] for path in chosen] == ["accepted"] * 76
    assert zips == [("accepted", 0)]
    assert len(found) == 20
    assert {sha256 for sha256, verdict in verdicts.items() if verdict == "rejected"} == found
    assert {p for p in tmp_path.rglob("*") if folder.root not in p.parents} == around
    assert {p.name for p in folder.inbox.rglob("*") if not p.is_dir()} == {"pipe.xlsx", "link.xlsx"}
