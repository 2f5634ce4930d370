"""The chain under the real scheduler: a workbook in the inbox, the published version there, faults
mailed, processes killed."""

from __future__ import annotations

import json
import shutil
import signal
import urllib.error
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import psutil
import pytest

from baophu.health import COMPONENTS, is_healthy
from tests.support.airflow_server import Server, wait_for
from tests.support.command import baophu

pytestmark = pytest.mark.slow


def send(data: Path, source: Path, name: str, received_at: str, agent: str | None = None) -> None:
    """Put a workbook into the inbox under another name, as if it had come then."""
    inbox = data / "inbox" / ("office" if name.startswith("danh-muc") else "")
    inbox.mkdir(parents=True, exist_ok=True)
    said = json.loads(Path(f"{source}.json").read_text(encoding="utf-8")) | {
        "received_at": received_at
    }
    (inbox / f"{name}.json").write_text(
        json.dumps(said | ({"agent_code": agent} if agent else {})), encoding="utf-8"
    )
    shutil.copyfile(source, inbox / f".{name}")
    (inbox / f".{name}").rename(inbox / name)


def content(data: Path) -> tuple[str, int]:
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        content_hash, rows = con.execute(
            "select content_hash, rows_behind from publication"
        ).fetchall()[0]
        return str(content_hash), int(rows)


def test_a_second_up_says_what_runs(server: Server) -> None:
    ran = baophu("up", "--format", "json", data=server.data)
    assert ran.code == 0, ran.err
    assert ran.err.count("runs already") == 6  # PostgreSQL, four of Airflow, the supervisor
    assert json.loads(ran.out)["address"] == server.address


def test_the_login_is_generated_and_needed(server: Server) -> None:
    assert len(server.password) >= 16
    with pytest.raises(urllib.error.HTTPError, match="401"):
        Server(server.data, server.address, "baophu", "baophu", server.mailbox)
    for name in ("server.json", "passwords.json"):
        assert (server.data / "server" / name).stat().st_mode & 0o077 == 0


