"""The invented Ân Thi, read back by a small reader of its own, which knows nothing of the
pipeline's."""

from __future__ import annotations

import filecmp
import json
import re
from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineError, CalamineWorkbook

from samples import write_sample
from samples.plan import largest_remainder

Row = list[Any]


def month(text: str | date) -> int:
    if isinstance(text, date):
        return text.year * 12 + text.month
    of_year, year = text.split("/")
    return int(year) * 12 + int(of_year)


@cache
def sheets_of(folder: Path) -> list[tuple[datetime, str | None, dict[str, list[Row]] | None]]:
    """(received_at, agent, rows per sheet or None when unreadable), in order of arrival."""
    found = []
    for path in folder.rglob("*.xlsx"):
        side = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
        try:
            book = CalamineWorkbook.from_path(str(path))
            rows: dict[str, list[Row]] | None = {
                name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in book.sheet_names
            }
        except CalamineError:
            rows = None
        found.append((datetime.fromisoformat(side["received_at"]), side["agent_code"], rows))
    return sorted(found, key=lambda f: f[0])


def covered_people(
    files: list[tuple[datetime, str | None, dict[str, list[Row]] | None]], of: int
) -> dict[str, str | None]:
    """Set-based, sheet by sheet: people, and an agent of theirs, with a sound I.1 row or roster row
    over the month, less those ended or cancelled."""
    paid: dict[tuple[Any, ...], tuple[str, str | None, int, int]] = {}
    ended: set[tuple[str, int]] = set()
    cancelled: set[tuple[str, int, int]] = set()
    for _, agent, sheets in files:
        for name, rows in (sheets or {}).items():
            if name == "Danh sách đầu kỳ":
                for row in rows[4:]:
                    first = month(row[5])
                    paid[("roster", row[0])] = (row[0], row[4], first, month(row[6]) - first + 1)
            if name != "D05-TS":
                continue
            section = ""
            seen: dict[tuple[Any, ...], set[tuple[int, int]]] = {}
            head = rows[5][0]
            for row in rows[10:]:
                if str(row[0]) in ("I", "I.1", "I.2", "II", "II.1", "II.2"):
                    section = str(row[0])
                elif isinstance(row[0], float | int) and not isinstance(row[0], bool):
                    number = str(row[2])
                    if not (len(number) == 10 and number.isdigit()) or (
                        isinstance(row[5], str) and not row[5][0].isdigit()
                    ):
                        continue
                    first = month(row[5])
                    if section == "II.1":
                        if "hủy" in str(row[9]):
                            cancelled.add((number, first, int(row[4])))
                        else:
                            ended.add((number, first))
                        continue
                    try:
                        total, own, state = (
                            int(c.replace(".", "")) if isinstance(c, str) else int(c)
                            for c in row[6:9]
                        )
                    except ValueError:
                        continue
                    if total != own + state:
                        continue
                    key = (agent, head, number, first)
                    seen.setdefault(key, set()).add((int(row[4]), total))
                    paid[key] = (number, agent, first, int(row[4]))
            for key, contents in seen.items():
                if len(contents) > 1:
                    del paid[key]
    people = {}
    for number, agent, first, months in paid.values():
        ends = min([m for n, m in ended if n == number and m > first], default=first + months)
        if first <= of < min(ends, first + months) and (number, first, months) not in cancelled:
            people[number] = agent
    return people


@pytest.fixture(scope="module", params=[2019, 117])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(f"seed-{request.param}")
    write_sample(out, request.param)
    return out


def test_people_covered_come_to_the_figures_of_the_article(folder: Path) -> None:
    inbox, later = sheets_of(folder / "inbox"), sheets_of(folder / "later")
    assert [
        len(covered_people(inbox, m)) for m in (2017 * 12 + 12, 2018 * 12 + 12, 2019 * 12 + 6)
    ] == [168, 215, 824]
    assert len(covered_people(inbox + later[:1], 2019 * 12 + 6)) == 826
    assert len(covered_people(inbox + later, 2019 * 12 + 6)) == 829
    assert [len(covered_people(inbox + later, m)) for m in (2017 * 12 + 12, 2018 * 12 + 12)] == [
        168,
        215,
    ]


