"""The morning alarm needs nothing that runs: a real mail server hears of a night that is not
published, once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from baophu.plain_mail import mail_connection
from baophu.watch import watch
from core.data_folder import DataFolder
from core.errors import OfficeFault
from tests.support.command import baophu
from tests.support.mailbox import Mailbox, listening


@pytest.fixture
def folder(first_night: Path, tmp_path: Path) -> DataFolder:
    """Of a night only what is published, that of 30/06/2019."""
    (tmp_path / "published").mkdir()
    shutil.copyfile(
        first_night / "published" / "baophu.duckdb", tmp_path / "published" / "baophu.duckdb"
    )
    return DataFolder(tmp_path)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening(
        BAOPHU_ENGINEER_MAIL="engineer@example.org", BAOPHU_FIRST_NIGHT="", BAOPHU_DATA=""
    ) as box:
        yield box


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def test_a_night_has_until_six(folder: DataFolder, mailbox: Mailbox) -> None:
    for moment in ("2019-06-30T21:30", "2019-07-01T06:00", "2019-07-02T05:59"):
        assert not watch(folder, at(moment)).is_late, moment
    assert mailbox.mails == []
    seen = [watch(folder, at(f"2019-07-02T06:{minute}")) for minute in ("00", "15")]
    assert [(s.night, s.published, s.is_late, s.mailed) for s in seen] == [
        (date(2019, 7, 1), date(2019, 6, 30), True, now) for now in (True, False)
    ]
    assert mailbox.subjects() == ["[Bao Phủ] 2019-07-01: the night was not published by 06:00"]
    assert "that of 2019-06-30" in mailbox.mails[0].get_content()
    assert watch(folder, at("2019-07-03T08:00")).mailed


def test_what_cannot_be_believed_is_not_published(folder: DataFolder, mailbox: Mailbox) -> None:
    with duckdb.connect(str(folder.published)) as con:
        con.execute("update publication set known_on = '2031-05-31'")
    assert watch(folder, at("2019-07-01T06:00")).is_late
    folder.published.write_bytes(b"not a store" * 100)
    assert watch(folder, at("2019-07-02T06:00")).is_late
    folder.published.unlink()
    assert watch(folder, at("2019-07-03T06:00")).is_late
    assert len(mailbox.mails) == 3


def test_before_its_first_night_a_server_owes_nothing(folder: DataFolder, mailbox: Mailbox) -> None:
    folder.published.unlink()
    folder.server_home.mkdir()
    (folder.server_home / "first_night").write_text("2019-07-02\n", encoding="utf-8")
    assert not watch(folder, at("2019-07-02T23:00")).is_late
    assert watch(folder, at("2019-07-03T06:00")).is_late


def test_the_command_ends_with_one_and_says_when_no_mail_can_go(
    folder: DataFolder, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mails in (1, 1):
        ran = baophu("watch", data=folder.root)
        assert (ran.code, "CHƯA công bố" in ran.out, ran.err) == (1, True, "")
        assert len(mailbox.mails) == mails
    shutil.rmtree(folder.root / "warehouse")
    connection = json.loads(os.environ["AIRFLOW_CONN_SMTP_DEFAULT"])
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection | {"port": 1}))
    ran = baophu("watch", "--format", "json", data=folder.root)
    assert (
        ran.code,
        json.loads(ran.out)["mailed"],
        "could not be sent (ConnectionRefusedError" in ran.err,
    ) == (1, False, True)
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT")
    assert "no mail server is named" in baophu("watch", data=folder.root).err


def test_the_mail_server_is_named_as_airflow_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_SMTP_DEFAULT", "smtp://an%40thi:b%2Fc@mail.example.org:587/?disable_ssl=true"
    )
    said = mail_connection()
    assert (said["host"], said["port"], said["login"], said["password"]) == (
        "mail.example.org",
        587,
        "an@thi",
        "b/c",
    )
    assert said["extra"] == {"disable_ssl": "true"}
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT")
    (tmp_path / "connections.json").write_text(
        '{"smtp_default": {"host": "mail.example.org"}}', encoding="utf-8"
    )
    monkeypatch.setenv(
        "AIRFLOW__SECRETS__BACKEND_KWARGS",
        json.dumps({"connections_file_path": str(tmp_path / "connections.json")}),
    )
    assert mail_connection() == {"host": "mail.example.org"}
    for text in ("{}", "not json"):
        (tmp_path / "connections.json").write_text(text, encoding="utf-8")
        with pytest.raises(OfficeFault, match="mail server"):
            mail_connection()
