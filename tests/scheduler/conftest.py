"""One server for all tests of the scheduler: PostgreSQL, Airflow's components, an SMTP server, and
a month of the sample."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.airflow_server import Server
from tests.support.command import baophu
from tests.support.mailbox import listening


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder that another user may enter: PostgreSQL does not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="baophu-server-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(data: Path, sample: Path) -> Iterator[Server]:
    for name in ("office/2017-05", "2017-06"):
        shutil.copytree(sample / "inbox" / name, data / "inbox" / name)
    settings = {
        "BAOPHU_ENGINEER_MAIL": "engineer@example.org",
        "BAOPHU_FIRST_NIGHT": "2101-01-01",  # the tests run nights of their own, the clock none
        "BAOPHU_PUBLISHED_WITHIN_MINUTES": "0",
        "BAOPHU_RETRY_MINUTES": "0.05",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    }
    with listening(**settings) as mailbox:
        ran = baophu("up", "--format", "json", data=data)
        try:
            assert ran.code == 0, ran.err
            said = json.loads(ran.out)
            assert said["database"] == "PostgreSQL", ran.err
            yield Server(data, said["address"], said["user"], said["password"], mailbox)
        finally:
            baophu("down", data=data)


@pytest.fixture(scope="module")
def first_run(server: Server) -> str:
    """The run of `ingest` for the night of 30/06/2017, ended; its id."""
    from tests.support.airflow_server import wait_for

    run_id = server.trigger("ingest", night="2017-06-30")
    wait_for(lambda: server.ended("ingest", run_id))
    wait_for(lambda: server.known_on() == "2017-06-30")
    return run_id
