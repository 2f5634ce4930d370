"""Airflow's components on this machine, one by one: PostgreSQL, API server, scheduler, DAG
processor, triggerer, and who starts them again.

`up` starts what does not run yet and waits for the health of each before the next; `down` ends them
in reverse order, then whatever of theirs is left. Which process is ours is known by BAOPHU_SERVER
in its environment, so that nothing survives a component that died.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from baophu import postgres
from baophu.airflow_config import WAREHOUSE_POOL, server_defaults, server_settings
from baophu.first_night import settle_first_night
from baophu.health import COMPONENTS, is_healthy
from baophu.server_secrets import generate
from core.data_folder import DataFolder
from core.errors import MachineFault, machine_faults
from core.locks import take
from core.private import let_pass
from core.whole_files import write_whole

SUPERVISOR = "supervisor"
SECONDS_TO_START, SECONDS_TO_END = 180, 30
WITHOUT_LOG_SERVER = {"scheduler": ("--skip-serve-logs",), "triggerer": ("--skip-serve-logs",)}
"""Airflow's log server listens on every address and takes no other: nobody needs it, for the API
server reads the logs where they lie."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Running:
    """What `up` leaves behind."""

    address: str
    user: str
    password: str
    database: str


def up(folder: DataFolder, say: Say) -> Running:
    """Start what is not running; safe to repeat. `say` is told each step.

    Raises MachineFault when a component does not become healthy, or when another `up` or `down` is
    at work.
    """
    with _alone(folder):
        known = _known(folder)
        cluster = _start_postgres(folder, known, say)
        database = cluster.address if cluster else f"sqlite:///{folder.server_home / 'airflow.db'}"
        if not runs(folder, "api-server"):
            known["port"] = _free_port(known.get("port") or 8080)
            _remember(folder, known)
        settings = server_settings(folder, known["port"], database, known)
        environment = {**server_defaults(), **os.environ, **settings}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        settle_first_night(folder.server_home)
        _migrate(folder, environment, say)
        passwords = folder.server_home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({known["user"]: known["password"]}), encoding="utf-8")
        for name in COMPONENTS:
            if runs(folder, name):
                say(f"{name}: runs already")
                continue
            started = time.monotonic()
            _start(
                folder,
                name,
                [sys.executable, "-m", "airflow", name, *WITHOUT_LOG_SERVER.get(name, ())],
                environment,
            )
            _until_healthy(folder, name, known["port"])
            say(f"{name}: healthy after {time.monotonic() - started:.0f} s")
        if runs(folder, SUPERVISOR):
            say(f"{SUPERVISOR}: runs already")
        else:
            _start(
                folder,
                SUPERVISOR,
                [sys.executable, "-m", "baophu.supervisor", str(folder.root)],
                environment,
            )
            say(f"{SUPERVISOR}: starts again what dies")
        return Running(
            address_of(folder),
            known["user"],
            known["password"],
            "PostgreSQL" if cluster else "SQLite",
        )


def down(folder: DataFolder, say: Say) -> int:
    """End every process of `up` on this folder; the number of those that had to be ended. Safe to
    repeat."""
    if not folder.server_home.is_dir():
        return 0
    ended = end_part(folder, SUPERVISOR)  # before the lock, which it may hold
    with _alone(folder):
        for name in [*reversed(COMPONENTS), "postgres"]:
            if runs(folder, name) is None:
                continue
            say(f"{name}: ending")
            ended += end_part(folder, name)
            if name == "scheduler":
                ended += _end(_processes(folder, but="postgres"))  # tasks that it had started
        return ended + _end(_processes(folder))


def end_part(folder: DataFolder, name: str) -> int:
    """End one part; 1 when it ran."""
    process = runs(folder, name)
    ended = 0
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            ended = _end([process])
    _pid_file(folder, name).unlink(missing_ok=True)
    return ended


def parts_of(folder: DataFolder) -> list[str]:
    """What runs here when all is well, in the order of its start."""
    return [*(["postgres"] if _known(folder).get("database") == "postgres" else []), *COMPONENTS]


def address_of(folder: DataFolder) -> str:
    """Where the API server answers. Raises MachineFault when nothing says so."""
    known = _known(folder)
    if "port" not in known:
        raise MachineFault(
            f"{folder.server_home / 'server.json'} is missing or names no port: run `baophu down`, then `baophu up`"
        )
    return f"http://127.0.0.1:{known['port']}"


def command_environment(folder: DataFolder) -> dict[str, str]:
    """The environment of an Airflow command that speaks to the running components (`airflow
    backfill create ...`).

    Raises MachineFault when nothing is up.
    """
    known = _known(folder)
    if "port" not in known:
        raise MachineFault("nothing is up on this data folder: run `baophu up` first")
    cluster = _cluster(folder, known)
    database = cluster.address if cluster else f"sqlite:///{folder.server_home / 'airflow.db'}"
    return {
        **server_defaults(),
        **os.environ,
        **server_settings(folder, known["port"], database, known),
    }


