"""A publish that the marts' tests block all the same: it names file, sheet and row, and the next
night goes on without the file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.command import asked
from tests.support.evening import NIGHT, run_directly, state
from tests.support.staying import StayingCommand
from tests.support.waiting import decide, say

pytestmark = pytest.mark.slow
NEXT = "2017-08-01"
WHO = ("--who", "CB01", "--why", "đối chiếu")


def rows_of(path: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(query, values).fetchall()


def test_a_file_that_blocks_a_publish_is_named_and_held_and_the_next_night_goes_on(
    evening: Path,
    two_nights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    staying: StayingCommand,
) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    published, warehouse = (data / place / "baophu.duckdb" for place in ("published", "warehouse"))
    before = published.read_bytes()
    run_directly(data, NIGHT, ["ingest"])
    # what no rule finds today: a row in force, whose commune is none
    with duckdb.connect(str(warehouse)) as con:
        ((bad, row_id, sheet, row),) = con.execute(
            "select sha256, row_id, sheet_index + 1, row_number from raw.sheet_rows "
            "where night > '2017-06-30' and fate = 'accepted' and section = 'I.1' order by row_id desc limit 1"
        ).fetchall()
        con.execute("update raw.sheet_rows set commune_code = '99999' where row_id = ?", [row_id])

    first = staying("night", "--date", NIGHT, data=data)
    assert (first.code, len(first.err.strip().splitlines())) == (2, 1), first.err
    assert f"file {bad[:12]}, sheet {sheet}, row {row}" in first.err
    assert f"held by the system, the next night goes on without: {bad[:12]}" in first.err
    assert published.read_bytes() == before

    second = staying("night", "--date", NEXT, "--format", "json", data=data)
    assert second.code == 1, second.err
    told = json.loads(second.out)
    assert [(f["file_id"], f["since"]) for f in told["held_by_system"]] == [(bad[:12], NIGHT)]
    assert rows_of(
        published,
        "select verdict, rows_accepted, is_closed from fct_submissions where file_id = ?",
        bad[:12],
    ) == [("held", 0, False)]
    people = "select commune_code, participants, contributions_vnd from kpi_by_commune where reporting_date = '2017-07-31' order by all"
    others = set(rows_of(two_nights / "published" / "baophu.duckdb", people)) & set(
        rows_of(published, people)
    )
    assert len(others) == len(rows_of(published, people)) - 1, "the figures of other communes"

    status = asked("status", data=data)
    assert f"Hệ thống giữ tệp {bad[:12]}" in status.out
    code, listed, err = say(data, capsys, "quarantine", "list")
    assert code == 0, err
    assert [(item["file_id"], item["row"], item["fate"]) for item in listed["waiting"]] == [
        (bad[:12], None, "held")
    ]
    assert [file["file_id"] for file in listed["held_by_system"]] == [bad[:12]]

    # landing alone gives the same version, with the file held
    hash_before = state(data)["hash"]
    other = tmp_path / "rebuilt"
    shutil.copytree(data / "landing", other / "landing")
    run_directly(other, NEXT)
    assert state(other)["hash"] == hash_before

    decided = (*WHO, "--decided-at", "2017-08-02T08:00:00+07:00")
    # there its rows are as they came, and sound
    decide(other, capsys, "quarantine", "release", bad[:12], *decided)
    run_directly(other, "2017-08-02")
    assert rows_of(
        other / "published" / "baophu.duckdb",
        "select verdict from fct_submissions where file_id = ?",
        bad[:12],
    ) == [("accepted",)]
    decide(data, capsys, "quarantine", "reject", bad[:12], *decided)
    run_directly(data, "2017-08-02")
    assert rows_of(
        published, "select verdict, is_closed from fct_submissions where file_id = ?", bad[:12]
    ) == [("rejected", True)]
    assert not json.loads(asked("status", "--format", "json", data=data).out)["held_by_system"]
