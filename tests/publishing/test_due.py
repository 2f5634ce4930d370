"""The list of who must renew: whom it holds, for whom, in what order, and where it may lie."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault
from core.vietnamese import alphabetical
from ingestion.rules.frames import month_end
from publishing.due import DueList, DuePerson, read_due
from publishing.due_workbook import write_due
from tests.support.command import asked, assert_refused
from tests.support.histories import Said, as_row
from tests.support.sample_night import NIGHT
from tests.support.snapshot import with_rows

MARCH = 2019 * 12 + 3
END_OF_MARCH = date(2019, 3, 31)
PERSON = DuePerson(
    "Đỗ Thị Ơn",
    "9000000001",
    None,
    "Thôn 7",
    "Ân Thi",
    "DL001 An",
    "Hằng tháng",
    True,
    date(2019, 7, 1),
    date(2019, 7, 31),
    1,
    True,
)
LIST = DueList("agent", "DL001", "An", "Ân Thi", NIGHT, NIGHT, (PERSON,))


def paid(
    person: int, until: int, months: int = 1, agent: str = "DL001", section: str = "I.1"
) -> Said:
    """The person's cover ends before month `until`; in II.1, they leave with it."""
    return Said(
        agent,
        MARCH,
        section,
        person,
        until if section == "II.1" else until - months,
        months,
        False,
        0,
    )


def a_list(
    first_night: Path,
    root: Path,
    rows: Sequence[Said],
    reader: str = "agent",
    code: str = "DL001",
    on: date = END_OF_MARCH,
) -> DueList:
    written = [
        as_row(number, said)
        | {
            "full_name": f"Người số {said.person}",
            "telephone": f"09000000{said.person:02d}",
            "income_vnd": 700_000,
        }
        for number, said in enumerate(rows)
    ]
    with_rows(first_night, root, written)
    return read_due(root, reader, code, on, on)


def persons(found: DueList) -> dict[int, int]:
    return {int(person.bhxh_number[-2:]): found.days_left(person) for person in found.people}


def test_who_is_on_the_list(first_night: Path, tmp_path: Path) -> None:
    rows = [
        *(
            paid(0, MARCH + 1),
            paid(1, MARCH + 2),
            paid(2, MARCH + 3),
        ),  # due on 1 April, 1 May, 1 June: in 1, 31 and 62 days
        *(paid(3, MARCH + 1), paid(3, MARCH + 1, section="II.1")),  # has left
        *(paid(4, MARCH + 1), paid(4, MARCH + 3, 2, agent="DL002")),  # has renewed, elsewhere
        *(
            paid(5, MARCH - 1, 3),
            paid(6, MARCH - 1),
        ),  # due on 1 February: a quarter may still be paid in March, a month may not
        *(
            paid(7, MARCH + 1, agent="DL002"),
            paid(8, MARCH + 2, 5),
        ),  # another agent's; five months are no method
        *(paid(9, MARCH + 1), paid(9, MARCH - 2, section="II.1")),  # had left before, and came back
    ]
    found = a_list(first_night, tmp_path, rows)
    assert persons(found) == {0: 1, 1: 31, 5: -58, 8: 31, 9: 1}
    assert [person.due_on for person in found.people] == sorted(
        person.due_on for person in found.people
    )
    assert (found.within(None, 0), found.within(1, 30), found.within(1, 60)) == (1, 2, 4)
    by_person = {int(person.bhxh_number[-2:]): person for person in found.people}
    assert by_person[5].payable_until == date(2019, 4, 30)
    assert (by_person[8].has_term, by_person[8].method, by_person[8].payable_until) == (
        False,
        "5 tháng",
        date(2019, 5, 31),
    )
    assert by_person[0].last_paid_vnd == 154_000
    assert (by_person[0].telephone, by_person[0].income_vnd) == ("0900000000", 700_000)
    assert [by_person[number].months for number in (0, 5, 8)] == [1, 3, None]


def test_an_officer_has_the_people_of_their_communes_alone(
    first_night: Path, tmp_path: Path
) -> None:
    rows = [paid(person, MARCH + 1, agent=f"DL{person:03d}") for person in range(1, 77)]
    seen: dict[str, set[int]] = {}
    written = [as_row(number, said) | {"full_name": "Người"} for number, said in enumerate(rows)]
    with_rows(first_night, tmp_path, written)
    for code in ("CB01", "CB02", "CB03"):
        found = read_due(tmp_path, "officer", code, END_OF_MARCH, END_OF_MARCH)
        communes = set(found.communes.split(", "))
        assert {person.commune_name for person in found.people} <= communes
        seen[code] = set(persons(found))
    assert sum(map(len, seen.values())) == len(set().union(*seen.values()))
    assert seen["CB01"]


