"""Airflow's own sign-in page and routes, behind the pace that we set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT

ASK = """
import sys
from fastapi.testclient import TestClient
from baophu.sign_in import SlowSignIn
page = TestClient(SlowSignIn().get_fastapi_app())
said = [page.post("/token", json={"username": "baophu", "password": str(n)}) for n in range(5)]
print([s.status_code for s in said], said[3].headers.get("retry-after"), page.get("/login").status_code)
import time
time.sleep(2.1)
print(page.post("/token/cli", json={"username": "baophu", "password": "x"}).status_code, page.post("/token", json={"username": "baophu", "password": "x"}).status_code)
"""


@pytest.mark.slow
def test_wrong_passwords_are_answered_ever_later(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps({"baophu": "right"}), encoding="utf-8")
    settings = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "baophu:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "PATH": "/usr/bin:/bin",
    }
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines() == ["[401, 401, 401, 429, 429] 2 200", "401 429"], ran.stderr[
        -1000:
    ]


def test_a_right_password_is_forgotten_at_once_and_the_wait_has_a_limit() -> None:
    import asyncio
    from typing import Any

    from baophu.sign_in import LONGEST_WAIT, WrongPasswords, wait_after

    clock = [0.0]

    async def password_is_in_the_path(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 201 if "right" in scope["path"] else 401}
        )

    behind = WrongPasswords(password_is_in_the_path, lambda: clock[0])

    def try_once(path: str, address: str = "10.0.0.1") -> int:
        answers: list[Any] = []

        async def send(message: Any) -> None:
            answers.append(message)

        scope = {"type": "http", "method": "POST", "path": path, "client": (address, 1)}
        asyncio.run(behind(scope, None, send))  # type: ignore[arg-type]
        return int(answers[0]["status"])

    assert [try_once(p) for p in ("/auth/token", "/auth/token", "/right/token", "/auth/token", "/auth/token", "/auth/token", "/right/token")] == [
        401, 401, 201, 401, 401, 401, 429,
    ]  # fmt: skip
    assert try_once("/right/token", "10.0.0.2") == 201  # another address
    clock[0] += 2.1
    assert try_once("/right/token") == 201
    assert [wait_after(n) for n in (0, 2, 3, 4, 50)] == [0, 0, 2, 4, LONGEST_WAIT]
