"""What is published and found damaged, missing or not ours is made anew; what looks wrong is
told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core.data_folder import DataFolder
from core.errors import WarehouseDamaged
from publishing.errors import NothingPublished
from publishing.guard import alarms
from publishing.kpi import read_kpi
from publishing.release import publish, published_night
from publishing.store import file_hash
from publishing.versions import is_sound
from tests.support.sample_night import NIGHT


@pytest.fixture(scope="module")
def data(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(first_night, tmp_path_factory.mktemp("repair") / "data"))


def a_foreign_store(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("create table of_others as select 1 as one")


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def a_flipped_byte(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)


DAMAGES: list[Callable[[Path], object]] = [
    Path.unlink,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"not a store" * 1000),
    lambda path: path.write_bytes(path.read_bytes()[:5000]),
    a_flipped_byte,
    a_foreign_store,
    a_folder,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_stable_file_is_replaced(data: Path, damage: Callable[[Path], object]) -> None:
    places = DataFolder(data)
    damage(places.published)
    if damage is not a_flipped_byte:  # which block it hits decides what a reader sees
        assert published_night(data) is None
        with pytest.raises(NothingPublished):
            read_kpi(data, by="district")
    made = publish(data)
    assert (made.repaired, made.unchanged) == (True, True)
    assert published_night(data) == NIGHT
    assert read_kpi(data, by="district").rows[0]["participants"] == 824
    again = publish(data)
    assert (again.repaired, again.unchanged) == (False, True)


def an_empty_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("", encoding="utf-8")


def a_manifest_of_others(folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(
        json.dumps(said | {"content_hash": "0" * 64}), encoding="utf-8"
    )


def a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder", encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        an_empty_manifest,
        a_manifest_of_others,
        a_file,
        lambda folder: (folder / "kpi_by_commune.parquet").unlink(),
        lambda folder: a_flipped_byte(folder / "dim_agent.parquet"),
        lambda folder: (folder / "of-others.txt").write_text("?", encoding="utf-8"),
    ],
)
def test_a_damaged_version_is_written_anew(data: Path, damage: Callable[[Path], object]) -> None:
    places = DataFolder(data)
    (folder,) = places.versions.iterdir()
    damage(folder)
    made = publish(data)
    assert (made.repaired, made.unchanged, made.path) == (True, False, folder)
    assert is_sound(folder, made.version, made.content_hash)
    assert places.published.read_bytes() == (folder / "baophu.duckdb").read_bytes()
    assert places.page.read_bytes() == (folder / "index.html").read_bytes()
    assert [path.name for path in places.versions.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.write_bytes(p.read_bytes()[:9000]),
        lambda p: p.write_bytes(b"not a store" * 1000),
    ],
)
def test_a_damaged_warehouse_publishes_nothing_and_says_what_helps(
    data: Path, damage: Callable[[Path], object]
) -> None:
    warehouse = DataFolder(data).warehouse
    whole = warehouse.read_bytes()
    try:
        damage(warehouse)
        with pytest.raises(
            WarehouseDamaged,
            match="the warehouse is damaged; `baophu night` builds it anew from landing",
        ):
            publish(data)
    finally:
        warehouse.write_bytes(whole)


def test_the_clean_night_alarms_nobody(data: Path) -> None:
    assert publish(data).alarms == ()


@pytest.mark.parametrize(
    ("day", "known_on", "people", "reported", "said"),
    [
        ("2019-07-31", "2019-07-31", 829, 70, []),
        (
            "2019-07-31",
            "2019-07-31",
            829,
            0,
            ["none of the 76 agents of district 329 reported for 07/2019"],
        ),
        ("2019-07-30", "2019-07-30", 829, 0, []),  # the month goes on
        (
            "2019-07-31",
            "2019-07-31",
            None,
            70,
            [
                "district 329 had 824 participants on 2019-06-30 and has an unknown number on 2019-07-31"
            ],
        ),
        (
            "2019-07-31",
            "2019-07-31",
            0,
            70,
            ["district 329 had 824 participants on 2019-06-30 and has none on 2019-07-31"],
        ),
        (
            "2026-11-24",
            "2026-11-24",
            None,
            0,
            [
                "the newest file is of the night of 2019-07-12, 2692 days before the night of 2026-11-24",
                "district 329 had 824 participants on 2019-06-30 and has an unknown number on 2026-11-24",
            ],
        ),
    ],
)
def test_what_looks_wrong_is_told(
    day: str, known_on: str, people: int | None, reported: int, said: list[str]
) -> None:
    with duckdb.connect() as con:
        con.execute(
            "create schema raw; create schema marts; create table raw.submissions as select date '2019-07-12' as night union all select date '2031-01-01'"
        )
        con.execute(
            "create table marts.kpi_by_district (district_code VARCHAR, reporting_date DATE, participants BIGINT, agents_expected BIGINT, agents_reported BIGINT)"
        )
        con.execute(
            "insert into marts.kpi_by_district values ('329', '2019-05-31', 684, 64, 64), ('329', '2019-06-30', 824, 76, 74)"
        )
        con.execute(
            "insert into marts.kpi_by_district values ('329', ?, ?, 76, ?)", [day, people, reported]
        )
        assert list(alarms(con, date.fromisoformat(day), date.fromisoformat(known_on))) == said
        assert alarms(con, date(2019, 5, 31), date(2019, 6, 30)) == ()


PAGE_DAMAGES: list[Callable[[Path], object]] = [
    Path.unlink,
    lambda path: path.write_bytes(b""),
    a_flipped_byte,
    a_folder,
]


@pytest.mark.parametrize("damage", PAGE_DAMAGES)
def test_a_damaged_stable_page_is_replaced(data: Path, damage: Callable[[Path], object]) -> None:
    places = DataFolder(data)
    (folder,) = places.versions.iterdir()
    damage(places.page)
    made = publish(data)
    assert (made.repaired, made.unchanged) == (True, True)
    assert places.page.read_bytes() == (folder / "index.html").read_bytes()
    again = publish(data)
    assert (again.repaired, again.unchanged) == (False, True)


def test_a_publish_that_was_killed_between_the_stable_files_is_finished_and_alarms_nobody(
    data: Path,
) -> None:
    places = DataFolder(data)
    (folder,) = places.versions.iterdir()
    older = places.versions / "2019-05-31_aaaaaaaaaaaa"
    older.mkdir()
    (older / "index.html").write_text("the page of the version before", encoding="utf-8")
    (older / "manifest.json").write_text(
        json.dumps({"files": {"index.html": file_hash(older / "index.html")}}), encoding="utf-8"
    )
    try:
        # the published file is of this version already
        shutil.copyfile(older / "index.html", places.page)
        made = publish(data)
        assert (made.repaired, made.unchanged) == (False, True)
        assert places.page.read_bytes() == (folder / "index.html").read_bytes()
    finally:
        shutil.rmtree(older)


def test_a_version_without_its_page_is_written_anew(data: Path) -> None:
    places = DataFolder(data)
    (folder,) = places.versions.iterdir()
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "index.html").unlink()
    del said["files"]["index.html"]
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    assert not is_sound(folder, said["version"], said["content_hash"])
    made = publish(data)
    assert made.repaired
    assert is_sound(folder, made.version, made.content_hash)
    assert places.page.read_bytes() == (folder / "index.html").read_bytes()
