"""The address of a number: the lines behind a figure add up to it, and lead to its cells."""

from __future__ import annotations

import json
import random
import stat
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data_folder import DataFolder
from ingestion.arrival.landed import link_landing
from ingestion.arrival.uses import read_uses, record_use
from ingestion.feedback.traced_copy import COLOUR
from publishing.trace import FACTS, HOLDERS, TraceRefused, touched, trace, trace_fact
from publishing.trace.evidence import how_traced
from publishing.trace.people import SETS
from tests.support.command import asked, assert_refused
from tests.support.histories import Said, days, histories, tries
from tests.support.sample_night import NIGHT
from tests.support.traced import differing
from tests.support.written_history import write_history

NO_COUNTS = {"boundaries", "reporting_date", "known_on"}


def test_every_number_of_a_kpi_table_has_a_way_to_its_cells(first_night: Path) -> None:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        numbers = {
            str(column)
            for holder in HOLDERS
            for column, type_ in con.execute(
                "select column_name, data_type from duckdb_columns() where table_name = ?",
                [f"kpi_by_{holder}"],
            ).fetchall()
            if type_ in ("BIGINT", "INTEGER", "DOUBLE")
        }
    assert numbers == how_traced().keys()


def test_the_lines_of_every_figure_of_a_day_add_up(first_night: Path) -> None:
    compared, wrong = differing(DataFolder(first_night), NIGHT)
    assert compared > 2500
    assert wrong == []