def test_what_was_not_known_on_the_day_is_not_on_it(first_night: Path, tmp_path: Path) -> None:
    late = replace(paid(1, MARCH + 2), head=MARCH + 1)  # renews in April, known in April
    rows = [paid(1, MARCH + 1), late]
    assert persons(a_list(first_night, tmp_path, rows)) == {1: 1}
    assert persons(read_due(tmp_path, "agent", "DL001", END_OF_MARCH, month_end(MARCH + 1))) == {
        1: 31
    }


def test_names_sort_as_on_paper() -> None:
    words = ["Ân", "An", "Ơn", "Án", "Ăn", "On", "Ôn", "Đan", "Dan", "Ạn", "Ẩn", "An An"]
    assert sorted(words, key=alphabetical) == [
        "An",
        "An An",
        "Án",
        "Ạn",
        "Ăn",
        "Ân",
        "Ẩn",
        "Dan",
        "Đan",
        "On",
        "Ôn",
        "Ơn",
    ]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+84", "-1+1", "@SUM(1)", "{=1}", "http://a.vn"])
def test_a_name_is_text_whatever_it_begins_with(tmp_path: Path, name: str) -> None:
    path = write_due(
        replace(LIST, people=(replace(PERSON, full_name=name),)),
        tmp_path / "list.xlsx",
        tmp_path / "data",
    )
    cell = openpyxl.load_workbook(path).active["B8"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_cells_have_their_kinds_and_an_empty_list_says_so(tmp_path: Path) -> None:
    page = openpyxl.load_workbook(write_due(LIST, tmp_path / "one.xlsx", tmp_path / "data")).active
    # what A4 across shows in 9 points
    assert sum(page.column_dimensions[letter].width for letter in "ABCDEFGHIJKLM") < 200
    assert (page["M7"].value, page["M8"].value or "", page.row_dimensions[8].height) == (
        "Kết quả gọi, gặp",
        "",
        30,
    )
    assert [page[f"{column}8"].value for column in "CIJL"] == [
        "9000000001",
        datetime(2019, 7, 1),  # noqa: DTZ001 - a cell has no zone
        1,
        1,
    ]
    page = openpyxl.load_workbook(
        write_due(replace(LIST, people=()), tmp_path / "none.xlsx", tmp_path / "data")
    ).active
    assert page["B8"].value == "Không có ai đến hạn trong 60 ngày tới."
    assert (tmp_path / "one.xlsx").read_bytes() == write_due(
        LIST, tmp_path / "two.xlsx", tmp_path / "data"
    ).read_bytes()


def test_a_place_where_the_list_must_not_lie(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "old.xlsx").write_bytes(b"mine")
    published = DataFolder(data).published.parent
    published.mkdir(parents=True)
    (tmp_path / "link").symlink_to(published)
    wrong: dict[str, Any] = {
        "exists already": tmp_path / "old.xlsx",
        "not the name of an .xlsx": tmp_path / "list.csv",
        "lies in the published folder": tmp_path / "link" / "list.xlsx",
    }
    for words, path in wrong.items():
        with pytest.raises(OfficeFault, match=words):
            write_due(LIST, path, data)
    assert (tmp_path / "old.xlsx").read_bytes() == b"mine"
    assert list(published.iterdir()) == []


def test_a_full_disk_leaves_nothing_and_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MachineFault, match="No space left") as failed:
        write_due(LIST, tmp_path / "list.xlsx", tmp_path / "data")
    assert list(tmp_path.iterdir()) == []
    assert "Ơn" not in str(failed.value) + repr(LIST) + repr(PERSON)


def test_the_command_says_how_many_and_names_nobody(first_night: Path, tmp_path: Path) -> None:
    out = tmp_path / "cb01.xlsx"
    ran = asked("due", "--officer", "CB01", "--out", out, data=first_night)
    assert ran.code == 0, ran.err
    page = openpyxl.load_workbook(out).active
    names = [row[1] for row in page.iter_rows(min_row=8, values_only=True) if row[1]]
    assert f": {len(names)} người; " in ran.out
    assert len(names) > 10
    assert not [name for name in names if name in ran.out + ran.err]
    again = asked("due", "--officer", "CB01", "--out", out, data=first_night)
    nobody = asked("due", "--agent", "DL999", "--out", tmp_path / "x.xlsx", data=first_night)
    for refused, words in (
        (again, "exists already; it was left as it is"),
        (nobody, "no agent has the code 'DL999' on 2019-06-30"),
    ):
        assert_refused(refused, words)
    assert sorted(tmp_path.iterdir()) == [out]
