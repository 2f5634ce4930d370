"""A case is open until a mended sheet or a person closes it; what a person decides happens, or is
refused with the reason."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from baophu.status import read_status
from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.arrival.decisions import read_decisions
from ingestion.feedback import homecoming
from publishing.errors import PublishBlocked
from tests.support.disturbed import wrong_for
from tests.support.evening import NIGHT, run_directly, take_in
from tests.support.snapshot import with_models
from tests.support.waiting import (
    FIRST,
    WHO,
    decide,
    file_of,
    first_evening,
    next_night,
    person,
    rows,
    rows_of,
    say,
    send,
    submission,
)

NEXT, AFTER = date(2019, 7, 1), date(2019, 7, 2)
LATER = ("--who", "CB02", "--why", "xem lại hồ sơ", "--decided-at", "2019-07-02T09:00:00+07:00")


@pytest.fixture(scope="module")
def first(first_night: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("open-cases") / "data"
    first_evening(first_night, sample, data)
    return data


@pytest.fixture
def data(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "data"))


def still_open(
    data: Path, capsys: pytest.CaptureFixture[str], *filters: str
) -> list[dict[str, Any]]:
    code, told, err = say(data, capsys, "quarantine", "list", *filters)
    assert code == 0, err
    return list(told["waiting"])


def send_again(data: Path, inbox: Path, sha256: str, at: str) -> None:
    """The same bytes, from the same agent."""
    send(inbox, "c.xlsx", [], at)
    (landed,) = (data / "landing").glob(f"*/{sha256}.xlsx")
    shutil.copyfile(landed, inbox / "c.xlsx")


def test_a_mended_sheet_closes_its_case_and_taking_it_back_opens_it_again(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = file_of(data, "2019-06-20"), file_of(data, "2019-06-21")
    _, second, _, fourth = rows_of(data, a)
    # the two that contradicted each other are one, and the person without a number has one, on
    # another row than before
    send(data / "inbox", "d.xlsx", [person(2), person(3)], "2019-07-01T08:00")
    next_night(first_night, data, NEXT)
    d, found = file_of(data, "2019-07-01"), submission(data, a)
    assert (
        found["rows_held"],
        found["rows_resolved"],
        found["rows_open"],
        found["amount_open_vnd"],
        found["is_closed"],
    ) == (
        3,
        3,
        0,
        0,
        True,
    )
    assert (submission(data, a, FIRST)["rows_open"], submission(data, a, FIRST)["is_closed"]) == (
        3,
        False,
    )
    assert {item["file_id"] for item in still_open(data, capsys)} == {b[:12]}
    status = read_status(DataFolder(data), FIRST, NEXT)
    assert [file["file_id"] for file in status["files"] if not file["is_closed"]] == [b[:12]]
    _, shown, _ = say(data, capsys, "quarantine", "show", f"{a[:12]}:{fourth}")
    assert [row["resolved_by"] for row in shown["rows"]] == [d[:12]]
    code, _, err = say(data, capsys, "quarantine", "release", a[:12], "--row", str(second), *WHO)
    assert (code, d[:12] in err) == (2, True)
    decide(data, capsys, "withdraw", d[:12], *LATER)
    next_night(first_night, data, AFTER)
    assert (
        submission(data, a)["rows_open"],
        submission(data, a)["is_closed"],
        submission(data, d)["is_closed"],
    ) == (3, False, True)


def test_another_person_on_the_same_row_mends_nothing(first_night: Path, data: Path) -> None:
    a = file_of(data, "2019-06-20")
    # the row without a number is left out, and who stands there now is somebody whom the sheet had
    # before, or who has another name and number
    send(
        data / "inbox",
        "d.xlsx",
        [person(7), person(8), person(9), person(1, income=800_000)],
        "2019-07-01T08:00",
    )
    next_night(first_night, data, NEXT)
    assert (submission(data, a)["rows_resolved"], submission(data, a)["rows_open"]) == (0, 3)


def test_a_file_that_could_not_be_read_is_closed_by_the_next_report_of_its_month(
    first_night: Path, data: Path
) -> None:
    send(data / "inbox", "torn.xlsx", [person(6)], "2019-07-01T08:00")
    torn = (data / "inbox" / "torn.xlsx").read_bytes()
    (data / "inbox" / "torn.xlsx").write_bytes(torn[: len(torn) // 2])
    next_night(first_night, data, NEXT)
    (found,) = [row for row in rows(data, "fct_submissions", known_on=NEXT) if row["night"] == NEXT]
    assert (found["verdict"], found["is_closed"]) == ("rejected", False)
    send(data / "inbox", "d.xlsx", [person(6)], "2019-07-02T08:00")
    with duckdb.connect(
        str(data / "warehouse" / "baophu.duckdb")
    ) as con:  # its head says June: the torn one was received in July
        con.execute("update raw.submissions set head_month = 2019 * 12 + 6 where night = ?", [NEXT])
    next_night(first_night, data, AFTER)
    (found,) = [
        row for row in rows(data, "fct_submissions", known_on=AFTER) if row["night"] == NEXT
    ]
    assert (found["verdict"], found["is_closed"]) == ("rejected", True)


def test_what_is_open_is_listed_oldest_first_and_by_agent_month_and_officer(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = still_open(data, capsys)
    assert (
        [item["age_days"] for item in found]
        == sorted((item["age_days"] for item in found), reverse=True)
        == [10, 10, 10, 9]
    )
    assert {item["month"] for item in found} == {"2019-06"}
    (commune,) = {item["commune_code"] for item in found}
    with duckdb.connect(str(DataFolder(data).as_of), read_only=True) as con:
        officers = {
            code
            for (code,) in con.execute(
                "select officer_code from raw.ref_officers where commune_code = ?", [commune]
            ).fetchall()
        }
        (other,) = con.execute(
            "select min(officer_code) from raw.ref_officers where commune_code <> ?", [commune]
        ).fetchall()[0]
    assert {code for item in found for code in item["officers"]} == officers
    for filters, is_there in (
        (("--agent", "DL001"), True),
        (("--agent", "DL002"), False),
        (("--month", "2019-06"), True),
        (("--month", "05/2019"), False),
        (("--officer", next(iter(officers))), True),
        (("--officer", other), False),
    ):
        assert still_open(data, capsys, *filters) == (found if is_there else []), filters


def test_a_rejected_row_is_closed_by_a_person(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = file_of(data, "2019-06-21")
    decide(data, capsys, "quarantine", "release", b[:12])
    next_night(first_night, data, NEXT)
    (case,) = [item for item in still_open(data, capsys) if item["file_id"] == b[:12]]
    assert case["fate"] == "rejected"
    code, _, err = say(
        data, capsys, "quarantine", "release", b[:12], "--row", str(case["row"]), *LATER
    )
    assert (code, "must come again" in err) == (2, True)
    decide(data, capsys, "quarantine", "reject", b[:12], "--row", str(case["row"]), *LATER)
    next_night(first_night, data, AFTER)
    assert b[:12] not in {item["file_id"] for item in still_open(data, capsys)}
    assert submission(data, b)["is_closed"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("commune_code = '99999'", "its commune is no commune"),
        ("agent_code = 'DL999'", "does not know its agent"),
        ("agent_code = null, commune_code = '12142'", "does not know its agent"),
        ("section = null", "in no section"),
        ("months = 0", "months paid are not known"),
        ("from_month = null", "months paid are not known"),
        ("bhxh_number = null", "no BHXH number"),
        ("commune_code = '12142'", None),
        ("note = 'x'", None),
    ],
)
def test_a_release_is_refused_where_the_models_would_not_count_the_row(
    data: Path, capsys: pytest.CaptureFixture[str], change: str, why: str | None
) -> None:
    a = file_of(data, "2019-06-20")
    third = rows_of(data, a)[2]
    with duckdb.connect(str(DataFolder(data).as_of)) as con:
        con.execute(
            f"update raw.sheet_rows set {change} where sha256 = ? and row_number = ?", [a, third]
        )
    code, _, err = say(data, capsys, "quarantine", "release", a[:12], "--row", str(third), *WHO)
    assert code == (0 if why is None else 2)
    assert why is None or why in err
    assert len(read_decisions(DataFolder(data))) == (1 if why is None else 0)
    with duckdb.connect(str(DataFolder(data).as_of)) as con:
        (row_id,) = con.execute(
            "select row_id from raw.sheet_rows where sha256 = ? and row_number = ?", [a, third]
        ).fetchall()[0]
        con.execute(
            "insert into raw.decisions (decision_id, sequence, decision, sha256, row_id, who, why, decided_at, night) values "
            "('x', 1, 'release', ?, ?, 'CB01', 'x', '2019-06-29', '2019-06-30')",
            [a, row_id],
        )
    (decided,) = rows(data, "int_rows__decided")
    assert decided["fate"] == ("accepted" if why is None else "held")


def test_bytes_sent_again_after_a_withdrawal_wait_until_it_is_undone(
    first_night: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    c, folder = file_of(data, "2019-06-22"), DataFolder(data)
    send_again(data, tmp_path / "again", c, "2019-07-01T10:00")
    decide(data, capsys, "withdraw", c[:12])
    code, (told,), _ = say(data, capsys, "submit", str(tmp_path / "again" / "c.xlsx"))
    assert (code, told["sha256"], told["verdict"], told["already_known"]) == (1, c, "held", True)
    (finding,) = [found for found in told["findings"] if found["severity"] != "warn"]
    assert finding["code"] == "BP-035"
    next_night(first_night, data, NEXT)
    homecoming.return_files(folder, NEXT)
    homecoming.return_files(folder, NEXT)
    (receipt,) = (data / "outbox" / "DL001" / "2019-07-01").glob("*.html")
    (case,) = [item for item in still_open(data, capsys) if item["file_id"] == c[:12]]
    assert (case["codes"], case["row"], case["waiting_since"]) == (["BP-035"], None, "2019-07-01")
    status = [file for file in read_status(folder, NEXT)["files"] if file["file_id"] == c[:12]]
    assert [
        (file["verdict"], [f["code"] for f in file["findings"] if f["severity"] != "warn"])
        for file in status
    ] == [
        ("rejected", []),
        ("held", ["BP-035"]),
    ]
    for sentence in (
        finding["message_vi"],
        receipt.read_text(encoding="utf-8"),
        status[1]["findings"][0]["message_vi"],
    ):
        assert "CB01, 01/07/2019 09:00: đã đối chiếu hồ sơ giấy" in sentence
    code, _, err = say(data, capsys, "quarantine", "release", c[:12], *LATER)
    assert (code, "withdrawn by CB01" in err) == (2, True)
    decide(data, capsys, "withdraw", c[:12], "--undo", *LATER)
    next_night(first_night, data, AFTER)
    arrivals = [
        row for row in rows(data, "fct_submissions", known_on=AFTER) if row["file_id"] == c[:12]
    ]
    assert sorted(row["verdict"] for row in arrivals) == ["accepted", "duplicate"]
    assert c[:12] not in {item["file_id"] for item in still_open(data, capsys)}
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        assert con.execute(
            "select count(*) from ops.findings where code = 'BP-035'"
        ).fetchall() == [(0,)]


def test_marked_copies_are_looked_for_where_their_sender_s_papers_go(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = file_of(data, "2019-06-21")  # its head says DL001, and DL002 sent it
    homecoming.return_files(DataFolder(data), FIRST)
    (copy,) = data.glob(f"outbox/*/*/*-{b[:12]}.xlsx")
    assert copy.parent.parent.name == "DL002"
    stray = data / "outbox" / "DL009" / copy.parent.name
    stray.mkdir(parents=True)
    (stray / copy.name).write_bytes(b"")
    (case,) = [item for item in still_open(data, capsys) if item["file_id"] == b[:12]]
    assert case["marked_copy"] == f"outbox/DL002/{copy.parent.name}/*-{b[:12]}.xlsx"
    copy.parent.parent.rename(data / "outbox" / homecoming.UNKNOWN)
    (case,) = [item for item in still_open(data, capsys) if item["file_id"] == b[:12]]
    assert case["marked_copy"] == f"outbox/{homecoming.UNKNOWN}/{copy.parent.name}/*-{b[:12]}.xlsx"


@pytest.mark.parametrize(
    ("sender", "role", "to"),
    [(" dl001", "agent", "DL001"), (None, "office", homecoming.OFFICE_FOLDER)],
)
def test_bytes_sent_again_go_where_papers_of_their_sender_go(
    first_night: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    sender: str | None,
    role: str,
    to: str,
) -> None:
    c = file_of(data, "2019-06-22")
    decide(data, capsys, "withdraw", c[:12])
    inbox = data / "inbox" / ("office" if role == "office" else "")
    send_again(data, inbox, c, "2019-07-01T10:00")
    said = {
        "received_at": "2019-07-01T10:00:00+07:00",
        **({"agent_code": sender} if sender else {}),
    }
    (inbox / "c.xlsx.json").write_text(json.dumps(said), encoding="utf-8")
    next_night(first_night, data, NEXT)
    homecoming.return_files(DataFolder(data), NEXT)
    assert [
        path.parent.parent.name for path in data.glob("outbox/*/2019-07-01/*gui-lai*.html")
    ] == [to]


def test_a_file_that_is_not_judged_can_be_taken_back(
    first_night: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(data / "inbox", "g.xlsx", [person(6)], "2019-07-01T08:00")
    folder = DataFolder(data)
    nightly.land(folder)
    with monkeypatch.context() as patched:
        patched.setattr(
            nightly,
            "parse_files",
            partial(nightly.parse_files, understand=partial(wrong_for, "DL001")),
        )
        (chunk,) = nightly.plan(folder, NEXT)
        with pytest.raises(RuntimeError, match="our code failed"):
            nightly.judge_chunk(folder, NEXT, chunk)
    nightly.load_night(folder, NEXT)
    with_models(first_night, folder.warehouse, NEXT)
    g = file_of(data, "2019-07-01")
    assert submission(data, g, NEXT)["verdict"] == "not_judged"
    assert decide(data, capsys, "withdraw", g[:12], *LATER)["takes_effect"] == AFTER.isoformat()
    next_night(first_night, data, AFTER)  # by code that is mended
    found = submission(data, g, AFTER)
    assert (found["verdict"], found["rows_rejected"], found["is_closed"]) == ("rejected", 1, True)


def test_who_refuses_bytes_sent_again_closes_them_and_counts_nothing(
    first_night: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    c = file_of(data, "2019-06-22")
    decide(data, capsys, "withdraw", c[:12])
    send_again(data, data / "inbox", c, "2019-07-01T10:00")
    next_night(first_night, data, NEXT)
    decide(data, capsys, "quarantine", "reject", c[:12], *LATER)
    next_night(first_night, data, AFTER)
    arrivals = [
        row for row in rows(data, "fct_submissions", known_on=AFTER) if row["file_id"] == c[:12]
    ]
    assert [
        (row["verdict"], row["rows_rejected"], row["rows_accepted"], row["is_closed"])
        for row in arrivals
    ] == [("rejected", 1, 0, True)] * 2


def test_files_of_a_night_that_was_not_published_are_known(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = DataFolder(data)
    send(
        data / "inbox",
        "e.xlsx",
        [person(6), (*person(7)[:1], None, *person(7)[2:])],
        "2019-07-01T08:00",
    )
    take_in(folder, NEXT)
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        ((e,),) = con.execute(
            "select sha256 from raw.submissions where night = ?", [NEXT]
        ).fetchall()
    (case,) = [item for item in still_open(data, capsys) if item["file_id"] == e[:12]]
    assert (case["codes"], case["waiting_since"]) == (["BP-101"], "2019-07-01")
    decide(data, capsys, "quarantine", "reject", e[:12], "--row", str(case["row"]))
    holder = [
        sys.executable,
        "-c",
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()",
    ]
    with subprocess.Popen(
        [*holder, str(folder.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as night:
        assert night.stdout is not None
        night.stdout.readline()
        code, _, err = say(data, capsys, "withdraw", e[:12], *LATER)
        _, told, _ = say(data, capsys, "quarantine", "list")
        night.communicate(b"")
    assert (code, "locked by another process" in err) == (2, True)
    assert (told["is_night_at_work"], told["known_on"]) == (True, FIRST.isoformat())
    assert decide(data, capsys, "withdraw", e[:12], *LATER)["takes_effect"] == "2019-07-02"
    send(data / "inbox", "f.xlsx", [person(8)], "2019-07-02T08:00")
    nightly.land(folder)
    ((f, _),) = [
        (path.stem, path) for path in (data / "landing" / "received=2019-07-02").glob("*.xlsx")
    ]
    code, _, err = say(data, capsys, "quarantine", "show", f[:12])
    assert (code, "is not judged yet" in err) == (2, True)
    decide(data, capsys, "withdraw", f[:12], *LATER)


@pytest.mark.slow
def test_after_a_blocked_publish_the_bad_file_is_withdrawn_and_the_next_night_is_clean(
    evening: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    run_directly(data, NIGHT, ["ingest"])
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb")) as con:
        (bad,) = con.execute(
            "select max(sha256) from raw.sheet_rows where form like 'd05-ts/%' and fate = 'accepted'"
        ).fetchall()[0]
        con.execute(
            "update raw.sheet_rows set commune_code = '99999' where sha256 = ? and fate = 'accepted'",
            [bad],
        )
    with pytest.raises(PublishBlocked):
        run_directly(data, NIGHT, ["build"])
    assert (
        decide(
            data,
            capsys,
            "withdraw",
            bad[:12],
            *WHO[:4],
            "--decided-at",
            "2017-08-01T08:00:00+07:00",
        )["takes_effect"]
        == "2017-08-01"
    )
    run_directly(data, "2017-08-01")
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        assert con.execute(
            "select verdict, rows_accepted from fct_submissions where file_id = ?", [bad[:12]]
        ).fetchall() == [("rejected", 0)]
