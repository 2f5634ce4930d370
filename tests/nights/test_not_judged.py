"""A night on which our own code fails on some files: they are received, not judged; the others are
published, or nothing is."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.data_folder import DataFolder
from core.errors import OurCrash, TooManyNotJudged
from ingestion import nightly
from ingestion.rules import validate, versions
from ingestion.rules.frames import FileToJudge
from tests.support.disturbed import wrong_for
from tests.support.evening import NIGHT, run_directly, state

WHOLE_JUDGE = validate.judge


def judge_wrong_for(
    agents: Collection[str | None], files: list[FileToJudge], *more: Any, **named: Any
) -> list[validate.Judgement]:
    """The rule book, were it wrong for the files of some agents: the whole group that they are in
    fails."""
    if any(file.agent_code in agents for file in files):
        raise ZeroDivisionError("a bug of ours")
    return WHOLE_JUDGE(files, *more, **named)


def judged(data: Path) -> dict[str, int]:
    """The ingestion of the night, whatever becomes of its judge tasks, as under a scheduler."""
    folder, night = DataFolder(data), date.fromisoformat(NIGHT)
    nightly.land(folder)
    for chunk in nightly.plan(folder, night):
        with pytest.raises((RuntimeError, ZeroDivisionError)):
            nightly.judge_chunk(folder, night, chunk)
    return nightly.load_night(folder, night)


def published_people(data: Path) -> dict[str, Any]:
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        return dict(
            con.execute(
                "select commune_code, (participants, new_participants, contributions_vnd) from kpi_by_commune where reporting_date = ?",
                [NIGHT],
            ).fetchall()
        )


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["read", "judged"])
def test_one_file_that_meets_a_bug_is_received_and_the_others_are_published(
    evening: Path,
    undisturbed: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    with monkeypatch.context() as patched:
        if stage == "read":
            patched.setattr(
                nightly,
                "parse_files",
                partial(nightly.parse_files, understand=partial(wrong_for, "DL003")),
            )
        else:
            patched.setattr(validate, "judge", partial(judge_wrong_for, ("DL003",)))
        counts = judged(data)
    assert (counts["files"], counts["not_judged"]) == (21, 1)
    run_directly(data, NIGHT, ("build", "publish"))
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        assert con.execute(
            "select agent_code from fct_submissions where verdict = 'not_judged'"
        ).fetchall() == [("DL003",)]
    with_one_less = published_people(data)
    run_directly(data, NIGHT)
    assert state(data) == undisturbed
    differing = {
        code for code, said in published_people(data).items() if with_one_less[code] != said
    }
    assert len(differing) <= 1, "the figures of other communes"


def test_a_failure_of_ours_on_the_only_reference_is_called_ours(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sample / "inbox" / "office" / "2017-05", tmp_path / "inbox" / "office")
    folder, night = DataFolder(tmp_path), date(2017, 5, 31)
    nightly.land(folder)
    wrong = partial(versions.parse_files, understand=partial(wrong_for, None))
    with monkeypatch.context() as patched:
        patched.setattr(versions, "parse_files", wrong)
        with pytest.raises(
            OurCrash,
            match=r"our own code failed .*ZeroDivisionError at disturbed.py:\d+.* the fault is ours",
        ):
            nightly.plan(folder, night)
    with monkeypatch.context() as patched:
        patched.setattr(validate, "judge", partial(judge_wrong_for, (None,)))
        with pytest.raises(
            OurCrash, match=r"ZeroDivisionError at test_not_judged.py:\d+.* the fault is ours"
        ):
            nightly.plan(folder, night)
    assert nightly.plan(folder, night)


def test_where_many_files_were_not_judged_nothing_is_published(
    evening: Path, undisturbed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    before = (data / "published" / "baophu.duckdb").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(
            validate, "judge", partial(judge_wrong_for, [f"DL{n:03d}" for n in range(1, 6)])
        )
        with pytest.raises(
            TooManyNotJudged, match=r"our code failed on 5 of 21 files .* more than a share of 0\.2"
        ):
            judged(data)
        patched.setenv("BAOPHU_NOT_JUDGED_SHARE", "0.3")
        patched.setattr(
            validate, "judge", partial(judge_wrong_for, [f"DL{n:03d}" for n in range(1, 22)])
        )
        with pytest.raises(TooManyNotJudged, match="21 of 21"):  # the whole task crashed
            judged(data)
    assert (data / "published" / "baophu.duckdb").read_bytes() == before
    run_directly(data, NIGHT)
    assert state(data) == undisturbed