def test_nothing_listens_beyond_this_machine(server: Server) -> None:
    listening = [
        connection.laddr
        for process in server.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    # the API server is seen
    assert int(server.address.rpartition(":")[2]) in {place.port for place in listening}
    assert {place.ip for place in listening} == {"127.0.0.1"}, listening


def test_a_workbook_in_the_inbox_becomes_a_published_version(
    server: Server, first_run: str
) -> None:
    assert server.run("ingest", first_run)["state"] == "success"
    tasks = server.tasks("ingest", first_run)
    assert Counter(t["task_id"] for t in tasks) == dict.fromkeys(
        ("land", "plan", "judge", "load", "return_home", "deliver", "seal"), 1
    )
    assert {t["state"] for t in tasks} == {"success"}
    plan = json.loads(
        next((server.data / "warehouse" / "work" / "2017-06-30").glob("run-*/plan.json")).read_text(
            encoding="utf-8"
        )
    )
    (chunk,) = plan["chunks"]
    assert next(t["rendered_map_index"] for t in tasks if t["task_id"] == "judge") == chunk
    for dag_id in ("build_marts", "publish_kpis"):
        (run,) = server.runs(dag_id)
        assert run["partition_key"] == "2017-06-30"
        assert wait_for(lambda: server.ended(dag_id, run["dag_run_id"])) == "success"  # noqa: B023 - asked at once
        assert {t["state"] for t in server.tasks(dag_id, run["dag_run_id"])} == {"success"}


def test_the_asset_says_which_version_and_its_content_hash(server: Server, first_run: str) -> None:
    event = server.events("kpis_published")[0]["extra"]
    assert event["content_hash"] == content(server.data)[0]
    assert event["known_on"] == "2017-06-30"
    assert server.events("night_loaded")[0]["extra"]["accepted_rows"] > 0


def test_a_week_is_backfilled_night_by_night(server: Server, first_run: str, sample: Path) -> None:
    sheets = sorted((sample / "inbox" / "2017-07").glob("D05-TS*.xlsx"))
    for number, sheet in enumerate(sheets[:3]):
        send(server.data, sheet, sheet.name, f"2017-07-0{number * 2 + 2}T10:00:00+07:00")
    words = [
        "backfill",
        "create",
        "--dag-id",
        "ingest",
        "--from-date",
        "2017-07-01",
        "--to-date",
        "2017-07-07T21:00",
        "--max-active-runs",
        "2",
    ]
    ran = baophu("airflow", *words, data=server.data)
    assert ran.code == 0, ran.err

    def nights() -> list[str] | None:
        found = sorted(
            r["partition_key"]
            for r in server.runs("ingest")
            if r["run_type"] == "backfill" and r["state"] == "success"
        )
        return found if len(found) == 7 else None

    assert wait_for(nights, 900) == [f"2017-07-0{day}" for day in range(1, 8)]
    wait_for(lambda: server.known_on() == "2017-07-07", 900)
    nights_of_events: Any = wait_for(
        lambda: (
            (e := server.events("kpis_published"))
            and len(e) >= 8
            and [x["extra"]["known_on"] for x in e]
        ),
        900,
    )
    # each the version of its own night
    assert sorted(nights_of_events) == [
        "2017-06-30",
        *(f"2017-07-0{day}" for day in range(1, 8)),
    ]
    with duckdb.connect(str(server.data / "published" / "baophu.duckdb"), read_only=True) as con:
        loaded = con.execute(
            "select count(*) from fct_submissions where received_at >= '2017-07-01'"
        ).fetchall()[0][0]
    assert loaded == 3


def test_a_refused_reference_is_mailed_once_and_the_night_goes_on(
    server: Server, first_run: str, sample: Path
) -> None:
    wrong = server.data / "wrong.xlsx"
    book = openpyxl.load_workbook(sample / "inbox" / "office" / "2017-05" / "danh-muc.xlsx")
    del book["dan_so"]
    book.save(wrong)
    shutil.copyfile(sample / "inbox" / "office" / "2017-05" / "danh-muc.xlsx.json", f"{wrong}.json")
    send(server.data, wrong, "danh-muc-moi.xlsx", "2017-07-20T09:00:00+07:00")
    before = len(server.mailbox.mails)
    for _ in range(2):
        run_id = server.trigger("ingest", night="2017-07-20")
        assert wait_for(lambda run_id=run_id: server.ended("ingest", run_id)) == "success"
    (mail,) = server.mailbox.mails[before:]
    assert (
        mail["subject"] == "[Bao Phủ] 2017-07-20: a version of the reference workbook was refused"
    )
    body = mail.get_body(("html",))
    assert body is not None
    assert "dan_so" in body.get_content()
    wait_for(lambda: server.known_on() == "2017-07-20")


def test_a_fault_is_mailed_once_and_its_consequences_are_not(
    server: Server, first_run: str, sample: Path
) -> None:
    before, published = len(server.mailbox.mails), content(server.data)
    for _ in range(2):
        run_id = server.trigger("ingest", night="2017-07-20", sha256="0123456789ab")
        assert wait_for(lambda run_id=run_id: server.ended("ingest", run_id)) == "failed"
        states = {t["task_id"]: t["state"] for t in server.tasks("ingest", run_id)}
        behind = dict.fromkeys(("judge", "return_home", "deliver", "seal"), "upstream_failed")
        assert states == {"land": "success", "plan": "failed", "load": "failed", **behind}
    wait_for(lambda: len(server.mailbox.mails) > before)
    (mail,) = server.mailbox.mails[before:]
    assert mail["to"] == "engineer@example.org"
    assert mail["subject"] == "[Bao Phủ] 2017-07-20: ingest.plan failed"
    body = mail.get_body(("html",))
    assert body is not None
    assert "0123456789ab" in body.get_content()
    assert content(server.data) == published
    # the next night brings a good workbook
    send(
        server.data,
        sample / "inbox" / "office" / "2018-12" / "danh-muc-2019.xlsx",
        "danh-muc-dung.xlsx",
        "2017-07-21T09:00:00+07:00",
    )
    run_id = server.trigger("ingest", night="2017-07-21")
    assert wait_for(lambda: server.ended("ingest", run_id)) == "success"
    wait_for(lambda: server.known_on() == "2017-07-21")
    assert len(server.mailbox.mails) == before + 1


def test_a_night_that_is_not_published_in_time_is_mailed(server: Server, first_run: str) -> None:
    before = len(server.mailbox.mails)
    server.trigger("watch_night", night="2031-01-01")
    wait_for(lambda: len(server.mailbox.mails) > before)
    assert (
        server.mailbox.subjects()[-1]
        == "[Bao Phủ] 2031-01-01: the night was not published by 21:00"
    )


@pytest.mark.parametrize("victim", ["scheduler", "worker", "dbt"])
def test_a_process_killed_is_made_good(
    server: Server, first_run: str, sample: Path, victim: str
) -> None:
    night = {"scheduler": "2017-08-01", "worker": "2017-08-02", "dbt": "2017-08-03"}[victim]
    sheet = sorted((sample / "inbox" / "2017-07").glob("D05-TS*.xlsx"))[
        {"scheduler": 4, "worker": 5, "dbt": 6}[victim]
    ]
    send(server.data, sheet, f"{victim}-{sheet.name}", f"{night}T10:00:00+07:00")
    if victim == "scheduler":
        run_id = server.trigger("ingest", night=night)
        wait_for(
            lambda: any(
                t["task_id"] == "judge" and t["state"] == "running"
                for t in server.tasks("ingest", run_id)
            )
        )
        process = server.process("airflow scheduler")
        assert process is not None
        for one in (process, *process.children(recursive=True)):
            one.send_signal(signal.SIGKILL)
    elif victim == "worker":
        run_id = server.trigger("ingest", night=night)
        wait_for(
            lambda: any(
                t["task_id"] == "judge" and t["state"] == "running"
                for t in server.tasks("ingest", run_id)
            )
        )
        task = next(t for t in server.tasks("ingest", run_id) if t["task_id"] == "judge")
        psutil.Process(task["pid"]).send_signal(signal.SIGKILL)
    else:
        run_id = server.trigger("ingest", night=night)
        wait_for(lambda: server.process("publishing.build_process")).send_signal(signal.SIGKILL)
    assert wait_for(lambda: server.ended("ingest", run_id)) == "success"
    wait_for(lambda: server.known_on() == night)
    with duckdb.connect(str(server.data / "published" / "baophu.duckdb"), read_only=True) as con:
        assert con.execute(
            f"select count(*) from fct_submissions where cast(received_at as date) = '{night}'"
        ).fetchall() == [(1,)]
    if victim != "scheduler":
        tries = [
            t["try_number"]
            for dag in ("ingest", "build_marts")
            for r in server.runs(dag)
            for t in server.tasks(dag, r["dag_run_id"])
        ]
        assert max(tries) >= 2


def test_a_database_that_stops_comes_back_and_the_rest_with_it(
    server: Server, first_run: str
) -> None:
    database = server.process("postgres -D")
    assert database is not None
    database.send_signal(signal.SIGINT)  # as an operator stops it
    psutil.wait_procs([database], timeout=30)
    wait_for(lambda: server.process("postgres -D"), 60)
    wait_for(lambda: all(is_healthy(server.address, name) for name in COMPONENTS), 600)
    run_id = wait_for(lambda: server.try_trigger("ingest", night="2017-08-04"))
    assert wait_for(lambda: server.ended("ingest", run_id)) == "success"
    wait_for(lambda: server.known_on() == "2017-08-04")


def test_down_leaves_no_process(server: Server, first_run: str) -> None:
    ran = baophu("down", data=server.data)
    assert ran.code == 0, ran.err
    mark = str(server.data / "server")
    left = []
    for process in psutil.process_iter():
        try:
            if (
                process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get("BAOPHU_SERVER") == mark
            ):
                left.append(process.cmdline())
        except psutil.Error:
            continue
    assert left == []
    assert baophu("down", data=server.data).out == "nothing was running\n"
