"""A running server of ours, as its operators use it: through its API and its mails."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import psutil

from tests.support.mailbox import Mailbox

T = TypeVar("T")


@dataclass
class Server:
    """The data folder, the API and the mailbox of one server."""

    data: Path
    address: str
    user: str
    password: str
    mailbox: Mailbox

    def __post_init__(self) -> None:
        said = self._call(
            "POST", "/auth/token", {"username": self.user, "password": self.password}, token=None
        )
        self.token = said["access_token"]

    def trigger(self, dag_id: str, **conf: Any) -> str:
        said = self._call(
            "POST",
            f"/api/v2/dags/{dag_id}/dagRuns",
            {"conf": conf, "logical_date": None},
            self.token,
        )
        return str(said["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        return list(self._get(f"/api/v2/dags/{dag_id}/dagRuns?limit=100")["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return next(run for run in self.runs(dag_id) if run["dag_run_id"] == run_id)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return list(
            self._get(
                f"/api/v2/dags/{dag_id}/dagRuns/{urllib.request.quote(run_id)}/taskInstances"
            )["task_instances"]
        )

    def events(self, name: str) -> list[dict[str, Any]]:
        (asset,) = self._get(f"/api/v2/assets?name_pattern={name}")["assets"]
        return list(self._get(f"/api/v2/assets/events?asset_id={asset['id']}")["asset_events"])

    def ended(self, dag_id: str, run_id: str) -> str | None:
        state = self.run(dag_id, run_id)["state"]
        return state if state in ("success", "failed") else None

    def try_trigger(self, dag_id: str, **conf: Any) -> str | None:
        """As `trigger`; None while the server is not well."""
        try:
            return self.trigger(dag_id, **conf)
        except (urllib.error.URLError, OSError):
            return None

    def processes(self) -> list[psutil.Process]:
        """All of this server: those that carry its mark, and those that `up` remembers with their
        children, for a process that gives itself a title of its own hides its mark."""
        found: set[psutil.Process] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("BAOPHU_SERVER") == str(self.data / "server"):
                    found.add(process)
        for path in (self.data / "server").glob("*.pid.json"):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(json.loads(path.read_text(encoding="utf-8"))["pid"])
                found |= {process, *process.children(recursive=True)}
        return list(found)

    def process(self, words: str) -> psutil.Process | None:
        """A process of this server whose command line holds the words."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if words in " ".join(process.cmdline()):
                    return process
        return None

    def known_on(self) -> str | None:
        published = self.data / "published" / "baophu.duckdb"
        if not published.exists():
            return None
        with duckdb.connect(str(published), read_only=True) as con:
            return str(con.execute("select known_on from publication").fetchall()[0][0])

    def _get(self, path: str) -> Any:
        return self._call("GET", path, None, self.token)

    def _call(self, method: str, path: str, body: Any, token: str | None) -> Any:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        asked = urllib.request.Request(
            self.address + path,
            method=method,
            headers=headers,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)


def wait_for(what: Callable[[], T | None], seconds: float = 300) -> T:
    """Until `what` gives something; a slow machine is given its time. Fails loudly when nothing
    comes."""
    given_up = time.monotonic() + seconds
    while time.monotonic() < given_up:
        if found := what():
            return found
        time.sleep(0.3)
    raise AssertionError(f"nothing came of it in {seconds} s")
