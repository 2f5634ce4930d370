"""The invented Ân Thi, read back by a small reader of its own, which knows nothing of the pipeline's."""

from __future__ import annotations

import filecmp
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineError, CalamineWorkbook

from samples import write_sample
from samples.plan import largest_remainder

Row = list[Any]


def month(text: str) -> int:
    of_year, year = text.split("/")
    return int(year) * 12 + int(of_year)


def sheets_of(folder: Path) -> list[tuple[datetime, str | None, dict[str, list[Row]] | None]]:
    """(received_at, agent, rows per sheet or None when unreadable), in order of arrival."""
    found = []
    for path in folder.rglob("*.xlsx"):
        side = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
        try:
            book = CalamineWorkbook.from_path(str(path))
            rows: dict[str, list[Row]] | None = {
                name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
            }
        except CalamineError:
            rows = None
        found.append((datetime.fromisoformat(side["received_at"]), side["agent_code"], rows))
    return sorted(found, key=lambda f: f[0])


def covered_people(files: list[tuple[datetime, str | None, dict[str, list[Row]] | None]], of: int) -> int:
    """Set-based, sheet by sheet: people with a sound I.1 row or roster row over the month, less those ended or cancelled."""
    paid: dict[tuple[Any, ...], tuple[str, int, int]] = {}
    ended: set[tuple[str, int]] = set()
    cancelled: set[tuple[str, int, int]] = set()
    for _, agent, sheets in files:
        for name, rows in (sheets or {}).items():
            if name == "Danh sách đầu kỳ":
                for row in rows[4:]:
                    first = month(row[5])
                    paid[("roster", row[0])] = (row[0], first, month(row[6]) - first + 1)
            if name != "D05-TS":
                continue
            section, seen = "", {}
            head = rows[5][0]
            for row in rows[10:]:
                if str(row[0]) in ("I", "I.1", "I.2", "II", "II.1", "II.2"):
                    section = str(row[0])
                elif isinstance(row[0], float | int) and not isinstance(row[0], bool):
                    number, first_text = str(row[2]), str(row[5])
                    if not (len(number) == 10 and number.isdigit()) or not first_text[0].isdigit():
                        continue
                    first = month(first_text)
                    if section == "II.1":
                        if "hủy" in str(row[9]):
                            cancelled.add((number, first, int(row[4])))
                        else:
                            ended.add((number, first))
                        continue
                    try:
                        total, own, state = (int(c.replace(".", "")) if isinstance(c, str) else int(c) for c in row[6:9])
                    except ValueError:
                        continue
                    if total != own + state:
                        continue
                    key = (agent, head, number, first)
                    seen.setdefault(key, set()).add((int(row[4]), total))
                    paid[key] = (number, first, int(row[4]))
            for key, contents in seen.items():
                if len(contents) > 1:
                    del paid[key]
    people = set()
    for number, first, months in paid.values():
        ends = min([m for n, m in ended if n == number and m > first], default=first + months)
        if first <= of < min(ends, first + months) and (number, first, months) not in cancelled:
            people.add(number)
    return len(people)


@pytest.fixture(scope="module", params=[2019, 7])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(f"seed-{request.param}")
    write_sample(out, request.param)
    return out


def test_people_covered_come_to_the_figures_of_the_article(folder: Path) -> None:
    inbox, later = sheets_of(folder / "inbox"), sheets_of(folder / "later")
    assert [covered_people(inbox, m) for m in (2017 * 12 + 12, 2018 * 12 + 12, 2019 * 12 + 6)] == [168, 215, 824]
    assert covered_people(inbox + later[:1], 2019 * 12 + 6) == 826
    assert covered_people(inbox + later, 2019 * 12 + 6) == 829
    assert [covered_people(inbox + later, m) for m in (2017 * 12 + 12, 2018 * 12 + 12)] == [168, 215]


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
    assert (len(population), sum(r[2] for r in population), sum(r[3] for r in population)) == (21, 132_354, 78_088)
    for period, people in (("2019-H1", 553), ("2019", 2000)):
        rows = [r for r in newest["chi_tieu"][2:] if r[0] == period]
        assert sum(r[4] for r in rows if r[1] == "commune") == people == next(r[4] for r in rows if r[1] == "district")
    starts = [r[7] for r in newest["dai_ly"][2:]]
    by_month = [sum(s <= date(2019, m, 1) for s in starts) for m in range(1, 7)]
    assert by_month == [30, 38, 46, 54, 64, 76]
    assert len(newest["thon"]) - 2 == 138


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    seed = 2019 if "seed-2019" in str(folder) else 7
    write_sample(tmp_path, seed)
    for part in ("inbox", "later"):
        names = sorted(str(p.relative_to(folder)) for p in (folder / part).rglob("*") if p.is_file())
        assert names == sorted(str(p.relative_to(tmp_path)) for p in (tmp_path / part).rglob("*") if p.is_file())
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
