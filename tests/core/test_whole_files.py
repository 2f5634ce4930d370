"""Files that are written whole or not at all: what each way does to a file that is there, its mode,
and what a trouble leaves."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import MachineFault, OfficeFault
from core.whole_files import (
    PART,
    new_workbook,
    put_in_place,
    remove_parts,
    replace_file,
    write_new,
    write_whole,
)
from tests.support.rooms import files_with

ROOT = Path(__file__).resolve().parent.parent.parent


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def put_new(path: Path, content: bytes) -> None:
    with write_new(path) as out:
        out.write(content)


def put_whole(path: Path, content: bytes) -> None:
    write_whole(path, content, "write")


def put_copy(path: Path, content: bytes) -> None:
    source = path.parent.parent / "source"
    source.write_bytes(content)
    source.chmod(0o640)
    replace_file(source, path)


def test_each_way_does_what_it_promises(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    promised: list[tuple[Callable[[Path, bytes], None], int, bytes]] = [
        (put_whole, 0o600, b"new"),
        (put_new, 0o600, b"old"),
        (put_copy, 0o640, b"new"),
    ]
    for number, (put, expected, left) in enumerate(promised):
        path = tmp_path / "in" / str(number)
        put(path, b"old")
        assert (path.read_bytes(), mode(path)) == (b"old", expected)
        if left == b"old":
            with pytest.raises(FileExistsError):
                put(path, b"new")
        else:
            put(path, b"new")
        assert path.read_bytes() == left
    with write_new(tmp_path / "in" / "read only", mode=0o400) as out:
        out.write(b"x")
    assert mode(tmp_path / "in" / "read only") == 0o400
    assert sorted(p.name for p in (tmp_path / "in").iterdir()) == ["0", "1", "2", "read only"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "x"
    put_whole(path, b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MachineFault, match=r"^cannot write: No space left on device$"):
        put_whole(path, b"new")
    for put in (put_new, put_copy):
        with pytest.raises(OSError, match="No space left"):
            put(tmp_path / "in" / "x2" if put is put_new else path, b"new")
    assert [(p.name, p.read_bytes()) for p in (tmp_path / "in").iterdir()] == [("x", b"old")]


def test_a_file_that_comes_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with (
        pytest.raises(OfficeFault, match=r"exists already; it was left as it is$"),
        new_workbook(path),
    ):
        path.write_bytes(b"theirs")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x.xlsx", b"theirs")]
    with (
        pytest.raises(OfficeFault, match=r"x\.csv is not the name of an \.xlsx$"),
        new_workbook(tmp_path / "x.csv"),
    ):
        pass


def test_a_disk_without_hard_links_serves_too_and_never_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    put_new(tmp_path / "x", b"one")
    with pytest.raises(FileExistsError):
        put_new(tmp_path / "x", b"two")
    assert [(p.name, p.read_bytes(), mode(p)) for p in tmp_path.iterdir()] == [("x", b"one", 0o600)]


def test_a_folder_in_the_place_gives_way_and_parts_of_the_dead_are_removed(tmp_path: Path) -> None:
    (tmp_path / "x" / "deep").mkdir(parents=True)
    (tmp_path / "finished").write_bytes(b"finished")
    put_in_place(tmp_path / "finished", tmp_path / "x")
    (tmp_path / f"{PART}dead").write_bytes(b"half")
    remove_parts(tmp_path, older_than=3600)
    assert len(list(tmp_path.iterdir())) == 2
    remove_parts(tmp_path)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x", b"finished")]


def test_files_get_their_names_in_one_place() -> None:
    assert files_with(
        r"os\.(replace|rename|link)\(|NamedTemporaryFile|mkstemp|\.hardlink_to\("
    ) == ["core/whole_files.py"]
