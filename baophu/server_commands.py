"""The commands of the server: `up`, `down`, `watch` and `airflow`. Each returns the exit code."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from baophu.commands import DONE, NOT_DONE, WITH_FINDINGS
from baophu.terminal import print_json
from core.data_folder import DataFolder


def up(asked: argparse.Namespace) -> int:
    """Airflow's components, one by one."""
    from baophu import server

    folder = DataFolder.resolve(asked.data)
    running = server.up(folder, lambda step: print(step, file=sys.stderr, flush=True))
    if asked.format == "json":
        print_json(vars(running))
    else:
        print(f"Airflow: {running.address}   user: {running.user}   password: {running.password}")
        print(
            f"metadata: {running.database}   data: {folder.root}   logs: {folder.server_home / 'logs'}"
        )
    return DONE


def down(asked: argparse.Namespace) -> int:
    """End every component."""
    from baophu import server

    ended = server.down(
        DataFolder.resolve(asked.data), lambda step: print(step, file=sys.stderr, flush=True)
    )
    print_json({"ended": ended}) if asked.format == "json" else print(
        f"{ended} processes ended" if ended else "nothing was running"
    )
    return DONE


def watch(asked: argparse.Namespace) -> int:
    """Whether the night is published by its hour."""
    from baophu.watch import watch as look

    seen = look(DataFolder.resolve(asked.data), datetime.now(UTC))
    if asked.format == "json":
        print_json(vars(seen))
    else:
        known = f"{seen.published:%d/%m/%Y}" if seen.published else "chưa có"
        print(
            f"Đêm {seen.night:%d/%m/%Y}: {'CHƯA công bố' if seen.is_late else 'đúng hạn'}; đêm mới nhất đã công bố: {known}."
        )
    return WITH_FINDINGS if seen.is_late else DONE


def airflow(asked: argparse.Namespace) -> int:
    """Airflow's own command, pointed at the running components; its exit code other than 0 counts
    as not done."""
    import subprocess

    from baophu.server import command_environment

    words = [sys.executable, "-m", "airflow", *asked.words]
    return (
        NOT_DONE
        if subprocess.run(
            words, env=command_environment(DataFolder.resolve(asked.data)), check=False
        ).returncode
        else DONE
    )
