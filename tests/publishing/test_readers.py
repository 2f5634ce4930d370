"""BI tools read while nights publish: no error, no half version, and nobody waits for anybody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DataFolder
from core.errors import MachineFault
from publishing.release import publish
from tests.support.bi_reader import fingerprint
from tests.support.command import ROOT, baophu
from tests.support.held_lock import held_elsewhere

PUBLISHES, READERS = 20, 20

READER = """
import json, sys, time
from pathlib import Path
from tests.support.bi_reader import fingerprint

published, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, opened, trouble = {}, 0, []
print("ready", flush=True)
while not stop.exists():
    time.sleep(1)
    try:
        version, rows = fingerprint(published)
        if seen.setdefault(version, rows) != rows:
            trouble.append(f"{version} changed while it was read")
        opened += 1
    except Exception as exc:
        trouble.append(repr(exc))
print(json.dumps({"opened": opened, "seen": seen, "trouble": trouble}))
"""


@pytest.mark.slow
def test_twenty_readers_and_twenty_publishes(night_folder: Path, tmp_path: Path) -> None:
    places, stop = DataFolder(night_folder), tmp_path / "stop"
    words = [sys.executable, "-c", READER, str(places.published), str(stop)]
    readers = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(READERS)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        whole = dict([fingerprint(places.published)])
        with duckdb.connect(str(places.published), read_only=True) as stays:
            (old,) = stays.execute("select version from publication").fetchall()[0]
            for number in range(PUBLISHES):
                with duckdb.connect(str(places.warehouse)) as con:
                    con.execute(
                        "update marts.kpi_by_district set contributions_vnd = contributions_vnd + 1"
                    )
                made = publish(night_folder)
                assert not made.unchanged, number
                # by its own name: this process holds the old file open under the stable one, and
                # would be shown that
                whole |= dict([fingerprint(made.path / "baophu.duckdb")])
            # who stays connected keeps the old version
            assert stays.execute("select version from publication").fetchall() == [(old,)]
        stop.touch()
        told = [json.loads(reader.communicate(timeout=120)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert [trouble for one in told for trouble in one["trouble"]] == []
    assert all(one["opened"] > 0 for one in told)
    assert len(whole) == PUBLISHES + 1
    for one in told:
        assert one["seen"].items() <= whole.items()
    assert len({version for one in told for version in one["seen"]}) > PUBLISHES // 2


def test_two_publishes_at_once_one_does_the_work(night_folder: Path) -> None:
    with (
        held_elsewhere(night_folder / "warehouse" / "publish.lock"),
        pytest.raises(MachineFault, match="another publish is at work"),
    ):
        publish(night_folder)
    assert publish(night_folder).unchanged


@pytest.mark.slow
def test_the_same_night_twice_at_once(night_folder: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "baophu.cli",
        "night",
        "--data",
        str(night_folder),
        "--date",
        "2019-06-30",
    ]
    pair = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [(one.communicate(timeout=300)[1], one.returncode) for one in pair]
    assert sorted(code for _, code in said) == [0, 2]
    (refused,) = [err for err, code in said if code == 2]
    assert "another night is running" in refused
    assert len(refused.strip().splitlines()) == 1
    assert baophu("status", data=night_folder).code == 1
