"""The office hears each morning how the district stands: once per publication, by a real mail
server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from baophu.morning_mail import mail_the_office
from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault
from publishing.morning import write_morning
from publishing.store import read_store
from tests.support.command import baophu
from tests.support.mailbox import Mailbox, listening


@pytest.fixture
def folder(two_nights: Path, tmp_path: Path) -> DataFolder:
    """What was published in two nights, to be changed."""
    places = DataFolder(tmp_path / "data")
    shutil.copytree(DataFolder(two_nights).versions, places.versions)
    return places


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening(
        BAOPHU_OFFICE_MAIL="giam.doc@example.org, phong.thu@example.org", BAOPHU_PUBLISHED_URL=""
    ) as box:
        yield box


CHANGED = """
    select now.commune_name, was.participants, now.participants
    from kpi_by_commune as now inner join kpi_by_commune as was using (commune_code)
    where now.reporting_date = '2017-07-31' and was.reporting_date = '2017-06-30' and now.participants <> was.participants
"""


def versions(folder: DataFolder) -> list[Path]:
    return sorted(folder.versions.iterdir())


def test_what_it_says(folder: DataFolder) -> None:
    first, second = versions(folder)
    with read_store(second / "baophu.duckdb", "publication") as con:
        (people, reported, expected) = con.execute(
            "select participants, agents_reported, agents_expected from kpi_by_district order by reporting_date desc limit 1"
        ).fetchall()[0]
        found = con.execute(CHANGED).fetchall()
    morning = write_morning(second, "https://bhxh.example.vn/so-lieu/")
    assert morning.subject == "[Bao Phủ] Số liệu đến 31/07/2017, công bố đêm 31/07/2017"
    assert morning.sentences[0].startswith(f"Đến 31/07/2017, huyện Ân Thi: {people} người tham gia")
    assert f"theo báo cáo của {reported}/{expected} đại lý" in morning.sentences[0]
    assert len(found) > 1
    assert (
        morning.compared_with
        == f"So với phiên bản {first.name}, {len(found)} xã có số người tham gia thay đổi:"
    )
    assert sorted(
        (change.commune, change.before, change.now) for change in morning.changes
    ) == sorted(found)
    assert (
        morning.links["Tệp số liệu (DuckDB)"]
        == f"https://bhxh.example.vn/so-lieu/versions/{second.name}/baophu.duckdb"
    )
    for change in morning.changes:
        assert change.words in morning.text
        assert change.words in morning.html


def test_the_five_that_changed_most(folder: DataFolder) -> None:
    second = versions(folder)[1]
    with duckdb.connect(str(second / "baophu.duckdb")) as con:
        con.execute("delete from publication_changes")
        for code, (before, now) in enumerate(
            [(10, 11), (10, 3), (10, 40), (10, 15), (10, 12), (None, 4), (10, 30)]
        ):
            con.execute(
                "insert into publication_changes select null, reporting_date, reporting_date, 'commune', ?, ?, 'participants', ?, ?, ? "
                "from publication",
                [str(code), f"Xã {code}", before, now, None if before is None else now - before],
            )
    morning = write_morning(second, "")
    assert [change.words for change in morning.changes] == [
        "Xã 5: – → 4",
        "Xã 2: 10 → 40 (+30)",
        "Xã 6: 10 → 30 (+20)",
        "Xã 1: 10 → 3 (−7)",
        "Xã 3: 10 → 15 (+5)",
    ]
    assert "7 xã có số người tham gia thay đổi; 5 xã thay đổi nhiều nhất:" in morning.text


def test_the_first_publication_is_compared_with_none(folder: DataFolder) -> None:
    first = versions(folder)[0]
    morning = write_morning(first, "")
    assert morning.compared_with == "Đây là lần công bố đầu tiên."
    assert morning.changes == ()
    assert morning.links["Tệp số liệu (DuckDB)"] == str(first / "baophu.duckdb")


def test_a_name_is_text(folder: DataFolder) -> None:
    second = versions(folder)[1]
    with duckdb.connect(str(second / "baophu.duckdb")) as con:
        con.execute("update publication_changes set holder_name = '<script>alert(1)</script>'")
    html = write_morning(second, "").html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_once_for_each_version_to_everybody(folder: DataFolder, mailbox: Mailbox) -> None:
    first, second = versions(folder)
    assert [mail_the_office(folder, version) for version in (first, second, first, second)] == [
        True,
        True,
        False,
        False,
    ]
    assert [str(mail["to"]) for mail in mailbox.mails] == [
        "giam.doc@example.org, phong.thu@example.org"
    ] * 2
    morning, mail = write_morning(second, ""), mailbox.mails[1]
    assert str(mail["subject"]) == morning.subject
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == morning.text.splitlines()
    assert html.get_content().split() == morning.html.split()


def test_a_server_that_does_not_take_it_is_tried_again(
    folder: DataFolder, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = versions(folder)[1]
    with monkeypatch.context() as patch:
        patch.setenv(
            "AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1:1?disable_ssl=true&disable_tls=true"
        )
        with pytest.raises(MachineFault, match="could not be sent"):
            mail_the_office(folder, second)
        patch.delenv("AIRFLOW_CONN_SMTP_DEFAULT")
        with pytest.raises(OfficeFault, match="no mail server is named"):
            mail_the_office(folder, second)
    assert mail_the_office(folder, second)
    assert len(mailbox.mails) == 1


def test_nobody_is_named(
    folder: DataFolder, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOPHU_OFFICE_MAIL", " ")
    assert not mail_the_office(folder, versions(folder)[1])
    assert mailbox.mails == []


@pytest.mark.slow
def test_the_night_sends_it(sample: Path, tmp_path: Path, mailbox: Mailbox) -> None:
    shutil.copytree(
        sample / "inbox" / "office" / "2017-05", tmp_path / "inbox" / "office" / "2017-05"
    )
    for _ in range(2):  # the second publishes nothing new
        ran = baophu("night", "--date", "2017-05-31", data=tmp_path)
        assert ran.code in (0, 1), ran.err
    assert mailbox.subjects() == ["[Bao Phủ] Số liệu đến 31/05/2017, công bố đêm 31/05/2017"]
