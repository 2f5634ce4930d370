"""What waits is decided by people: from the next night on, as known, and never for good."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from baophu.cli import main
from core.data_folder import DataFolder
from core.errors import OfficeFault
from ingestion import nightly
from ingestion.arrival.decisions import read_decisions
from tests.support.waiting import (
    FIRST,
    WHO,
    decide,
    file_of,
    first_evening,
    next_night,
    rows,
    rows_of,
    say,
    submission,
)

NEXT = date(2019, 7, 1)


@pytest.fixture(scope="module")
def first(first_night: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("waiting") / "data"
    first_evening(first_night, sample, data)
    return data


@pytest.fixture
def data(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "data"))


def participants(data: Path, known_on: date | None = None) -> int:
    (district,) = rows(data, "kpi_by_district", known_on=known_on)
    return int(district["participants"])


def test_what_waits_is_listed_without_a_name(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told, _ = say(data, capsys, "quarantine", "list")
    a, b = file_of(data, "2019-06-20"), file_of(data, "2019-06-21")
    found = [(item["file_id"], item["row"], item["codes"]) for item in told["waiting"]]
    _, second, third, fourth = rows_of(data, a)
    assert code == 0
    assert found == [
        (a[:12], second, ["BP-401"]),
        (a[:12], third, ["BP-401"]),
        (a[:12], fourth, ["BP-101"]),
        (b[:12], None, ["BP-012"]),
    ]
    assert main(["quarantine", "list", "--data", str(data)]) == 0
    table = capsys.readouterr().out
    _, shown, _ = say(data, capsys, "quarantine", "show", f"{a[:12]}:{second}")
    for said in (
        json.dumps(told, ensure_ascii=False),
        table,
        json.dumps(shown, ensure_ascii=False),
    ):
        assert "Nguyễn Thị Thử" not in said
        assert "3300000002" not in said
    assert {f["code"] for f in shown["findings"]} == {"BP-401"}
    _, shown, _ = say(data, capsys, "quarantine", "show", f"{a[:12]}:{second}", "--with-values")
    assert shown["rows"][0]["values"]["full_name"] == "Nguyễn Thị Thử 2"


def test_a_released_row_counts_from_the_next_night_on_and_an_undo_takes_it_back(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, before = file_of(data, "2019-06-20"), participants(data)
    _, second, third, _ = rows_of(data, a)
    made = decide(data, capsys, "quarantine", "release", a[:12], "--row", str(third))
    assert made["takes_effect"] == "2019-07-01"
    decide(data, capsys, "quarantine", "reject", a[:12], "--row", str(second))
    assert participants(data) == before  # not before its night
    next_night(first_night, data, NEXT)
    assert participants(data) == before + 1
    assert participants(data, known_on=FIRST) == before
    now, then = submission(data, a), submission(data, a, FIRST)
    assert (
        now["rows_accepted"],
        now["rows_superseded"],
        now["rows_rejected"],
        now["rows_held"],
        now["rows_released"],
    ) == (1, 1, 1, 1, 1)
    assert (
        then["rows_accepted"],
        then["rows_superseded"],
        then["rows_held"],
        then["rows_released"],
    ) == (0, 1, 3, 0)
    (district,) = rows(data, "kpi_by_district")
    assert (
        district["overrides"] == 1 == sum(row["overrides"] for row in rows(data, "kpi_by_commune"))
    )
    assert [row["overrides"] for row in rows(data, "kpi_by_district", known_on=FIRST)] == [0]
    _, told, _ = say(data, capsys, "quarantine", "list")
    assert len([item for item in told["waiting"] if item["file_id"] == a[:12]]) == 1
    at = ("--who", "CB01", "--why", "nhầm người", "--decided-at", "2019-07-02T09:00:00+07:00")
    decide(data, capsys, "quarantine", "undo", made["id"][:12], *at)
    next_night(first_night, data, date(2019, 7, 2))
    assert [participants(data, on) for on in (FIRST, NEXT, date(2019, 7, 2))] == [
        before,
        before + 1,
        before,
    ]
    assert submission(data, a)["rows_held"] == 2


def test_a_released_file_is_its_agent_s_report_and_what_is_wrong_in_it_stays_wrong(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b, before = file_of(data, "2019-06-21"), participants(data)
    assert submission(data, b)["verdict"] == "held"
    decide(data, capsys, "quarantine", "release", b[:12])
    next_night(first_night, data, NEXT)
    assert participants(data) == before + 1
    found = submission(data, b)
    assert (
        found["verdict"],
        found["rows_accepted"],
        found["rows_rejected"],
        found["rows_held"],
    ) == ("partial", 1, 1, 0)


def test_a_file_withdrawn_restates_nothing_any_more(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, c = file_of(data, "2019-06-20"), file_of(data, "2019-06-22")
    assert submission(data, a)["rows_superseded"] == 1
    decide(data, capsys, "withdraw", c[:12])
    next_night(first_night, data, NEXT)
    assert (submission(data, c)["verdict"], submission(data, c)["rows_rejected"]) == ("rejected", 1)
    assert (submission(data, a)["rows_superseded"], submission(data, a)["rows_accepted"]) == (0, 1)
    assert submission(data, a, FIRST)["rows_superseded"] == 1
    at = ("--who", "CB01", "--why", "xem lại", "--decided-at", "2019-07-02T09:00:00+07:00")
    decide(data, capsys, "withdraw", c[:12], "--undo", *at)
    next_night(first_night, data, date(2019, 7, 2))
    assert (submission(data, a)["rows_superseded"], submission(data, c)["verdict"]) == (
        1,
        "accepted",
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("quarantine", "release", "0" * 12), "no file"),
        (("quarantine", "release", "abc"), "at least 12 letters"),
        (("quarantine", "release", "{a}", "--row", "999"), "no row of data 999"),
        (("quarantine", "release", "{a}", "--row", "{fourth}"), "it has no BHXH number"),
        (("quarantine", "release", "{a}", "--row", "{first}"), "does not wait: it is superseded"),
        (("quarantine", "release", "{c}"), "nothing of file"),
        (("quarantine", "show", "{a}:999"), "no row of data 999"),
        (("quarantine", "undo", "0" * 12), "no decision in force"),
        (("withdraw", "{b}"), "is held"),
        (("withdraw", "{c}", "--undo"), "is not withdrawn"),
        (("quarantine", "release", "{b}", "--who", " "), "needs the name of who decides"),
        (("quarantine", "release", "{b}", "--why", ""), "needs the name of who decides"),
        (
            ("quarantine", "release", "{b}", "--decided-at", "2019-06-29T09:00:00+07:00"),
            "would change what was published",
        ),
    ],
)
def test_what_cannot_be_decided_is_refused_in_one_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str
) -> None:
    a, b, c = (file_of(data, f"2019-06-2{n}")[:12] for n in range(3))
    first, *_, fourth = rows_of(data, file_of(data, "2019-06-20"))
    words = tuple(word.format(a=a, b=b, c=c, first=first, fourth=fourth) for word in words)
    known = () if words[1] == "show" else WHO
    code, told, err = say(data, capsys, *words[:3], *known, *words[3:])
    assert (code, told, len(err.strip().splitlines())) == (2, None, 1)
    assert why in err
    assert read_decisions(DataFolder(data)) == []


def test_nothing_is_decided_twice(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    b, c = file_of(data, "2019-06-21")[:12], file_of(data, "2019-06-22")[:12]
    for words in (("quarantine", "release", b), ("withdraw", c)):
        decide(data, capsys, *words)
        code, _, err = say(data, capsys, *words, *WHO)
        assert code == 2
        assert "before" in err or "already" in err
    assert len(read_decisions(DataFolder(data))) == 2


def test_a_record_that_was_altered_or_removed_stops_the_night(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b, c = (file_of(data, f"2019-06-2{n}")[:12] for n in range(3))
    decide(data, capsys, "quarantine", "release", b)
    decide(data, capsys, "quarantine", "reject", a)
    decide(data, capsys, "withdraw", c)
    next_night(first_night, data, NEXT)
    with duckdb.connect(str(DataFolder(data).warehouse)) as con:
        audit = con.execute(
            "select sequence, decision, who from ops.audit order by sequence"
        ).fetchall()
    assert audit == [(1, "release", "CB01"), (2, "reject", "CB01"), (3, "withdraw", "CB01")]
    folder = DataFolder(data)
    paths = {
        made.sequence: folder.landing / "decisions" / "2019-07-01" / f"{made.id}.json"
        for made in read_decisions(folder)
    }
    assert {path.stat().st_mode & 0o777 for path in paths.values()} == {0o400}
    for sequence, path in paths.items():
        kept = path.read_bytes()
        path.unlink()
        with pytest.raises(OfficeFault, match=f"decision {sequence} "):
            nightly.plan(folder, date(2019, 7, 2))
        path.write_bytes(kept.replace(b"CB01", b"CB02"))
        with pytest.raises(OfficeFault, match="was altered"):
            nightly.plan(folder, date(2019, 7, 2))
        path.write_bytes(kept)
    nightly.plan(folder, date(2019, 7, 2))


def test_landing_alone_brings_decisions_back(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decide(data, capsys, "quarantine", "release", file_of(data, "2019-06-21")[:12])
    decide(data, capsys, "withdraw", file_of(data, "2019-06-22")[:12])
    next_night(first_night, data, NEXT)
    tables = ("kpi_by_commune", "kpi_by_agent", "fct_submissions", "fct_rejections")
    before = [rows(data, table) for table in tables]
    DataFolder(data).warehouse.unlink()
    next_night(first_night, data, NEXT)
    assert [rows(data, table) for table in tables] == before
