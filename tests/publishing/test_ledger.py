"""The ledger of publications: what it names when a line is changed, taken out or cut off, and how
a version that it does not name is entered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DataFolder
from publishing.ledger import (
    Publication,
    begin,
    enter,
    newest_lines,
    read_publications,
    take_in_versions,
    write_table,
)
from publishing.program import this_program
from publishing.reproduce import altered_lines, altered_stable_files
from publishing.store import create_store
from publishing.versions import MANIFEST, STORE

NIGHTS = (date(2019, 6, 30), date(2019, 7, 5), date(2019, 7, 12))


def a_publication(known_on: date) -> Publication:
    content = known_on.isoformat().replace("-", "") * 8
    return Publication(
        f"{known_on}_{content[:12]}",
        known_on,
        known_on,
        datetime.fromisoformat("2026-11-30T21:00:00"),
        content,
        this_program(),
        (711, "a" * 64),
        "b" * 64,
    )


@pytest.fixture
def places(tmp_path: Path) -> DataFolder:
    """Three publications, each with a published file that remembers the lines up to its own."""
    folder = DataFolder(tmp_path)
    for night in NIGHTS:
        made, before = begin(folder, a_publication(night))
        store = folder.versions / made.version / STORE
        store.parent.mkdir(parents=True)
        with duckdb.connect(":memory:") as con, create_store(con, store, "out"):
            write_table(con, "out", [*before, made])
        enter(folder, made)
    return folder


def change(places: DataFolder, act: Callable[[list[str]], list[str]]) -> None:
    lines = places.publications.read_text(encoding="utf-8").splitlines()
    text = "".join(f"{line}\n" for line in act(lines))
    places.publications.write_text(text, encoding="utf-8")


def test_what_was_entered_is_read_again(places: DataFolder) -> None:
    found, problems = read_publications(places)
    assert problems == []
    assert [(made.line, made.known_on) for made in found] == list(enumerate(NIGHTS, start=1))
    assert found[0] == replace(a_publication(NIGHTS[0]), line=1)
    assert altered_lines(places, found) == []
    assert places.publications.stat().st_mode & 0o777 == 0o644


def test_a_line_that_was_changed_taken_out_or_cut_off_is_named(places: DataFolder) -> None:
    whole = places.publications.read_text(encoding="utf-8")
    newest = f"{NIGHTS[2]}_201907122019"
    remembered = "of published/ledger.jsonl is {} when version " + newest + " was published"
    cases: list[tuple[Callable[[list[str]], list[str]], list[str], list[str]]] = [
        (
            lambda lines: [lines[0].replace("2026-11-30", "2026-11-29"), *lines[1:]],
            ["line 1 of published/ledger.jsonl was changed"],
            [f"line 1 {remembered.format('not what it was')}"],
        ),
        (
            lambda lines: [lines[0], lines[2]],
            ["line 1 of published/ledger.jsonl was changed, or a line was taken out"],
            [f"line 2 {remembered.format('not what it was')}", f"line 3 {remembered.format('missing')}"],
        ),
        (
            lambda lines: lines[1:],
            ["line 1 of published/ledger.jsonl follows a line that is missing"],
            [],
        ),
        (
            lambda lines: [lines[0], "no line", lines[2]],
            ["line 2 of published/ledger.jsonl is no line of ours", "line 2 of published/ledger.jsonl was changed"],
            [f"line 2 {remembered.format('missing')}"],
        ),
        # the last line has none after it: only the published file knows
        (
            lambda lines: [*lines[:2], lines[2].replace("2026-11-30", "2026-11-29")],
            [],
            [f"line 3 {remembered.format('not what it was')}"],
        ),
    ]  # fmt: skip
    for act, by_the_chain, by_the_files in cases:
        places.publications.write_text(whole, encoding="utf-8")
        change(places, act)
        found, problems = read_publications(places)
        assert [p.startswith(s) for p, s in zip(problems, by_the_chain, strict=True)] == [
            True
        ] * len(problems), problems
        if by_the_files:
            assert altered_lines(places, found) == by_the_files


def test_a_line_of_which_a_part_is_left_is_cut_off_before_the_next(places: DataFolder) -> None:
    with places.publications.open("a", encoding="utf-8") as ledger:
        ledger.write('{"version": "' + "2019" * 1000)  # longer than the line that comes
    assert len(read_publications(places)[0]) == 3
    made, _ = begin(places, a_publication(date(2019, 7, 20)))
    enter(places, made)
    found, problems = read_publications(places)
    assert (problems, [each.line for each in found]) == ([], [1, 2, 3, 4])
    assert found[-1] == replace(made, manifest="b" * 64)


def test_the_newest_line_of_a_version_counts(places: DataFolder) -> None:
    again = replace(a_publication(NIGHTS[0]), manifest="c" * 64)
    enter(places, begin(places, again)[0])
    lines = newest_lines(read_publications(places)[0])
    assert [made.line for made in lines.values()] == [4, 2, 3]
    assert lines[again.version].manifest == "c" * 64


def of_before(folder: Path) -> None:
    """As a program without a ledger wrote it."""
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name in ("program", "landing", "ledger_line"):
        del said[name]
    (folder / MANIFEST).write_text(json.dumps(said), encoding="utf-8")


def test_a_version_that_no_line_names_is_entered(two_versions: Path, tmp_path: Path) -> None:
    data = DataFolder(Path(shutil.copytree(two_versions, tmp_path / "data")))
    found = read_publications(data)[0]
    assert [made.known_on for made in found] == [date(2019, 6, 29), date(2019, 6, 30)]
    assert altered_stable_files(data, found[1:]) == []
    assert all(made.program == this_program() for made in found)

    # a publish that was killed before it entered its version
    change(data, lambda lines: lines[:1])
    assert take_in_versions(data) == []
    assert read_publications(data) == (found, [])

    # lines that somebody cut off
    data.publications.unlink()
    (data.versions / found[0].version).rename(tmp_path / "aside")
    (problem,) = take_in_versions(data)
    assert problem == (
        f"line 2 of published/ledger.jsonl, version {found[1].version}, is missing; it was entered again as line 1"
    )
    (tmp_path / "aside").rename(data.versions / found[0].version)

    # a data folder of before there was a ledger
    data.publications.unlink()
    for made in found:
        of_before(data.versions / made.version)
    assert take_in_versions(data) == []
    taken, problems = read_publications(data)
    assert [(made.version, made.is_taken_in, made.program) for made in taken] == [
        (made.version, True, None) for made in found
    ]
    assert problems == []
