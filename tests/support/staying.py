"""The command in a process that stays: what starts with a night (Airflow, Great Expectations) is
imported once for many nights.

As a program: reads a line of JSON for each command (its words and environment) and answers with one
(exit code, stdout, stderr).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.command import ROOT, Ran, in_folder


class StayingCommand:
    """`baophu` as `tests.support.command.baophu` gives it, but for this: Airflow's database and
    logs are those of the first data folder, and the DAG files keep the settings of the first night
    (`BAOPHU_SERVE_TO`, `BAOPHU_OFFICE_MAIL`, minutes)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.staying"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str | Path, data: Path) -> Ran:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        environment = {k: v for k, v in os.environ.items() if k != "BAOPHU_DATA"}
        asked = {"words": in_folder(words, data), "environment": environment}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ran(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from baophu.cli import main

    os.environ.clear()
    os.environ.update(asked["environment"])
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            code = main(asked["words"])
        except SystemExit as exc:  # of argparse
            code = int(exc.code or 0)
        finally:
            for number, stream in enumerate((sys.stdout, sys.stderr)):
                stream.flush()
                os.dup2(kept[number], number + 1)
                os.close(kept[number])
        said = [stream.seek(0) or stream.read().decode() for stream in (out, err)]
    return {"code": code, "out": said[0], "err": said[1]}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)
