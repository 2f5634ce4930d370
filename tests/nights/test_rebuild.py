"""`baophu rebuild`: the warehouse comes out of landing again, and `--verify` reproduces every
version ever published, names what was altered, and changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.clock import parse_instant
from core.data_folder import DataFolder
from core.locks import take
from ingestion.arrival.decisions import record
from publishing.ledger import read_publications
from tests.support.command import ROOT, asked
from tests.support.evening import NIGHT, run_directly, state

FIRST = "2017-06-30"


@pytest.fixture
def data(two_nights: Path, tmp_path: Path) -> Path:
    """A copy of the folder of two published nights, to be changed."""
    return Path(shutil.copytree(two_nights, tmp_path / "data"))


def verified(data: Path) -> tuple[int, dict[str, Any]]:
    ran = asked("rebuild", "--verify", "--format", "json", data=data)
    assert ran.code in (0, 1), ran.err
    return ran.code, json.loads(ran.out)


def bytes_of(data: Path) -> dict[str, str]:
    """All that `--verify` looks at."""
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for room in ("landing", "published", "warehouse")
        for path in (data / room).rglob("*")
        if path.is_file() and not path.name.endswith(".lock") and path.name != ".passes"
    }


def write_over(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def ask(store: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(store)) as con:
        return con.execute(query).fetchall()


def test_what_was_altered_is_named_and_the_rest_is_reproduced(data: Path) -> None:
    places = DataFolder(data)
    first, second = read_publications(places)[0]
    accepted = f"verdict = 'accepted' and form = 'd05-ts/595' and night > '{FIRST}'"
    (sha256,) = ask(places.warehouse, f"select min(sha256) from raw.submissions where {accepted}")[
        0
    ]
    (landed,) = (p for p in places.landing.rglob(f"{sha256}.*") if p.suffix != ".json")
    content = bytearray(landed.read_bytes())
    content[len(content) // 2] ^= 1
    write_over(landed, bytes(content))  # one byte of landing
    (row,) = ask(
        places.warehouse,
        "update raw.sheet_rows set months = months + 1 where row_id = (select max(row_id) from raw.sheet_rows "
        f"where fate = 'accepted' and sha256 <> '{sha256}') returning row_id",
    )[0]  # one row of the warehouse
    store = places.versions / first.version / "baophu.duckdb"
    # one figure that was published
    ask(
        store,
        f"update kpi_by_district set participants = participants + 1 where reporting_date = '{FIRST}' returning 1",
    )
    write_over(places.versions / second.version / "index.html", b"another page")
    foreign = next(places.landing.glob("received=*")) / "danh-sach.xlsx"
    foreign.write_bytes(b"nobody landed it")
    before = bytes_of(data)

    code, told = verified(data)

    assert (code, told["is_whole"], bytes_of(data)) == (1, False, before)
    assert not places.rebuilding.root.exists()
    file, sheet, number = row.split(":")
    name = f"file {sha256[:12]}"
    said = [finding["sentence"] for finding in told["findings"]]
    for words in (
        f"{name}, received ",
        f"warehouse/baophu.duckdb holds {name}, which landing no longer gives",
        f"warehouse/baophu.duckdb: raw.sheet_rows, file {file[:12]}, sheet {int(sheet) + 1}, row {number}: column months is not what landing gives",
        f"published/versions/{first.version}/baophu.duckdb was altered after it was published",
        f"published/versions/{second.version}/index.html was altered after it was published",
        f"a file that nobody had landed lies in landing/{foreign.parent.name}",
    ):
        assert sum(sentence.startswith(words) for sentence in said) == 1, (words, said)
    assert len(said) == 6, said
    whole, differs = told["versions"]
    assert (whole["version"], whole["is_reproduced"]) == (first.version, True)
    assert whole["difference"].startswith(
        f"kpi_by_district, reporting_date={FIRST}, district_code=329, column participants is "
    )
    assert (differs["is_reproduced"], differs["cause"], differs["changed"]) == (False, "data", [])
    assert differs["tables"]
    assert " in the published file" in differs["difference"]


@pytest.mark.slow
def test_a_decision_that_was_altered_or_taken_away_is_named(data: Path) -> None:
    places = DataFolder(data)
    (sha256,) = ask(
        places.warehouse,
        f"select min(sha256) from raw.submissions where form = 'd05-ts/595' and night > '{FIRST}'",
    )[0]
    made = record(
        places,
        "withdraw",
        sha256,
        who="CB01",
        why="nộp nhầm",
        decided_at=parse_instant("2017-07-31T20:00:00"),
    )
    (path,) = (places.landing / "decisions").rglob("*.json")
    written = path.read_bytes()

    def alter() -> tuple[list[tuple[str, str]], list[bool]]:
        write_over(path, written.replace("nhầm".encode(), "đúng".encode()))
        _, told = verified(data)
        write_over(path, written)
        return (
            [(found["about"], found["sentence"]) for found in told["findings"]],
            [version["is_reproduced"] for version in told["versions"]],
        )

    altered = f"the decision landing/decisions/2017-07-31/{made.id[:12]}… was altered after it was made; put it back from a copy, nothing was loaded"
    # landed after all that is published: named, and every version is reproduced without it
    assert alter() == ([("decision", altered)], [True, True])

    run_directly(data, NIGHT)
    code, told = verified(data)
    assert (code, told["findings"]) == (1, [])
    assert [v["cause"] for v in told["versions"]] == [None, "late", None]
    assert told["versions"][1]["late"] == [f"decision {made.id[:12]}"]
    # now a version rests on it: nothing can be rebuilt without its word
    assert alter() == ([("decision", altered)], [False, False, False])
    path.unlink()
    _, told = verified(data)
    (found,) = [each for each in told["findings"] if each["about"] == "decision"]
    assert found["sentence"].startswith(
        f"decision 1 ({made.id[:12]}) was loaded before and is no longer in landing/decisions"
    )


def test_one_rebuild_at_a_time_and_what_a_killed_one_left_is_removed(data: Path) -> None:
    places = DataFolder(data)
    lock = data / "warehouse" / "rebuild.lock"
    with take(lock, "test"):
        ran = asked("rebuild", "--verify", data=data)
    assert (ran.code, ran.err.strip()) == (
        2,
        f"baophu rebuild: another rebuild is running on {data}; this one did nothing",
    )
    (places.rebuilding.landing / "received=2017-06-01").mkdir(parents=True)
    listed = places.landings.read_bytes()
    lines = listed.split(b"\n")
    write_over(places.landings, b"\n".join([lines[0].replace(b"a", b"b"), *lines[1:]]))
    # refused before anything is built, and the scratch is gone all the same
    ran = asked("rebuild", data=data)
    assert ran.code == 2
    assert "of landing/ledger.jsonl was changed" in ran.err
    assert not places.rebuilding.root.exists()


def test_a_folder_without_a_night_is_told_so(tmp_path: Path) -> None:
    for words in (("rebuild",), ("rebuild", "--verify")):
        ran = asked(*words, data=tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert "run `baophu night` first" in ran.err


@pytest.mark.slow
def test_a_rebuilt_warehouse_is_the_one_that_was(data: Path, undisturbed: dict[str, Any]) -> None:
    places = DataFolder(data)
    ask(places.warehouse, "update raw.sheet_rows set months = months + 1")
    ran = asked("rebuild", "--format", "json", data=data)
    told = json.loads(ran.out)
    assert (ran.code, told["is_same"], told["version"]) == (0, True, undisturbed["version"])
    assert state(data) == undisturbed
    nights = ask(places.warehouse, "select night from ops.nights order by night")
    assert nights == [(date.fromisoformat(night),) for night in (FIRST, NIGHT)]
    run_directly(data, NIGHT)  # and the next night finds nothing to do
    assert state(data) == undisturbed
    # a landing that is not whole replaces nothing
    bytes_path = next(p for p in places.landing.rglob("*.xlsx"))
    before = bytes_of(data)
    write_over(bytes_path, b"altered")
    ran = asked("rebuild", data=data)
    assert ran.code == 2
    assert "landing is not whole, so the warehouse was left as it is: " in ran.err
    after = bytes_of(data)
    assert {name for name in before if before[name] != after[name]} == {
        bytes_path.relative_to(data).as_posix()
    }


@pytest.mark.slow
def test_a_file_landed_later_with_an_earlier_date_is_named(data: Path, sample: Path) -> None:
    sheet = next((sample / "inbox" / "2017-08").glob("*.xlsx"))
    late = data / "late" / sheet.name
    late.parent.mkdir()
    shutil.copyfile(sheet, late)  # without its side file, which would say when it came
    submitted = asked(
        "submit", "--received-at", "2017-07-20T10:00:00", "--agent", "DL001", "--format", "json", str(late), data=data
    )  # fmt: skip
    (landed,) = json.loads(submitted.out)
    code, told = verified(data)
    assert (code, told["findings"]) == (0, [])  # not taken in yet: no version speaks of it
    run_directly(data, NIGHT)
    code, told = verified(data)
    assert code == 1
    assert [(v["is_reproduced"], v["cause"]) for v in told["versions"]] == [
        (True, None),
        (False, "late"),
        (True, None),
    ]
    assert told["versions"][1]["late"] == [landed["sha256"][:12]]
    assert "fct_submissions" in told["versions"][1]["tables"]


@pytest.mark.slow
def test_a_changed_program_is_said_to_be_the_cause(data: Path, tmp_path: Path) -> None:
    """The program is copied, and names months otherwise there."""
    changed = tmp_path / "program"
    (changed / "dbt_project").mkdir(parents=True)
    rooms = ("baophu", "core", "dags", "expectations", "ingestion", "publishing", "samples")
    parts = ("models", "macros", "seeds", "tests")
    for part in (*rooms, *(f"dbt_project/{part}" for part in parts)):
        shutil.copytree(ROOT / part, changed / part)
    for path in (ROOT / "dbt_project").glob("*.yml"):
        shutil.copyfile(path, changed / "dbt_project" / path.name)
    model = changed / "dbt_project" / "models" / "marts" / "dim_month.sql"
    text = model.read_text(encoding="utf-8")
    assert "months.month_label," in text
    model.write_text(
        text.replace("months.month_label,", "months.month_label || '!' as month_label,"),
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "baophu.cli", "rebuild", "--verify", "--data", str(data), "--format", "json"],
        cwd=changed,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "BAOPHU_DATA"},
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    told = json.loads(ran.stdout)
    for version in told["versions"]:
        assert (version["cause"], version["changed"]) == ("program", ["models"])
        assert version["tables"] == ["dim_month"]
        assert version["difference"].startswith("dim_month, month=")
        assert "column month_label is " in version["difference"]
    assert {finding["about"] for finding in told["findings"]} <= {"warehouse"}
