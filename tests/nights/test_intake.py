"""`check` and `submit`, as an agent and an office use them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.support.command import asked, baophu


def test_check_stores_nothing_and_side_files_are_not_files(sample: Path, tmp_path: Path) -> None:
    later = sorted((sample / "later").iterdir())
    assert len(later) == 4
    ran = baophu("check", "--format", "json", *later, data=tmp_path / "data")
    told = json.loads(ran.out)
    assert (ran.code, len(told)) == (0, 2)
    assert not (tmp_path / "data").exists()
    for one in told:
        assert {
            "path",
            "sha256",
            "form",
            "agent_code",
            "verdict",
            "rows",
            "amount_vnd",
            "not_checked",
            "findings",
        } <= set(one)
        assert one["rows"]["received"] == sum(
            count for fate, count in one["rows"].items() if fate != "received"
        )


def test_submit_lands_once_and_knows_what_it_has(sample: Path, tmp_path: Path) -> None:
    path = next((sample / "later").glob("*.xlsx"))
    shutil.copyfile(path, tmp_path / "mine.xlsx")
    words = (
        "--format",
        "json",
        "--agent",
        "DL001",
        "--received-at",
        "2019-07-01T08:00:00+07:00",
        tmp_path / "mine.xlsx",
    )
    first, second = (
        json.loads(asked("submit", *words, data=tmp_path / "data").out)[0] for _ in range(2)
    )
    assert (first["already_known"], second["already_known"]) == (False, True)
    assert first["received_at"] == "2019-07-01T08:00:00+07:00"
    assert first["verdict"] == "held"  # another agent's sheet
    assert [f["code"] for f in first["findings"]] == ["BP-012"]
    assert len(list((tmp_path / "data" / "landing").rglob("*.xlsx"))) == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    ran = asked("submit", tmp_path / "none.xlsx", data=tmp_path / "data")
    assert ran.code == 2
    assert "there is no file or folder" in ran.err
