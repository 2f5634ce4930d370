"""The revision bulletin adds up to the difference of two nights, and names why."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data_folder import DataFolder
from publishing.as_of import compute, last_night
from publishing.bulletin import BulletinRefused, night_of_version, read_bulletin
from tests.support.command import asked, assert_refused
from tests.support.histories import Said, days, histories, tries
from tests.support.sample_night import NIGHT
from tests.support.written_history import write_history

MAY, JUNE = date(2019, 5, 31), date(2019, 6, 30)


def test_a_month_in_which_files_came_is_explained_to_the_person(first_night: Path) -> None:
    found = read_bulletin(first_night, MAY, JUNE)
    assert (found.before, found.after) == (MAY, JUNE)
    places = DataFolder(first_night)
    columns, rows = compute(places, "kpi_by_district", MAY, MAY)
    then = dict(zip(columns, rows[0], strict=True))
    columns, rows = compute(places, "kpi_by_district", MAY, JUNE)
    now = dict(zip(columns, rows[0], strict=True))
    for kpi in ("participants", "contributions_vnd", "agents_reported"):
        told = sum(
            r.difference for r in found.revisions if r.kpi == kpi and r.reporting_date == MAY
        )
        assert told == now[kpi] - then[kpi], kpi
    assert {revision.cause for revision in found.revisions} <= {"late_file", "correction"}


def test_every_cause_has_its_name(first_night: Path, tmp_path: Path) -> None:
    """The same rows, known one day later for four different reasons."""
    places = DataFolder(tmp_path)
    places.as_of.parent.mkdir(parents=True)
    places.as_of.write_bytes(DataFolder(first_night).as_of.read_bytes())
    with duckdb.connect(str(places.as_of)) as con:
        june = con.execute(
            """
            select row_id, sha256 from raw.sheet_rows
            where form like 'd05-ts/%' and section = 'I.1' and fate = 'accepted'
                and head_month = 2019 * 12 + 6 and night < '2019-06-30' and months = 1
            order by row_id
            """
        ).fetchall()
        by_file = {sha256: row_id for row_id, sha256 in june}
        (late, late_row), (taken, taken_row), (refused, refused_row) = list(by_file.items())[:3]
        for table in ("raw.submissions", "raw.sheet_rows"):
            con.execute(f"update {table} set night = '2019-06-30' where sha256 = ?", [late])
        for sequence, decision, sha256, row_id in (
            (1, "withdraw", taken, None),
            (2, "hold", refused, None),
        ):
            con.execute(
                "insert into raw.decisions by name select ? as decision_id, ? as sequence, "
                "? as decision, ? as sha256, ? as row_id, 'CB01' as who, 'thử' as why, "
                "timestamp '2019-06-29 15:00' as decided_at, date '2019-06-30' as night",
                [f"d{sequence}", sequence, decision, sha256, row_id],
            )
    assert taken_row != late_row != refused_row
    # 30/06 was not published on 29/06: of the months before only who was to renew in June changes
    found = read_bulletin(tmp_path, date(2019, 6, 29), JUNE)
    assert {r.kpi for r in found.revisions} == {"due_next_month", "due_in_60_days"}
    assert {r.cause for r in found.revisions} == {"late_file", "withdrawal", "rejection"}
    with duckdb.connect(str(places.as_of)) as con:
        con.execute("update raw.submissions set night = '2019-07-03' where sha256 = ?", [late])
        con.execute("update raw.sheet_rows set night = '2019-07-03' where sha256 = ?", [late])
        con.execute("update raw.decisions set night = '2019-07-03'")
        con.execute("insert into ops.reporting_dates values ('2019-07-03', '2019-07-03')")
    found = read_bulletin(tmp_path, JUNE, date(2019, 7, 3))
    causes = {(r.cause, r.file) for r in found.revisions}
    assert ("late_file", late[:12]) in causes
    assert ("withdrawal", taken[:12]) in causes
    assert ("rejection", refused[:12]) in causes
    assert {cause for cause, _ in causes} == {"late_file", "withdrawal", "rejection"}


@pytest.mark.slow
@pytest.mark.parametrize("lot", range(2))
def test_every_bulletin_of_a_random_history_adds_up(
    first_night: Path, lot: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @given(histories(), days(), st.sampled_from([1, 15, 40, 200]))
    @tries(8)
    def add_up(said: list[Said], day: date, days_later: int) -> None:
        after = day + timedelta(days=days_later)
        root = tmp_path_factory.mktemp("history")
        places = write_history(first_night, root, said, after)
        with duckdb.connect(str(places.as_of)) as con:
            con.execute(
                """
                insert into ops.reporting_dates
                select last_day(month), $1 from range(date '2017-06-01', $1, interval 4 months)
                    as months (month)
                """,
                [after],
            )
        found = read_bulletin(root, day, after)  # it crashes where the lines do not add up
        changed.append(len(found.revisions))

    changed: list[int] = []
    add_up()
    assert any(changed)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "2019-06-30", "--to", "2019-06-30"), "does not lie before"),
        (("--from", "yesterday"), "is neither a version nor a day"),
        (("--from", "2019-06-30_000000000000"), "no version 2019-06-30_000000000000"),
        (("--to", "2030-01-01", "--from", "2019-06-30"), "lies after the last night that ran"),
        ((), "nothing was published before 2019-06-30"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    first_night: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    assert_refused(asked("bulletin", *arguments, data=first_night), sentence)


def test_the_command_tells_it(first_night: Path) -> None:
    words = ("--from", "2019-05-31", "--to", "2019-06-30")
    told = json.loads(asked("bulletin", *words, "--format", "json", data=first_night).out)
    assert told["revisions"]
    shown = asked("bulletin", *words, data=first_night)
    assert (shown.code, shown.err) == (0, "")
    assert "tệp nhận muộn" in shown.out


def test_a_version_s_night(first_night: Path) -> None:
    [version] = [p.name for p in DataFolder(first_night).versions.glob("2019*")]
    assert night_of_version(first_night, version) == last_night(DataFolder(first_night)) == NIGHT
    with pytest.raises(BulletinRefused):
        night_of_version(first_night, "2019-13-45")
