"""How a command ends: 2 for what cannot be done, 3 for a crash of ours, each with one line; and the
settings of `.env`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from baophu.env_file import read_env_file
from core.clock import night_of, refuse_future
from core.errors import OfficeFault
from tests.support.command import ROOT, baophu


def test_a_crash_of_ours_is_three_and_its_details_name_nobody(sample: Path, tmp_path: Path) -> None:
    sheet = next((sample / "inbox" / "2018-05").glob("D05-TS*.xlsx"))
    words = [
        sys.executable,
        "-m",
        "tests.support.crashing",
        "check",
        str(sheet),
        "--agent",
        "DL001",
        "--data",
        str(tmp_path),
    ]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (3, "", 1), ran.stderr
    said = re.fullmatch(
        r"baophu check: crashed with KeyError at crashing\.py:\d+: a bug of ours; the details: (\S+)\n",
        ran.stderr,
    )
    assert said, ran.stderr
    details = Path(said[1])
    assert details.parent == tmp_path / "logs"
    assert (details.stat().st_mode & 0o777, details.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    text = details.read_text(encoding="utf-8")
    assert "intake.py" in text
    assert "full_name" not in text


def test_words_that_are_not_understood_are_two(tmp_path: Path) -> None:
    for words, said in (
        (
            ["night", "--date", "30/06/2019x"],
            "'30/06/2019x' is not a date written 30/06/2019 or 2019-06-30; see `baophu night --help`",
        ),
        (["nights"], "invalid choice: 'nights'"),
        (["kpi", "--by", "village"], "invalid choice: 'village'"),
        (
            ["due", "--officer", "CB01"],
            "the following arguments are required: --out; see `baophu due --help`",
        ),
        (["quarantine"], "argument ACTION"),
    ):
        ran = baophu(*words, data=tmp_path)
        assert (ran.code, len(ran.err.splitlines()), said in ran.err) == (2, 1, True), ran.err


def test_a_reader_that_has_seen_enough_is_no_crash(first_night: Path) -> None:
    asked = f"{sys.executable} -m baophu.cli kpi --format json --data {first_night} | head -c 1"
    ran = subprocess.run(
        ["bash", "-c", f"{asked}; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stderr, ran.returncode in (0, 2)) == ("", True)


def test_a_night_that_has_not_come_is_refused(night_folder: Path) -> None:
    before = (night_folder / "published" / "baophu.duckdb").read_bytes()
    ahead = night_of(datetime.now(UTC)) + timedelta(days=1)
    for night in (ahead, date(2099, 1, 31)):
        ran = baophu("night", "--date", night.isoformat(), data=night_folder)
        assert (ran.code, len(ran.err.splitlines())) == (2, 1)
        assert f"the night of {night} has not come" in ran.err
    assert (night_folder / "published" / "baophu.duckdb").read_bytes() == before
    refuse_future(ahead, datetime.now(UTC) + timedelta(days=1))


def test_the_settings_file_names_the_data_folder_for_every_command(
    first_night: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.env"
    (tmp_path / "office").symlink_to(first_night)
    settings.write_text(
        "# where the data lies\nBAOPHU_DATA='./office'  # beside this file\n", encoding="utf-8"
    )
    environment = {**os.environ, "BAOPHU_ENV_FILE": str(settings)}
    environment.pop("BAOPHU_DATA", None)
    words = [sys.executable, "-m", "baophu.cli", "kpi", "--by", "district", "--format", "json"]
    asked: dict[str, Any] = {"cwd": ROOT, "capture_output": True, "text": True, "check": False}
    assert '"participants": 824' in subprocess.run(words, env=environment, **asked).stdout
    elsewhere = subprocess.run(
        words, env={**environment, "BAOPHU_DATA": str(tmp_path / "empty")}, **asked
    )
    # the environment goes before the file
    assert (elsewhere.returncode, "nothing is published" in elsewhere.stderr) == (
        2,
        True,
    )
    settings.write_text("BAOPHU_DATA = ./office\n", encoding="utf-8")
    wrong = subprocess.run(words, env=environment, **asked)
    assert (wrong.returncode, "line 1 of" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("target", ["run", "up", "down"])
def test_make_asks_for_no_other_folder(target: str) -> None:
    def asked(*words: str) -> str:
        done = subprocess.run(
            ["make", "--dry-run", "--assume-old=.venv/.ready", target, *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return next(line for line in done.stdout.splitlines() if "baophu" in line).strip()

    assert asked() == f".venv/bin/baophu {target}"
    assert asked("DATA=/srv/an thi") == f'.venv/bin/baophu {target} --data "/srv/an thi"'


def test_settings_are_read_as_a_shell_reads_them(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(
        'export A=1\n\nB="two words" # why\nC=\'{"host": "x"}\'\n#D=4\nE=\n', encoding="utf-8"
    )
    assert read_env_file(path) == {"A": "1", "B": "two words", "C": '{"host": "x"}', "E": ""}
    assert read_env_file(ROOT / ".env.example")["BAOPHU_RETRY_MINUTES"] == "2"
    path.write_text("A=1\nB=two words\n", encoding="utf-8")
    with pytest.raises(OfficeFault, match="line 2"):
        read_env_file(path)
    path.write_bytes("BAOPHU_OFFICE_CONTACT='Bộ phận thu'".encode("utf-16"))
    with pytest.raises(OfficeFault, match="UTF-8"):
        read_env_file(path)
