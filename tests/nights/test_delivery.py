"""What a night sends home: the outbox, and one mail to an agent, by a real SMTP server, none
twice."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from baophu.airflow_config import in_process_settings
from baophu.delivery import deliver
from core.data_folder import DataFolder
from core.errors import MachineFault
from core.whole_files import safe_name
from ingestion.feedback.homecoming import (
    OFFICE_FOLDER,
    UNKNOWN,
    note_owed,
    read_unmailed,
    return_files,
)
from tests.support.command import asked
from tests.support.evening import take_in
from tests.support.mailbox import Mailbox, listening

NIGHT = date(2019, 6, 30)
FATES = ("accepted", "rejected", "held", "duplicate", "superseded", "not_data")

pytestmark = pytest.mark.slow


def with_addresses(path: Path) -> None:
    """The reference workbook with an e-mail for every agent but DL002."""
    book = load_workbook(path)
    page = book["dai_ly"]
    column = page.max_column + 1
    page.cell(1, column, "Thư điện tử")
    page.cell(2, column, "email")
    for row in range(3, page.max_row + 1):
        if page.cell(row, 1).value != "DL002":
            page.cell(row, column, f"{page.cell(row, 1).value}@example.org")
    book.save(path)


@pytest.fixture(scope="module")
def june(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """The sheets of June 2019, judged and gone home."""
    data = tmp_path_factory.mktemp("june") / "data"
    shutil.copytree(sample / "inbox" / "2019-06", data / "inbox" / "2019-06")
    shutil.copytree(sample / "inbox" / "office" / "2018-12", data / "inbox" / "office" / "2018-12")
    for path in (data / "inbox" / "office" / "2018-12").glob("D05*"):
        path.unlink()
    with_addresses(data / "inbox" / "office" / "2018-12" / "danh-muc-2019.xlsx")
    stray = data / "inbox" / "của ai ... không rõ.xlsx"
    shutil.copyfile(next((sample / "inbox" / "2019-05").glob("*DL001*.xlsx")), stray)
    side = {"received_at": "2019-06-30T10:00:00+07:00", "agent_code": "../DL777"}
    stray.with_name(stray.name + ".json").write_text(json.dumps(side), encoding="utf-8")
    folder = DataFolder(data)
    take_in(folder, NIGHT)
    return folder


@pytest.fixture
def home(june: DataFolder, tmp_path: Path) -> DataFolder:
    return DataFolder(Path(shutil.copytree(june.root, tmp_path / "data")))


@pytest.fixture
def mailbox(home: DataFolder) -> Iterator[Mailbox]:
    with listening(**in_process_settings(home), BAOPHU_AGENT_MAIL="1") as box:
        yield box


def outbox(folder: DataFolder) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder.outbox).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.outbox.rglob("*")
        if path.is_file() and not path.relative_to(folder.outbox).parts[0].startswith(".")
    }


def test_every_file_has_its_receipt_and_what_is_to_mend_its_copy(home: DataFolder) -> None:
    counts = return_files(home, NIGHT)
    returned = read_unmailed(home)
    assert counts["files"] == len(returned) == counts["written"]
    assert {path for file in returned for path in file.paths} == set(outbox(home))
    assert counts["marked"] == sum(file.waits for file in returned) >= 3
    for file in returned:
        page = (home.outbox / file.paths[0]).read_text(encoding="utf-8")
        assert not re.search(r"https?:|src=|@import", page)
        figures = [
            int(n.replace(".", ""))
            for n in re.findall(r'<td class="n">(-?[\d.]+)</td>', page.split("<h2>Cần")[0])
        ]
        assert sum(figures[:-1]) == figures[-1]
        if file.waits:
            assert load_workbook(home.outbox / file.paths[1]).sheetnames[0] == "Cần sửa"
    (stray,) = [file for file in returned if file.agent == UNKNOWN and file.night == NIGHT]
    assert re.fullmatch(
        rf"{UNKNOWN}/2019-06-30/của ai \.\.\. không rõ-[0-9a-f]{{12}}\.html", stray.paths[0]
    )


def owed_again(folder: DataFolder) -> None:
    """As if nothing had been marked as gone."""
    shutil.rmtree(folder.outbox / ".returned")
    note_owed(folder, NIGHT)


def test_a_replay_with_nothing_new_leaves_what_lies_there(home: DataFolder) -> None:
    return_files(home, NIGHT)
    copy = home.outbox / next(file.paths[1] for file in read_unmailed(home) if file.waits)
    copy.write_bytes(b"an agent is mending it")
    before = outbox(home)
    owed_again(home)
    assert return_files(home, NIGHT)["written"] == 0
    assert outbox(home) == before
    copy.unlink()
    owed_again(home)
    assert return_files(home, NIGHT)["written"] == 1


def test_one_mail_to_an_agent_and_none_twice(
    home: DataFolder, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    return_files(home, NIGHT)
    returned = read_unmailed(home)
    told = deliver(home, NIGHT, "direct")
    agents = {file.agent for file in returned} - {UNKNOWN, OFFICE_FOLDER}
    assert told == {"sent": len(agents) - 1, "without_address": 1, "wait": 0}
    assert sorted(str(mail["to"]) for mail in mailbox.mails) == sorted(
        f"{agent}@example.org" for agent in agents - {"DL002"}
    )
    assert {file.agent for file in read_unmailed(home)} == {"DL002"}
    owed_again(home)
    return_files(home, NIGHT)
    assert deliver(home, NIGHT, "direct") == {"sent": 0, "without_address": 1, "wait": 0}
    assert len(mailbox.mails) == len(agents) - 1
    (waiting,) = [f for f in returned if f.waits and f.agent == "DL011"]
    (mail,) = [m for m in mailbox.mails if str(m["to"]) == "DL011@example.org"]
    attached: dict[str | None, Any] = {
        part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()
    }
    assert attached == {
        Path(name).name: (home.outbox / name).read_bytes() for name in waiting.paths
    }


def test_what_is_told_anew_waits_for_the_next_nights_mail(
    home: DataFolder, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    return_files(home, NIGHT)
    file = next(file for file in read_unmailed(home) if file.agent == "DL011")
    deliver(home, NIGHT, "direct")
    anew = home.outbox / ".unmailed" / f"{file.sha256[:32]}-anew.json"
    anew.write_text(
        json.dumps(asdict(file) | {"night": file.night.isoformat(), "told": "anew"}),
        encoding="utf-8",
    )
    sent = len(mailbox.mails)
    assert deliver(home, NIGHT, "direct") == {"sent": 0, "without_address": 1, "wait": 1}
    monkeypatch.setenv("BAOPHU_AGENT_MAIL", "")
    assert deliver(home, NIGHT, "direct")["sent"] == 0
    assert read_unmailed(home) == []
    assert len(mailbox.mails) == sent


def test_a_mail_names_nobody(
    home: DataFolder, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    return_files(home, NIGHT)
    deliver(home, NIGHT, "direct")
    said = caplog.text
    for mail in mailbox.mails:
        body = mail.get_body(("html",))
        assert body is not None
        said += str(mail["subject"]) + str(body.get_content())
    assert "1 tệp có chỗ cần sửa" in said
    assert "D05-TS_" not in said
    assert not re.search(r"\b33\d{8}\b", said)


def test_a_mail_that_could_not_go_goes_the_next_time(
    home: DataFolder, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    return_files(home, NIGHT)
    connection = os.environ["AIRFLOW_CONN_SMTP_DEFAULT"]
    monkeypatch.setenv(
        "AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(json.loads(connection) | {"port": 1})
    )
    with pytest.raises(MachineFault, match="could not be sent"):
        deliver(home, NIGHT, "direct")
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection)
    assert deliver(home, NIGHT, "direct")["sent"] == len(mailbox.mails) > 50


def test_check_writes_the_copy_and_the_receipt_where_it_is_asked_to(
    june: DataFolder, sample: Path, tmp_path: Path
) -> None:
    path = next((sample / "inbox" / "2019-04").glob("*DL044*.xlsx"))
    ran = asked(
        "check", "--format", "json", "--out", tmp_path / "out", path, data=tmp_path / "none"
    )
    (told,) = json.loads(ran.out)
    assert told["copies"] == [str(p) for p in sorted((tmp_path / "out").iterdir(), reverse=True)]
    assert len(told["copies"]) == 2
    assert "chưa gửi".upper() in Path(told["copies"][1]).read_text(encoding="utf-8")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("a\u202ecod.exe\n", "acod.exe"),
        ("..", "tep"),
        ("=cmd|' /C", "cmd__ _C"),
        ("Bảng kê (1)", "Bảng kê (1)"),
    ],
)
def test_a_name_is_no_path(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe_name("ạ" * 300).encode()) <= 80