def _start_postgres(folder: DataFolder, known: dict[str, Any], say: Say) -> postgres.Cluster | None:
    home = folder.server_home
    if known.get("database") != "sqlite" and (programs := postgres.find_programs()) is not None:
        refused = postgres.refuses(programs, home)
        if refused is None:
            if runs(folder, "postgres") is None:
                known.update(
                    database="postgres",
                    programs=str(programs),
                    database_port=_free_port(known.get("database_port") or 5442),
                )
            cluster = _cluster(folder, known)
            assert cluster is not None
            _remember(folder, known)
            if runs(folder, "postgres"):
                say("postgres: runs already")
                return cluster
            cluster.create()
            _start(
                folder,
                "postgres",
                cluster.command(),
                dict(os.environ) | {"BAOPHU_SERVER": str(home)},
                **postgres.privileges(),
            )
            cluster.wait()
            say(f"postgres: answers (programs of {programs})")
            return cluster
    else:
        refused = (
            "no programs of it were found"
            if known.get("database") != "sqlite"
            else "this folder began with SQLite"
        )
    say(
        f"WARNING: PostgreSQL is not used: {refused}. Airflow's metadata goes to SQLite, which is for trying out, not for an office"
    )
    known["database"] = "sqlite"
    _remember(folder, known)
    return None


def _cluster(folder: DataFolder, known: dict[str, Any]) -> postgres.Cluster | None:
    if known.get("database") != "postgres":
        return None
    return postgres.Cluster(
        folder.server_home / "postgres",
        Path(known["programs"]),
        known["database_port"],
        known["database_password"],
    )


def _migrate(folder: DataFolder, environment: dict[str, str], say: Say) -> None:
    """Airflow's tables and the pool of the warehouse: once for each version of Airflow."""
    from importlib.metadata import version

    marker = folder.server_home / f".database-{version('apache-airflow')}"
    if marker.exists():
        return
    started = time.monotonic()
    log = folder.server_home / "logs" / "migrate.log"
    for words in (
        ["db", "migrate"],
        ["pools", "set", WAREHOUSE_POOL, "1", "DuckDB lets one process write"],
    ):
        with log.open("a", encoding="utf-8") as out:
            if subprocess.run(
                [sys.executable, "-m", "airflow", *words],
                env=environment,
                stdout=out,
                stderr=out,
                check=False,
            ).returncode:
                raise MachineFault(f"Airflow's tables could not be made ready; see {log}")
    marker.touch()
    say(f"metadata: ready after {time.monotonic() - started:.0f} s")


def _start(
    folder: DataFolder, name: str, command: list[str], environment: dict[str, str], **keywords: Any
) -> None:
    log = folder.server_home / "logs" / f"{name}.log"
    with machine_faults("write the server's logs"), log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            **keywords,
        )
    born = psutil.Process(process.pid).create_time()
    _pid_file(folder, name).write_text(
        json.dumps({"pid": process.pid, "born": born}), encoding="utf-8"
    )


def _until_healthy(folder: DataFolder, name: str, port: int) -> None:
    given_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < given_up and runs(folder, name):
        if is_healthy(f"http://127.0.0.1:{port}", name):
            return
        time.sleep(0.3)
    raise MachineFault(
        f"{name} did not become healthy; see {folder.server_home / 'logs' / name}.log"
    )


def runs(folder: DataFolder, name: str) -> psutil.Process | None:
    """The process of a part, if it is the one that we started and still lives."""
    try:
        said = json.loads(_pid_file(folder, name).read_text(encoding="utf-8"))
        process = psutil.Process(said["pid"])
        if (
            abs(process.create_time() - said["born"]) < 1
            and process.status() != psutil.STATUS_ZOMBIE
        ):
            return process
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
        pass
    return None


def _processes(folder: DataFolder, but: str | None = None) -> list[psutil.Process]:
    """Every process that carries this server's mark, tasks and orphans too."""
    mark, kept = str(folder.server_home), runs(folder, but) if but else None
    spared = {kept.pid, *(child.pid for child in kept.children(recursive=True))} if kept else set()
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if (
                process.pid not in spared
                and process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get("BAOPHU_SERVER") == mark
            ):
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def _end(processes: list[psutil.Process]) -> int:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            # PostgreSQL waits for its clients on SIGTERM; on SIGINT it lets them go
            process.send_signal(2 if process.name() == "postgres" else 15)
    _, alive = psutil.wait_procs(processes, timeout=SECONDS_TO_END)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return len(processes)


def _known(folder: DataFolder) -> dict[str, Any]:
    """What was settled when this server was first started: secrets and ports, readable by its owner
    only."""
    path = folder.server_home / "server.json"
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    return dict(generate())


def _remember(folder: DataFolder, known: dict[str, Any]) -> None:
    write_whole(
        folder.server_home / "server.json", json.dumps(known).encode(), "write to the data folder"
    )


def _pid_file(folder: DataFolder, name: str) -> Path:
    return folder.server_home / f"{name}.pid.json"


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise MachineFault("this machine has no free port")


@contextlib.contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    with machine_faults("write to the data folder"):
        (folder.server_home / "logs").mkdir(parents=True, exist_ok=True)
        # PostgreSQL's own user passes through; nobody lists what is the server's
        for passed in (
            folder.root,
            folder.server_home,
        ):
            let_pass(passed)
    refusal = "another `up` or `down` is at work on this data folder"
    with take(folder.server_home / "up.lock", "write to the data folder", refusal):
        yield