def test_communes_vary_and_some_are_below_their_plan(folder: Path) -> None:
    files = sheets_of(folder / "inbox")
    newest = [rows for _, _, rows in files if rows and "dai_ly" in rows][-1]
    commune_of = {row[0]: row[4] for row in newest["dai_ly"][2:]}
    in_2017 = Counter(commune_of[agent] for agent in covered_people(files, 2017 * 12 + 12).values())
    in_2019 = Counter(commune_of[agent] for agent in covered_people(files, 2019 * 12 + 6).values())
    assert len(in_2017) == 21
    rates = [in_2019[row[0]] / row[3] for row in newest["dan_so"][2:]]
    assert 0.003 < min(rates) < 0.006
    assert 0.016 < max(rates) < 0.023
    plans = {row[2]: row[4] for row in newest["chi_tieu"][2:] if row[:2] == ["2019-H1", "commune"]}
    assert sum(in_2019[code] < people for code, people in plans.items()) >= 3


def test_no_sheet_touches_a_december_after_its_year(folder: Path) -> None:
    for received_at, _, sheets in sheets_of(folder / "inbox") + sheets_of(folder / "later"):
        for row in (sheets or {}).get("D05-TS", [])[10:]:
            if (
                isinstance(row[0], float)
                and isinstance(row[4], float)
                and (isinstance(row[5], date) or row[5][0].isdigit())
            ):
                first = month(row[5])
                for year in (2017, 2018):
                    assert received_at.year <= year or not first <= year * 12 + 12 < first + row[4]


def test_the_sheets_are_of_every_kind(folder: Path) -> None:
    """Rows as they are typed, with what an office meets in them: empty reports, dates for months,
    money as text, leavings, cancellations."""
    empty, sizes, more, fewer, titles = 0, [], [], [], set()
    arrivals = sheets_of(folder / "inbox")
    for _, _, sheets in arrivals:
        rows = (sheets or {}).get("D05-TS", [])
        ours: dict[str, list[Row]] = {"I.1": [], "II.1": []}
        section = ""
        for row in rows[10:]:
            if isinstance(row[0], str) and row[0] in ("I.1", "I.2", "II.1", "II.2"):
                section = row[0]
            elif isinstance(row[0], float):
                ours[section].append(row)
        if rows:
            empty += not ours["I.1"] and not ours["II.1"]
            sizes.append(len(ours["I.1"]) + len(ours["II.1"]))
            more += ours["I.1"]
            fewer += ours["II.1"]
            titles.add(tuple(map(tuple, rows[7:10])))
    assert len(titles) == 1
    assert 10 < empty < 100
    assert max(sizes) < 30
    assert {row[4] for row in more} >= {1, 3, 6, 12}
    assert sum(isinstance(row[5], date) for row in more) > 10
    assert sum(isinstance(row[6], str) and "." in row[6] for row in more) > 10
    assert sum("hủy" in row[9] for row in fewer) == 2
    assert len(fewer) > 10
    assert sum(row[2] == "" for row in more) == 2  # wait for their numbers
    assert sum(isinstance(row[8], float) and row[8] > 0 for row in more) > 500
    # these are of the next night
    assert sum(received_at.hour >= 21 for received_at, _, _ in arrivals) > 10
    names = [p.name for p in (folder / "inbox").rglob("*.xlsx")]
    assert len({re.sub(r"DL\d+|\d+", "", name) for name in names}) >= 6
    damaged = [agent for _, agent, sheets in arrivals if sheets is None]
    later = sheets_of(folder / "later")
    assert later[1][1] == damaged[0]


def test_wrong_rows_stand_each_in_a_sheet_of_its_own(folder: Path) -> None:
    """Seven wrong rows and one pair of a key make eight sheets with findings; with the damaged
    file, nine."""
    wrong = []
    for _, _, sheets in sheets_of(folder / "inbox"):
        rows = [row for row in (sheets or {}).get("D05-TS", [])[10:] if isinstance(row[0], float)]
        paid = [row for row in rows if row[6] != ""]
        keys = Counter((row[2], str(row[5])) for row in paid if "hủy" not in row[9])
        ours = sum(
            not re.fullmatch(r"\d{10}", row[2])
            or row[5] == "tháng sau"
            or row[7] == "abc"
            or int(str(row[6]).removesuffix(".0").replace(".", "")) != row[7] + row[8]
            for row in paid
        ) + sum(count - 1 for count in keys.values())
        if ours:
            wrong.append(ours)
    assert wrong == [1] * 8


