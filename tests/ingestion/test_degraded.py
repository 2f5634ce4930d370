"""A bug of ours costs the file it met, and is not kept quiet."""

from __future__ import annotations

import json
import shutil
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DataFolder
from core.errors import Consequence
from ingestion import nightly
from ingestion.warehouse import sealing
from tests.support.disturbed import wrong_for

NIGHT = date(2017, 6, 30)


def test_a_crash_on_one_file_leaves_the_others_loaded_and_the_chunk_failed(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path)
    sheets = sorted((sample / "inbox" / "2017-06").glob("*.xlsx"))[:3]
    shutil.copytree(sample / "inbox" / "office" / "2017-05", folder.inbox / "office")
    for path in sheets:
        folder.inbox.mkdir(exist_ok=True)
        shutil.copyfile(path, folder.inbox / path.name)
        shutil.copyfile(f"{path}.json", folder.inbox / f"{path.name}.json")
    agent = json.loads(Path(f"{sheets[1]}.json").read_text(encoding="utf-8"))["agent_code"]
    whole = nightly.parse_files
    monkeypatch.setattr(
        nightly, "parse_files", partial(whole, understand=partial(wrong_for, agent))
    )
    nightly.land(folder)
    (chunk,) = nightly.plan(folder, NIGHT)
    with pytest.raises(
        RuntimeError,
        match=r"our code failed on 1 file\(s\).*ZeroDivisionError at disturbed.py:\d+\)$",
    ):
        nightly.judge_chunk(folder, NIGHT, chunk)
    counts = nightly.load_night(folder, NIGHT)
    assert (
        counts["planned"],
        counts["loaded"],
        counts["partly"],
        counts["files"],
        counts["not_judged"],
    ) == (1, 0, 1, 5, 1)
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        loaded = {
            code
            for (code,) in con.execute(
                "select agent_code from raw.submissions where form like 'd05%'"
            ).fetchall()
        }
        received = con.execute(
            "select agent_code, form, rows_received from raw.submissions where verdict = 'not_judged'"
        ).fetchall()
    assert len(loaded) == 2
    assert agent not in loaded
    assert received == [(agent, None, 0)]
    # the mended program takes in what waited, and nothing else
    monkeypatch.setattr(nightly, "parse_files", whole)
    (chunk,) = nightly.plan(folder, NIGHT)
    assert nightly.judge_chunk(folder, NIGHT, chunk)["files"] == 1
    counts = nightly.load_night(folder, NIGHT)
    assert (
        counts["planned"],
        counts["loaded"],
        counts["partly"],
        counts["files"],
        counts["not_judged"],
    ) == (1, 1, 0, 1, 0)
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        said = con.execute(
            "select verdict from raw.submissions where agent_code = ?", [agent]
        ).fetchall()
    assert said == [("accepted",)]


@pytest.mark.parametrize(
    ("loaded", "states", "said"),
    [
        (1, ["success", "failed"], "1 failed"),
        (1, ["success", "skipped"], "1 were skipped"),
        (1, ["success"], "do not account"),
        (1, ["success", "removed"], "do not account"),
        (1, ["success", "success"], "do not account"),
    ],
)
def test_a_chunk_that_was_not_judged_is_never_sealed(
    loaded: int, states: list[str], said: str
) -> None:
    with pytest.raises(Consequence, match=said):
        sealing.seal({"planned": 2, "loaded": loaded}, states)


def test_what_is_accounted_for_is_sealed() -> None:
    assert sealing.seal({"planned": 2, "loaded": 2}, ["success", "success"])["done"] == 2
    assert sealing.seal({"planned": 0, "loaded": 0}, [])["planned"] == 0
