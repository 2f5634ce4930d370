"""A real Superset on loopback, and its dashboard in a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from baophu.server_secrets import write_files
from tests.support.chromium import PATIENCE
from tests.support.command import ROOT
from tests.support.mailbox import free_port

PROGRAMS = ROOT / ".venv-superset" / "bin"
OURS = ROOT / "publishing" / "superset"
SERVICE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))[
    "services"
]["superset"]
CACHES_FOR_A_DAY = """
from pathlib import Path
exec(Path({config!r}).read_text(encoding="utf-8"))
DATA_CACHE_CONFIG = {{
    "CACHE_TYPE": "FileSystemCache", "CACHE_DIR": {folder!r}, "CACHE_DEFAULT_TIMEOUT": 86_400,
}}
"""
"""A site whose data are cached, as many are: the bundle has to say that its own are not."""


class Superset:
    """A running server."""

    def __init__(self, port: int, password: str) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.password = password

    def signed_in(self, browser: Any) -> Any:
        """A page of a tall window, which holds all charts; `answers`: chart -> its newest rows and
        whether they came from a cache. `failed`: what could not be loaded, and why."""
        page = browser.new_context(viewport={"width": 1500, "height": 2300}).new_page()
        page.set_default_timeout(PATIENCE)
        page.answers, page.failed, page.went_out = {}, [], []

        def keep(response: Any) -> None:
            if "/api/v1/chart/data" in response.url:
                asked = json.loads(response.request.post_data)["form_data"]
                said = response.json()
                if response.status != 200:
                    page.failed.append(said)
                    return
                (result,) = said["result"]
                page.answers[asked["slice_id"]] = (result["data"], bool(result["is_cached"]))

        page.on("response", keep)
        page.on(
            "request",
            lambda request: (
                page.went_out.append(request)
                if not request.url.startswith((self.address, "data:", "blob:"))
                else None
            ),
        )
        page.goto(f"{self.address}/login/")
        page.locator("#username").fill("baophu")
        page.locator("#password").fill(self.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        return page

    def look(self, page: Any, charts: int) -> dict[str, tuple[list[dict[str, Any]], bool]]:
        """Opens the dashboard and waits until every chart has its data: title -> rows, and whether
        they came from a cache."""
        page.answers.clear()
        page.goto(f"{self.address}/superset/dashboard/do-bao-phu/")
        deadline = time.monotonic() + PATIENCE / 1000
        while len(page.answers) < charts and not page.failed and time.monotonic() < deadline:
            page.wait_for_timeout(200)
        assert page.failed == []
        titles = {
            chart["id"]: chart["slice_name"] for chart in self.ask(page, "chart", "id,slice_name")
        }
        return {titles[number]: answer for number, answer in page.answers.items()}

    def ask(self, page: Any, kind: str, columns: str) -> list[dict[str, Any]]:
        """Rows of Superset's own list of charts, data sets, and so on."""
        asked = f"(columns:!({columns}),page_size:100)"
        said = page.request.get(f"{self.address}/api/v1/{kind}/?q={asked}")
        assert said.ok, said.text()
        return list(said.json()["result"])

    def one(self, page: Any, kind: str, number: int) -> dict[str, Any]:
        said = page.request.get(f"{self.address}/api/v1/{kind}/{number}")
        assert said.ok, said.text()
        return dict(said.json()["result"])


@contextmanager
def running(folder: Path, bundle: bytes) -> Iterator[Superset]:
    """Superset with the bundle, by the command of docker-compose.yml, on a site that caches; gone
    after the block."""
    assert (PROGRAMS / "superset").exists(), "run `make .venv-superset/.ready`"
    for name in ("secrets", "home", "cache"):
        (folder / name).mkdir()
    made = write_files(folder / "secrets" / "files")
    (folder / "home" / "bundle.zip").write_bytes(bundle)
    config = folder / "caching_config.py"
    config.write_text(
        CACHES_FOR_A_DAY.format(
            config=str(OURS / "superset_config.py"), folder=str(folder / "cache")
        ),
        encoding="utf-8",
    )
    port = free_port()
    places = {
        "/run/secrets": str(folder / "secrets" / "files"),
        "/opt/superset": str(OURS),
        "/superset": str(folder / "home"),
        "0.0.0.0:8088": f"127.0.0.1:{port}",
        "localhost:8088": f"127.0.0.1:{port}",
    }

    def here(text: str) -> str:
        return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)

    env = {
        **os.environ,
        **{key: here(value) for key, value in SERVICE["environment"].items()},
        "SUPERSET_CONFIG_PATH": str(config),
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
    }
    log_file = folder / "server.log"
    with log_file.open("wb") as log:
        server = subprocess.Popen(
            [here(word) for word in SERVICE["command"]],
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
        )
        try:
            check = [here(word) for word in SERVICE["healthcheck"]["test"][1:]]
            deadline = time.monotonic() + 600
            while subprocess.run(check, env=env, check=False, capture_output=True).returncode != 0:
                assert server.poll() is None, log_file.read_text("utf-8")[-3000:]
                assert time.monotonic() < deadline, "Superset did not answer within ten minutes"
                time.sleep(1)
            yield Superset(port, made["password"])
        finally:
            server.terminate()
            server.wait(60)
