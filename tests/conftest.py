"""What the tests share: one sample, and one real night of it, made once a session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.feedback import homecoming
from samples import write_sample

ROOT = Path(__file__).resolve().parent.parent
NIGHT = date(2019, 6, 30)
os.environ["GX_ANALYTICS_ENABLED"] = "false"
os.environ["BAOPHU_ENV_FILE"] = ""  # no test depends on, or mails by, the `.env` of who runs it


@dataclass(frozen=True)
class Ran:
    """What a command said."""

    code: int
    out: str
    err: str


def baophu(*words: str | Path, data: Path) -> Ran:
    """The command, in a process of its own, as its users run it."""
    done = subprocess.run(
        [sys.executable, "-m", "baophu.cli", words[0], "--data", str(data), *map(str, words[1:])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "BAOPHU_DATA"},
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def take_in(folder: DataFolder, night: date) -> dict[str, int]:
    """A night's ingestion without Airflow: the same functions that its tasks call."""
    nightly.land(folder)
    for chunk in nightly.plan(folder, night):
        nightly.judge_chunk(folder, night, chunk)
    counts = nightly.load_night(folder, night)
    homecoming.note_owed(folder, night)
    return counts


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `inbox` and `later`; not to be changed."""
    out = tmp_path_factory.mktemp("sample")
    write_sample(out)
    return out


@pytest.fixture(scope="session")
def first_night(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after the night of 30/06/2019, run for real by `baophu run`; not to be changed. `run.out`: what was printed."""
    data = tmp_path_factory.mktemp("first-night")
    shutil.copytree(sample / "inbox", data / "inbox")
    shutil.copytree(sample / "later", data / "later")
    ran = baophu("night", "--date", NIGHT.isoformat(), data=data)
    assert ran.code in (0, 1), ran.err
    (data / "run.out").write_text(f"{ran.code}\n{ran.out}\n{ran.err}", encoding="utf-8")
    return data


@pytest.fixture
def night_folder(first_night: Path, tmp_path: Path) -> Path:
    """A copy of the first night's folder, to be changed."""
    return Path(shutil.copytree(first_night, tmp_path / "data"))
