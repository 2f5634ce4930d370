"""docker-compose.yml: right by its schema, and right in what it says, for every command in it runs
here natively."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from baophu.server_secrets import write_files
from core.errors import OfficeFault
from tests.support import postgresql
from tests.support.airflow_server import wait_for
from tests.support.command import ROOT
from tests.support.mailbox import free_port

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
BI = ("superset-bundle", "superset")
"""Only with `--profile superset`; tests/publishing/test_superset.py runs their commands."""
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OF_SUPERSET = (ROOT / "publishing" / "superset" / "Dockerfile").read_text(encoding="utf-8")


def test_compose_is_right_by_its_schema(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    assert (
        subprocess.run(
            [*words, str(ROOT / "docker-compose.yml")], check=False, capture_output=True
        ).returncode
        == 0
    )
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(
        (ROOT / "docker-compose.yml")
        .read_text(encoding="utf-8")
        .replace("healthcheck:", "healthchecks:"),
        encoding="utf-8",
    )
    assert subprocess.run([*words, str(wrong)], check=False, capture_output=True).returncode == 1


def test_every_long_running_service_has_a_health_check_and_waits_for_the_one_before() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"postgres", "prepare", *COMPONENTS, "watch", *BI}
    assert "depends_on" not in services["watch"]  # it says when the others did not do their work
    for name in ("postgres", *COMPONENTS):
        assert services[name]["healthcheck"]["test"], name
    for name in ("prepare", *COMPONENTS):
        assert services[name]["depends_on"], name
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"]), name
    for name in BI:
        assert services[name]["profiles"] == ["superset"]
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"]), name
    assert services["superset"]["healthcheck"]["test"]
    assert "superset-bundle" in services["superset"]["depends_on"]
    mounts = {
        name: [mount for mount in services[name]["volumes"] if ":/data" in mount] for name in BI
    }
    assert all(mount.endswith(":ro") for name in BI for mount in mounts[name])


def test_no_secret_stands_in_the_file_and_every_image_is_pinned() -> None:
    for name, service in COMPOSE["services"].items():
        for key, value in service["environment"].items():
            if re.search(r"PASSWORD|SECRET|FERNET|CONN", key) and not key.endswith(
                "MANAGER_PASSWORDS_FILE"
            ):
                assert "/run/secrets/" in str(value) or value.startswith("airflow.secrets."), (
                    name,
                    key,
                )
    assert re.fullmatch(r"postgres:\d+\.\d+-\w+", COMPOSE["services"]["postgres"]["image"])
    assert all(
        re.match(r"python:\d+\.\d+\.\d+-slim-\w+", base)
        for text in (DOCKERFILE, OF_SUPERSET)
        for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    )
    assert re.findall(r"^USER (\S+)", OF_SUPERSET, re.MULTILINE)[-1] == "baophu"
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "baophu"
    assert "--compile-bytecode" in DOCKERFILE


def test_the_example_of_settings_names_every_variable() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    named = set(
        re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert asked <= named
    words = 'set -a; . ./.env.example; set +a; test "$BAOPHU_RETRY_MINUTES" = 2'
    assert subprocess.run(["sh", "-euc", words], cwd=ROOT, check=False).returncode == 0


def test_everything_that_is_copied_into_the_image_is_let_through() -> None:
    let = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    }
    assert copied == let
    assert all((ROOT / word).exists() for word in copied)


def test_secrets_are_generated_once(tmp_path: Path) -> None:
    made = write_files(tmp_path / "secrets")
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == set(COMPOSE["secrets"])
    assert made["password"] != write_files(tmp_path / "others")["password"]
    with pytest.raises(OfficeFault, match="holds secrets already"):
        write_files(tmp_path / "secrets")


@pytest.fixture(scope="module")
def native() -> Iterator[dict[str, Any]]:
    """PostgreSQL as the compose file has it, the secrets' files, and a way to run a service's words
    here."""
    with tempfile.TemporaryDirectory(prefix="baophu-compose-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        database_port, port = free_port(), free_port()
        made = write_files(folder / "secrets", "127.0.0.1", database_port)
        cluster = stack.enter_context(postgresql.running(made["database_password"], database_port))
        for part in ("data", "airflow"):
            (folder / part).mkdir()
        places = {
            "/run/secrets": str(folder / "secrets"),
            "/opt/baophu": str(ROOT),
            "http://api-server:8080": f"http://127.0.0.1:{port}",
            "http://localhost:8080": f"http://127.0.0.1:{port}",
        }

        def here(text: str) -> str:
            text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
            for there, place in places.items():
                text = text.replace(there, place)
            return {
                "/data": str(folder / "data"),
                "/airflow": str(folder / "airflow"),
                "8080": str(port),
            }.get(text, re.sub(r"(?<![\w/.-])/airflow(?=[/\s]|$)", f"{folder}/airflow", text))

        def environment(service: str) -> dict[str, str]:
            said = {
                key: here(str(value))
                for key, value in COMPOSE["services"][service]["environment"].items()
            }
            kept = {
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("AIRFLOW", "BAOPHU"))
            }
            return {**kept, **said, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

        yield {
            "environment": environment,
            "here": here,
            "stack": stack,
            "folder": folder,
            "cluster": cluster,
        }


@pytest.mark.slow
def test_every_command_of_the_file_runs_natively(native: dict[str, Any]) -> None:
    environment, here, stack, folder = (
        native[key] for key in ("environment", "here", "stack", "folder")
    )
    prepare = [here(word) for word in COMPOSE["services"]["prepare"]["command"]]
    for _ in range(2):  # safe to repeat: a restarted host runs it again
        done = subprocess.run(
            prepare,
            env=environment("prepare"),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    for name in COMPONENTS:
        service = COMPOSE["services"][name]
        check = service["healthcheck"]["test"]
        assert check[0] == "CMD"
        probe = {
            "args": check[1:],
            "env": environment(name),
            "cwd": ROOT,
            "check": False,
            "capture_output": True,
        }
        assert subprocess.run(**probe).returncode == 1, name  # not yet
        log = stack.enter_context((folder / f"{name}.log").open("wb"))
        running = subprocess.Popen(
            service["command"],
            env=environment(name),
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        stack.callback(lambda running=running: (os.killpg(running.pid, 15), running.wait(30)))
        wait_for(lambda probe=probe: subprocess.run(**probe).returncode == 0)
        assert running.poll() is None, name
    with (
        psycopg2.connect(native["cluster"].address.replace("+psycopg2", "")) as connection,
        connection.cursor() as cursor,
    ):
        deadline = time.monotonic() + 60
        found: set[str] = set()
        while len(found) < 4 and time.monotonic() < deadline:
            cursor.execute("select dag_id from dag where not is_paused")
            found = {dag_id for (dag_id,) in cursor.fetchall()}
            connection.rollback()
            time.sleep(0.5)
    assert found == {"ingest", "build_marts", "publish_kpis", "watch_night"}