def test_the_lines_of_another_day_and_another_night_add_up(first_night: Path) -> None:
    day = date(2019, 2, 13)
    compared, wrong = differing(DataFolder(first_night), day, day)
    assert compared > 1500
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("lot", range(2))
def test_the_lines_add_up_on_random_histories(
    first_night: Path, lot: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @given(histories(), days(), st.sampled_from([0, 1, 40]))
    @tries(8)
    def add_up(said: list[Said], day: date, days_later: int) -> None:
        known_on = day + timedelta(days=days_later)
        root = tmp_path_factory.mktemp("history")
        _, wrong = differing(write_history(first_night, root, said, known_on), day, known_on)
        assert wrong == []

    add_up()


def test_figures_of_the_other_tables(first_night: Path) -> None:
    with duckdb.connect(str(DataFolder(first_night).published), read_only=True) as con:
        renewals = con.execute("select month, method from fct_renewals order by all").fetchall()
        cohorts = con.execute("select first_month, method from fct_cohorts order by all").fetchall()
        rules = con.execute(
            "select reporting_date, rule_code, agent_code from fct_rejections order by all"
        ).fetchall()
        files = con.execute("select file_id from fct_submissions where form like 'd05%'").fetchall()
    chosen = random.Random(19)
    rows = {
        "fct_renewals": [({"method": m}, _end(day)) for day, m in chosen.sample(renewals, 4)],
        "fct_cohorts": [({"method": m}, _end(day)) for day, m in chosen.sample(cohorts, 3)],
        "fct_rejections": [({"rule": r, "agent": a}, day) for day, r, a in chosen.sample(rules, 3)],
        "fct_submissions": [({"file": f}, None) for (f,) in chosen.sample(sorted(files), 2)],
    }
    for kpi, (table, _) in FACTS.items():
        for named, day in rows[table]:
            # it crashes where the lines do not add up to what the table holds
            assert trace_fact(first_night, kpi, named, day).kpi == kpi


def _end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def test_a_trace_that_does_not_add_up_crashes(
    first_night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SETS["new"]
    monkeypatch.setitem(SETS, "new", lambda day: f"select * from ({whole(day)}) offset 1")
    with pytest.raises(RuntimeError, match="add up to"):
        trace(first_night, "new_participants")


def test_a_rate_is_traced_to_its_parts(first_night: Path) -> None:
    found = trace(first_night, "target_rate")
    assert [(part.kpi, part.value) for part in found.parts] == [
        ("participants", 824),
        ("target_participants", 553),
    ]
    assert found.lines == ()
    assert found.value == pytest.approx(824 / 553)


def test_what_a_file_counts_in_is_what_the_figures_rest_on(first_night: Path) -> None:
    lines = trace(first_night, "participants", holder="commune", code="12148").lines
    file = lines[0].file
    assert file is not None
    of_file = {(t.kpi, t.holder, t.code): t.counts for t in touched(first_night, file)}
    assert of_file["participants", "commune", "12148"] == sum(
        line.counts for line in lines if line.file == file
    )
    district = trace(first_night, "contributions_vnd").lines
    assert of_file.get(("contributions_vnd", "district", "329"), 0) == sum(
        line.counts for line in district if line.file == file
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--kpi", "no_such"), "no KPI table has a figure 'no_such'"),
        (("--kpi", "participants", "--commune", "99999"), "kpi_by_commune has no commune '99999'"),
        (("--kpi", "new_this_year", "--commune", "12148"), "kpi_by_commune has no figure"),
        (("--kpi", "participants", "--on", "2030-01-31"), "lies after the known-on"),
        (("--file", "aaaaaaaaaaaa"), "no file aaaaaaaaaaaa has been received"),
        (("--file", "%"), "a file is named by its SHA-256"),
        (("--kpi", "people", "--method", "'"), "fct_cohorts has no row for '"),
        ((), "say which figure"),
    ],
)
def test_what_cannot_be_traced_is_one_sentence(
    first_night: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    assert_refused(asked("trace", *arguments, data=first_night), sentence)


def test_the_command_shows_places_and_nobody(night_folder: Path) -> None:
    with duckdb.connect(str(DataFolder(night_folder).as_of), read_only=True) as con:
        people = con.execute(
            "select distinct full_name, bhxh_number from raw.sheet_rows where full_name is not null"
        ).fetchall()
    for words in (("--format", "json"), ()):
        ran = asked("trace", "--kpi", "participants", *words, data=night_folder)
        assert ran.code == 0, ran.err
        assert not [1 for name, number in people if name in ran.out or str(number) in ran.out]
    told = json.loads(
        asked(
            *("trace", "--kpi", "participants", "--commune", "12148", "--format", "json"),
            data=night_folder,
        ).out
    )
    assert told["value"] == sum(line["counts"] for line in told["lines"]) == 58
    assert {"file", "sheet", "row", "agent_code", "night", "fate"} <= told["lines"][0].keys()


def test_the_workbook_and_the_marked_copies(night_folder: Path, tmp_path: Path) -> None:
    out, copies = tmp_path / "rows.xlsx", tmp_path / "copies"
    ran = asked(
        *("trace", "--kpi", "participants", "--commune", "12148"),
        *("--out", out, "--open", copies),
        data=night_folder,
    )
    assert ran.code == 0, ran.err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    page = openpyxl.load_workbook(out)["Căn cứ"]
    rows = [row for row in page.iter_rows(min_row=7, values_only=True) if row[0]]
    assert len(rows) == 58
    assert all(row[2] and len(str(row[3])) == 10 for row in rows)
    files = {str(row[13]) for row in rows}
    assert {path.stem for path in copies.iterdir()} == files
    for file in files:
        assert stat.S_IMODE((copies / f"{file}.xlsx").stat().st_mode) == 0o600
        [original] = DataFolder(night_folder).landing.glob(f"received=*/{file}*.xlsx")
        ours = openpyxl.load_workbook(copies / f"{file}.xlsx")
        theirs = openpyxl.load_workbook(original)
        filled = {
            (sheet.title, cell.row)
            for sheet in ours
            for line in sheet.iter_rows()
            for cell in line
            if cell.fill.fgColor.rgb == COLOUR
        }
        assert filled == {(row[14], row[15]) for row in rows if row[13] == file}
        for sheet in theirs:
            assert [[c.value for c in line] for line in sheet.iter_rows()] == [
                [c.value for c in line] for line in ours[sheet.title].iter_rows()
            ]
    again = asked("trace", "--kpi", "participants", "--out", out, data=night_folder)
    assert (again.code, "exists already" in again.err) == (2, True)
    published = DataFolder(night_folder).published.parent
    for words in (("--out", published / "x.xlsx"), ("--open", published / "x")):
        refused = asked("trace", "--kpi", "participants", *words, data=night_folder)
        assert (refused.code, "published folder" in refused.err) == (2, True)


def test_every_use_is_recorded(night_folder: Path) -> None:
    asked("trace", "--kpi", "overdue", data=night_folder)
    folder = DataFolder(night_folder)
    [use] = read_uses(folder)
    assert use["what"] == "trace"
    assert json.loads(use["about"])["kpi"] == "overdue"
    with (folder.landing / "uses.jsonl").open("ab") as log:
        log.write(b'{"used_at": "2019-')  # of a process that was killed
    record_use(folder, "trace", {"kpi": "participants"}, datetime(2019, 7, 1, tzinfo=UTC))
    assert [json.loads(u["about"])["kpi"] for u in read_uses(folder)] == ["overdue", "participants"]
    # a rebuild of the warehouse takes them along
    scratch = DataFolder(night_folder / "scratch")
    link_landing(folder, scratch, None)
    assert read_uses(scratch) == read_uses(folder)


def test_a_refusal_is_the_office_s(first_night: Path) -> None:
    with pytest.raises(TraceRefused):
        trace(first_night, "participants", holder="agent")
