"""What is typed: days as people write them, and help in one language."""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from baophu.cli import _BY, _day, _instant, _parser
from baophu.help_vi import HELP, speak, texts
from ingestion.rules.rulebook import run_suite
from publishing.kpi import BY


@pytest.mark.parametrize("text", ["30/06/2019", "30/6/2019", "2019-06-30"])
def test_a_day_is_read_as_it_is_written(text: str) -> None:
    assert _day(text) == date(2019, 6, 30)


@pytest.mark.parametrize("text", ["2019-06-30T20:15:00+07:00", "30/06/2019 20:15"])
def test_an_instant_is_read_as_it_is_written(text: str) -> None:
    assert _instant(text) == datetime(2019, 6, 30, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["06/30/2019", "31/06/2019", "30/06/19", "30/06/2019 20:15", "30-06-2019", "hôm nay"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a date"):
        _day(text)


def test_help_is_in_one_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAOPHU_LANG", raising=False)
    english = texts(speak(_parser()))
    # baophu/help_vi.py says each line in Vietnamese, and no other
    assert sorted(english ^ HELP.keys()) == []
    monkeypatch.setenv("BAOPHU_LANG", "vi")
    parser = speak(_parser())
    assert texts(parser) == {HELP[text] for text in english}
    shown = parser.format_help()
    assert "cách dùng: baophu" in shown
    assert "options:" not in shown


def test_the_log_of_a_task_is_not_the_librarys(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    frame = pd.DataFrame({"commune_code": ["12142"]})
    with pytest.raises(RuntimeError, match="did not run"):  # even where it has much to say
        run_suite("files", frame)
    assert [
        record.name
        for record in caplog.records
        if record.name.startswith("great_expectations") and record.levelno < logging.WARNING
    ] == []


def test_a_question_for_help_imports_no_database() -> None:
    """The command line starts in a third of a second: what a command needs is imported by it."""
    program = "import sys, baophu.cli; print({'duckdb', 'pandas', 'pyarrow'} & sys.modules.keys())"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "set()\n"


def test_figures_are_asked_for_by_whom_there_are_tables_of() -> None:
    assert _BY == BY
