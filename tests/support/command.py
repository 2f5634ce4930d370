"""The command `baophu` as the tests give it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from baophu.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command said."""

    code: int
    out: str
    err: str


def assert_refused(ran: Ran, sentence: str) -> None:
    """It did nothing, and said so in one line that holds the sentence."""
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert sentence in ran.err


def baophu(*words: str | Path, data: Path) -> Ran:
    """The command, in a process of its own, as its users run it."""
    done = subprocess.run(
        [sys.executable, "-m", "baophu.cli", *in_folder(words, data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "BAOPHU_DATA"},
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def asked(*words: str | Path, data: Path) -> Ran:
    """The same command in this process: one of its own takes seconds to import what this one has.
    Not for `night`: Airflow belongs to the first data folder of a process."""
    assert words[0] != "night"
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    mask = os.umask(0o077)
    try:
        with (
            mock.patch.dict(os.environ),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            os.environ.pop("BAOPHU_DATA", None)
            code = main(in_folder(words, data))
    except SystemExit as exc:  # of argparse
        code = int(exc.code or 0)
    finally:
        os.umask(mask)
    said = []
    for stream in (out, err):
        stream.seek(0)
        said.append(stream.read())
    return Ran(code, *said)


def in_folder(words: Sequence[str | Path], data: Path) -> list[str]:
    """The words with the data folder, which stands behind the name of the command."""
    at = 2 if words[0] == "quarantine" else 1
    return [*map(str, words[:at]), "--data", str(data), *map(str, words[at:])]
