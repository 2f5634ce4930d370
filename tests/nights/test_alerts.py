"""One mail per fault, to a real SMTP server; and a mail that could not go is not forgotten."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from baophu.airflow_config import in_process_settings
from baophu.alerts import mail_once, note_failure
from core.data_folder import DataFolder
from core.errors import Consequence, MachineFault, OfficeFault
from tests.support.mailbox import Mailbox, listening


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    settings = in_process_settings(DataFolder(tmp_path))
    with listening(
        **settings, BAOPHU_ENGINEER_MAIL="engineer@example.org, second@example.org"
    ) as box:
        yield box


def failed(error: BaseException | str, task: str = "plan") -> dict[str, Any]:
    run = SimpleNamespace(
        dag_id="ingest", run_id="manual__1", partition_key=None, conf={"night": "2019-06-30"}
    )
    return {"exception": error, "dag_run": run, "ti": SimpleNamespace(task_id=task)}


def test_one_mail_for_one_fault_however_often_it_comes_back(mailbox: Mailbox) -> None:
    for _ in range(3):
        note_failure(failed(OfficeFault("the reference workbook is missing")))
    assert mailbox.subjects() == ["[Bao Phủ] 2019-06-30: ingest.plan failed"]
    note_failure(failed(OfficeFault("the reference workbook is wrong: sheet dai_ly")))
    assert len(mailbox.mails) == 2


def test_what_follows_from_a_fault_is_written_down_but_not_mailed(
    mailbox: Mailbox, tmp_path: Path
) -> None:
    note_failure(failed(MachineFault("no space left")))
    note_failure(failed(Consequence("degraded: of 3 chunks 2 are loaded"), "seal"))
    assert len(mailbox.mails) == 1
    lines = (
        (tmp_path / "warehouse" / "work" / "2019-06-30" / "failures.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    assert [json.loads(line)["task"] for line in lines] == ["plan", "seal"]


def test_a_consequence_of_what_nobody_was_told_is_mailed(mailbox: Mailbox) -> None:
    note_failure(failed(Consequence("degraded: a chunk was skipped by hand"), "seal"))
    assert len(mailbox.mails) == 1


def test_no_value_of_a_sheet_is_in_a_line_or_a_mail(mailbox: Mailbox, tmp_path: Path) -> None:
    note_failure(failed(KeyError("Nguyễn Thị Hư Cấu 3301234567"), "judge"))
    note_failure(failed("Process killed: Nguyễn Thị Hư Cấu", "load"))
    assert len(mailbox.mails) == 2
    said = "".join(str(m.get_body(("html",)).get_content()) for m in mailbox.mails)
    said += (tmp_path / "warehouse" / "work" / "2019-06-30" / "failures.jsonl").read_text(
        encoding="utf-8"
    )
    assert "KeyError" in said
    assert "Hư Cấu" not in said
    assert "3301234567" not in said


def test_a_mail_that_could_not_go_goes_the_next_time(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = json.loads(os.environ["AIRFLOW_CONN_SMTP_DEFAULT"])
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection | {"port": 1}))
    assert mail_once("2019-06-30", "a fault", "its sentence") is False
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
    assert mail_once("2019-06-30", "a fault", "its sentence") is True
    assert mail_once("2019-06-30", "a fault", "its sentence") is False
    monkeypatch.setenv("BAOPHU_ENGINEER_MAIL", "")
    assert mail_once("2019-06-30", "another fault", "its sentence") is False
    assert len(mailbox.mails) == 1
