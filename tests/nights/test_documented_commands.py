"""Every command that the READMEs and install.md show is run here after a first night, or stands
below with who runs it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from baophu.cli import main
from tests.support.command import ROOT

DOCUMENTS = ("README.md", "README.vi.md", "docs/runbooks/install.md")
A_COMMAND = re.compile(r"(baophu|make|docker|cp|systemctl|python -m|duckdb -\S+) \S")
"""What begins like one, with at least one word after it."""

EXAMPLES: dict[str, str] = {
    "baophu submit PATH… [--agent CODE|--office] [--received-at ISO]": "submit bang-ke.xlsx --agent DL010 --received-at 2019-07-05T08:00:00+07:00",
    "baophu check PATH… [--agent CODE] [--out DIR]": "check bang-ke.xlsx --agent DL010 --out thu-muc",
    "baophu template --agent CODE --out FILE": "template --agent DL002 --out mau-2.xlsx",
    "baophu kpi [--on DATE] [--known-on DATE] [--by commune|district|officer|agent|system|association]": "kpi --on 2018-12-31 --by officer",
    "baophu due --officer CODE|--agent CODE --out FILE": "due --agent DL001 --out den-han-2.xlsx",
    "baophu trace --kpi CODE [--on DATE] [--known-on DATE] [--commune|--officer|--agent|--system|--association CODE] [--out FILE] [--open DIR]": "trace --kpi participants --on 2019-06-30 --commune 12142",
    "baophu trace --file SHA256": "trace --file {file}",
    "baophu bulletin [--from VERSION] [--to VERSION]": "bulletin --from 2019-05-31 --to 2019-06-30",
    "baophu report --out DIR [--month YYYY-MM] [--template FILE]": "report --out bao-cao --month 12/2018",
    "baophu status [--date DATE] [--known-on DATE]": "status --date 2019-05-31 --known-on 2019-06-30",
    "baophu quarantine list|show|release|reject|undo": "quarantine list",
    "baophu withdraw SHA256 --who CODE --why TEXT": "withdraw {file} --who CB01 --why 'nộp nhầm'",
    "baophu withdraw MÃ-TỆP --who … --why …": "withdraw {file} --undo --who CB01 --why 'không nhầm'",
    "baophu rebuild [--verify]": "rebuild --verify",
    "baophu reference --template FILE": "reference --template danh-muc.xlsx",
    "/opt/baophu/.venv/bin/baophu watch": "watch",
    "/opt/baophu/.venv/bin/baophu watch >/dev/null": "watch",
}
"""A command with words to fill in -> one with them filled in."""

ELSEWHERE = {
    "make run": "below, slow",
    "baophu publish [--to ADDRESS] [--outward DIR] [--names code|working]": "tests/publishing: test_serving.py, into a real PostgreSQL, and test_outward.py",
    "baophu sample --out DIR": "every night of the tests begins with it",
    "make test": "it is what runs this",
    "make bench": "tests/bench",
    "make up": "tests/scheduler starts what it calls; its folder: test_exit_codes.py",
    "make down": "as make up",
    "baophu up": "tests/scheduler",
    "baophu down": "tests/scheduler",
    "baophu airflow …": "tests/scheduler",
    "baophu airflow backfill create --dag-id ingest --from-date 2019-07-01 --to-date 2019-07-07T21:00 --max-active-runs 1": "tests/scheduler",
    "baophu night": "every test of tests/nights; without a date it is last night's, far from the sample",
    "baophu night [--date YYYY-MM-DD]": "the first night of every test",
    "cp .env.example .env": "test_exit_codes.py reads the example",
    "python -m baophu.server_secrets secrets": "tests/scheduler/test_compose.py",
    "docker compose up --detach --wait": "no Docker here: tests/scheduler/test_compose.py runs the file's commands natively",
    "docker compose down": "as docker compose up",
    "systemctl enable --now baophu-watch.timer": "no systemd in a test",
    "duckdb -readonly data/published/baophu.duckdb": "a program of others; the file is read by an older client in test_publishing.py",
}
PLACEHOLDER = re.compile(r"[…\[\]|]|\b(FILE|DIR|CODE|DATE)\b")
MAY_FIND = ("submit", "check", "status", "watch", "rebuild")
"""Commands that end with 1 when there are findings."""


def documented() -> list[str]:
    found: dict[str, None] = {}
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
        lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
        lines = [re.sub(r"^(\*/15( \*)+\s+|ExecStart=)", "", line) for line in lines]
        for line in [
            *lines,
            *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)),
        ]:
            line = line.replace("\\|", "|")
            if A_COMMAND.match(line) or "/baophu " in line:
                found[line] = None
    return list(found)


@pytest.fixture(scope="module")
def office(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to work in, with the data of the first night and a sheet that has just come."""
    work = tmp_path_factory.mktemp("office")
    shutil.copytree(first_night, work / "data")
    shutil.copyfile(next((first_night / "later").rglob("D05*.xlsx")), work / "bang-ke.xlsx")
    return work


def test_every_command_of_the_documents_is_known_here() -> None:
    commands = documented()
    assert len(commands) > 30
    assert set(EXAMPLES) | set(ELSEWHERE) <= set(commands), "a line here that no document has"
    unknown = [c for c in commands if c not in ELSEWHERE and PLACEHOLDER.search(EXAMPLES.get(c, c))]
    assert unknown == [], "no example of them stands here"


@pytest.mark.slow
def test_every_command_of_the_documents_runs(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(office)
    monkeypatch.delenv("BAOPHU_ENGINEER_MAIL", raising=False)
    with duckdb.connect(
        str(office / "data" / "warehouse" / "baophu.duckdb"), read_only=True
    ) as con:
        (file,) = con.execute(
            "select min(sha256) from raw.submissions where verdict = 'accepted' and form = 'd05-ts/595'"
        ).fetchall()[0]
    for command in documented():
        if command in ELSEWHERE:
            continue
        example = EXAMPLES.get(command, command.removeprefix("baophu "))
        words = shlex.split(example.replace("{file}", file))
        code = main(
            [words[0], "--data", "data", *words[1:]]
            if words[0] != "quarantine"
            else [*words, "--data", "data"]
        )
        said = capsys.readouterr()
        assert code == 0 or (code == 1 and words[0] in MAY_FIND), f"{command}: {said.err}"
        assert said.out


@pytest.mark.slow
def test_make_run_and_then_what_the_readme_shows(tmp_path: Path) -> None:
    data = tmp_path / "an thi's data"
    ran = subprocess.run(
        ["make", "run", f"DATA={data}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "824 người tham gia" in ran.stdout
    for command in [c for c in documented() if c.startswith("baophu kpi") and c not in EXAMPLES]:
        assert main(["kpi", "--data", str(data), *shlex.split(command)[2:]]) == 0, command