def test_money_follows_the_rules_of_its_time(folder: Path) -> None:
    wrong = 0
    for _, _, sheets in sheets_of(folder / "inbox"):
        rows = (sheets or {}).get("D05-TS", [])
        for row in rows[10:]:
            if isinstance(row[0], float) and all(
                isinstance(cell, float) for cell in (row[3], row[4], *row[6:9])
            ):
                income, months, total, own, state = row[3], row[4], *row[6:9]
                of_month = {0.0} if "năm 2017" in rows[5][0] else {15_400.0, 38_500.0, 46_200.0}
                assert income >= 700_000
                assert income % 50_000 == 0
                wrong += not (
                    total == own + state
                    and 100 * total == 22 * income * months
                    and state / months in of_month
                )
    # the false sum; and of two rows of one key, the one whose months were changed
    assert wrong == 2


def test_a_renewed_register_holds_all_of_the_earlier(folder: Path) -> None:
    first, second = (
        rows for _, _, rows in sheets_of(folder / "inbox") if rows and "dai_ly" in rows
    )
    for name, rows in first.items():
        assert all(row in second[name] for row in rows), name
        assert all(cell for cell in (*rows[0], *rows[1]))
    assert [len(r["dai_ly"]) - 2 for r in (first, second)] == [21, 76]
    assert len(second["he_thong"]) - 2 == 4
    assert len(second["can_bo"]) - 2 == 21
    assert len(second["to_chuc"]) - 2 == 42
    counts = {row[0]: row[3] for row in second["so_chinh_thuc"][2:]}
    files = sheets_of(folder / "inbox")
    assert {
        m for m, people in counts.items() if len(covered_people(files, month(m))) != people
    } == {"09/2018"}


def test_every_agent_month_has_its_sheet_but_those_of_june(folder: Path) -> None:
    sheets, unreadable = set(), []
    for received_at, agent, rows in sheets_of(folder / "inbox"):
        assert received_at <= datetime.fromisoformat("2019-06-30T21:00:00+07:00")
        if rows is None:
            unreadable.append(agent)
        elif "D05-TS" in rows:
            sheets.add((agent, rows["D05-TS"][5][0]))
    assert len(unreadable) == 1
    assert len(sheets) == 707 - 2  # one sends nothing, one a damaged file
    assert len({agent for agent, head in sheets if head.endswith("tháng 6 năm 2019")}) == 74


def test_late_sheets_come_in_their_nights(folder: Path) -> None:
    moments = [received_at.isoformat() for received_at, _, _ in sheets_of(folder / "later")]
    assert "2019-07-04T21" < moments[0] <= "2019-07-05T21:00:00+07:00"
    assert "2019-07-11T21" < moments[1] <= "2019-07-12T21:00:00+07:00"


def test_reference_has_the_district_s_populations_targets_and_register(folder: Path) -> None:
    newest = [rows for _, _, rows in sheets_of(folder / "inbox") if rows and "dai_ly" in rows][-1]
    population = newest["dan_so"][2:]
    assert (len(population), sum(r[2] for r in population), sum(r[3] for r in population)) == (
        21,
        132_354,
        78_088,
    )
    for period, people in (("2019-H1", 553), ("2019", 2000)):
        rows = [r for r in newest["chi_tieu"][2:] if r[0] == period]
        assert (
            sum(r[4] for r in rows if r[1] == "commune")
            == people
            == next(r[4] for r in rows if r[1] == "district")
        )
    starts = [r[7] for r in newest["dai_ly"][2:]]
    by_month = [sum(s <= date(2019, m, 1) for s in starts) for m in range(1, 7)]
    assert by_month == [30, 38, 46, 54, 64, 76]
    assert len(newest["thon"]) - 2 == 138


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    seed = 2019 if "seed-2019" in str(folder) else 117
    write_sample(tmp_path, seed)
    for part in ("inbox", "later"):
        names = sorted(
            str(p.relative_to(folder)) for p in (folder / part).rglob("*") if p.is_file()
        )
        assert names == sorted(
            str(p.relative_to(tmp_path)) for p in (tmp_path / part).rglob("*") if p.is_file()
        )
        assert filecmp.cmpfiles(folder, tmp_path, names, shallow=False) == (names, [], [])


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "mine.xlsx").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="not empty"):
        write_sample(tmp_path)
    assert not (tmp_path / "inbox").exists()


def test_largest_remainder_spends_the_whole() -> None:
    assert largest_remainder(10, [1, 1, 1]) == [4, 3, 3]
    assert sum(largest_remainder(553, [3.3, 1.1, 9.7, 0.4], at_least=1)) == 553
