"""`baophu publish --outward`: what leaves, what is hidden, and what an attacker makes of all
versions together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault
from ingestion.rules.frames import month_end
from publishing.errors import NothingPublished
from publishing.outward import publish_outward, release
from publishing.outward.hiding import is_small
from tests.support.command import asked
from tests.support.histories import OPENING, Said, histories
from tests.support.outward_attack import (
    PEOPLE,
    PLACES,
    attack,
    probably_unchanged,
    read_version,
)
from tests.support.outward_office import publish_marts
from tests.support.written_history import write_history

Counts = dict[Any, int]


@pytest.fixture(scope="module")
def office(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is published of the first night, and nothing else of it; not to be changed."""
    data = tmp_path_factory.mktemp("office") / "data"
    shutil.copytree(DataFolder(first_night).published.parent, data / "published")
    return data


@pytest.fixture(scope="module")
def out(office: Path) -> Path:
    """The folder of its first outward version, made by the command; not to be changed."""
    folder = office.parent / "outward"
    made = release.publish_outward(office, folder)
    assert not made.unchanged
    return folder


def truth_of(store: Path) -> Counts:
    """Cell -> people, of the whole months of a version of the office's own."""
    found: Counts = {}
    with duckdb.connect(str(store), read_only=True) as con:
        for table, columns in PEOPLE.items():
            for column in columns:
                rows = con.execute(
                    f"select {PLACES[table]}, reporting_date, {column} from {table} "
                    f"where reporting_date = last_day(reporting_date) and {column} is not null"
                ).fetchall()
                found |= {(table, place, day, column): people for place, day, people in rows}
    return found


def worked_out(versions: list[Path], stores: list[Path], knows_corrections: bool) -> list[Any]:
    """Small counts of which fewer than four values are possible, or 5 is not."""
    seen, truth = [read_version(path) for path in versions], [truth_of(store) for store in stores]
    unchanged = probably_unchanged(seen)
    if knows_corrections:
        unchanged = [
            (one, other, key)
            for other in range(len(truth))
            for one in range(other)
            for key in sorted(truth[one].keys() & truth[other].keys())
            if truth[one][key] == truth[other][key]
        ]
    made = attack(seen, unchanged)
    before = {(other, key) for _, other, key in unchanged}
    found = []
    for number, key in made.unknown:
        people = truth[number][key]
        if people >= 5 or (knows_corrections and (number, key) in before):
            continue
        fewest, most = made.bounds((number, key))
        is_right = fewest <= people <= most
        assert is_right or not knows_corrections, "the attacker reckons wrongly"
        if is_right and (most < 5 or most - fewest < 3):
            found.append((number, key, people, fewest, most))
    return found


def only_version(folder: Path) -> Path:
    (version,) = folder.iterdir()
    return version


def test_the_attacker_works_out_nothing_of_the_sample(office: Path, out: Path) -> None:
    version, store = only_version(out), DataFolder(office).published
    truth = truth_of(store)
    seen = read_version(version).counts()
    assert seen.keys() == truth.keys()
    assert {key for key, people in truth.items() if 1 <= people < 5} <= {
        key for key, people in seen.items() if people is None
    }
    assert {key for key, people in seen.items() if people not in (None, truth[key])} == set()
    assert worked_out([version], [store], knows_corrections=True) == []
    # and it still is of use: no commune, no district loses its participants
    hidden = [key for key, people in seen.items() if people is None]
    assert 0 < len(hidden) < len(seen) / 20
    assert {key[3] for key in hidden if key[0] != "kpi_by_association"} <= set(
        PEOPLE["kpi_by_district"][1:]
    )


def test_without_the_second_hiding_the_attacker_wins(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        release,
        "choose_hidden",
        lambda facts, laws, told, hidden: {f for f in facts if is_small(f) and f.is_written},
    )
    version = publish_outward(office, tmp_path / "out").path
    found = worked_out([version], [DataFolder(office).published], knows_corrections=True)
    assert [row for row in found if row[3] == row[4]], "not one is pinned to its value"


def test_what_follows_from_a_hidden_count_is_hidden_and_told_apart(out: Path) -> None:
    with duckdb.connect(str(only_version(out) / "baophu.duckdb"), read_only=True) as con:
        listed = dict(
            con.execute(
                "select table_name || '.' || column_name, count(*) from outward_hidden group by all"
            ).fetchall()
        )
        assert listed["kpi_by_association.target_rate"] == listed["kpi_by_association.participants"]
        # nothing that is listed stands
        for name in listed:
            table, column = name.split(".")
            standing = con.execute(
                f"select count(*) from {table} as t inner join outward_hidden as h on h.table_name = '{table}' and h.column_name = '{column}' "
                f"and h.place_key = t.{PLACES[table]} and h.reporting_date = t.reporting_date where t.{column} is not null"
            ).fetchall()
            assert standing == [(0,)], name
        # in the month after a hidden count, the count of the month before is hidden too
        told = con.execute(
            "select count(*) from kpi_by_association as t inner join outward_hidden as h on h.table_name = 'kpi_by_association' and h.column_name = 'participants' "
            "and h.place_key = t.association_key and h.reporting_date = last_day(t.reporting_date - interval 1 month) where t.participants_prev_month is not null"
        ).fetchall()
        assert told == [(0,)]
        silent = con.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        assert silent == []


def test_only_whole_months_and_the_tables_that_may_leave(out: Path) -> None:
    version = only_version(out)
    with duckdb.connect(str(version / "baophu.duckdb"), read_only=True) as con:
        tables = {t for (t,) in con.execute("select table_name from duckdb_tables()").fetchall()}
        assert not {t for t in tables if t.startswith("fct_")}
        assert not {"kpi_by_agent", "kpi_by_officer", "kpi_by_system"} & tables
        for table in PEOPLE:
            days = con.execute(
                f"select count(*) from {table} where reporting_date <> last_day(reporting_date)"
            ).fetchall()
            assert days == [(0,)]
        columns = {c for (c,) in con.execute("select column_name from duckdb_columns()").fetchall()}
        assert not {c for c in columns if c.endswith("_vnd")}
        for table in tables:
            kept = duckdb.sql(f"from '{version / table}.parquet'").fetchall()
            assert sorted(map(str, kept)) == sorted(
                map(str, con.execute(f"from {table}").fetchall())
            )
        defined = con.execute(
            "select count(*) from kpi_definition where tables like '%fct_%' or code like '%vnd'"
        ).fetchall()
        assert defined == [(0,)]


def test_staff_are_codes_unless_the_office_lets_their_names_out(office: Path, out: Path) -> None:
    def names(version: Path) -> list[Any]:
        with duckdb.connect(str(version / "baophu.duckdb"), read_only=True) as con:
            return con.execute(
                "select agent_code, agent_name from dim_agent union all select officer_code, officer_name from dim_officer"
            ).fetchall()

    assert {code == name for code, name in names(only_version(out))} == {True}
    made = publish_outward(office, office.parent / "with-names", "working")
    assert ("CB01", "Cán bộ thu Ân Thi") in names(made.path)


def test_the_same_again_is_nothing_new(office: Path, out: Path, tmp_path: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.*")}

    before = files(out)
    assert publish_outward(office, out).unchanged
    assert files(out) == before
    elsewhere = publish_outward(office, tmp_path / "out")
    assert elsewhere.version == only_version(out).name
    again = files(tmp_path / "out")
    assert {name for name in before if before[name] != again[name]} <= {
        f"{elsewhere.version}/baophu.duckdb",
        f"{elsewhere.version}/manifest.json",
    }


def test_a_run_that_died_leaves_nothing_half_done(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    (out / ".version.tmp-1").mkdir(parents=True)
    with monkeypatch.context() as broken:

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        broken.setattr(release, "put_version", die)
        with pytest.raises(KeyboardInterrupt):
            publish_outward(office, out)
    assert list(out.iterdir()) == []
    publish_outward(office, out)
    assert len(list(out.iterdir())) == 1


def refusals(office: Path, out: Path, tmp_path: Path) -> Iterator[tuple[Path, Path, type, str]]:
    """(data folder, DIR, error, words of its sentence)."""
    yield office, office / "outward", OfficeFault, "is not apart from the data folder"
    yield office, office.parent, OfficeFault, "is not apart from the data folder"
    file = tmp_path / "file"
    file.touch()
    yield office, file, OfficeFault, "is not a folder"
    yield office, file / "out", MachineFault, "cannot make the folder"
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "báo cáo.docx").touch()
    yield office, foreign, OfficeFault, "báo cáo.docx is no outward version"
    own = tmp_path / "own"
    shutil.copytree(DataFolder(office).versions, own)
    yield office, own, OfficeFault, "is no outward version"
    damaged = tmp_path / "damaged"
    shutil.copytree(out, damaged)
    (only_version(damaged) / "kpi_by_commune.parquet").write_bytes(b"")
    yield office, damaged, OfficeFault, "is damaged, so what it has told is not known"
    strange = tmp_path / "strange"
    shutil.copytree(out, strange)
    manifest = only_version(strange) / "manifest.json"
    said = json.loads(manifest.read_text(encoding="utf-8")) | {"of_version": "2018-01-01_abc"}
    manifest.write_text(json.dumps(said), encoding="utf-8")
    yield office, strange, OfficeFault, "`baophu night --date 2018-01-01` makes that of its night"
    yield tmp_path / "nothing", tmp_path / "out", NothingPublished, "run `baophu night` first"


def test_what_will_not_do_is_refused_in_one_sentence(
    office: Path, out: Path, tmp_path: Path
) -> None:
    for data, folder, error, words in refusals(office, out, tmp_path):
        with pytest.raises(error) as caught:
            publish_outward(data, folder)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_command_says_where_it_lies_and_how_much_is_hidden(
    night_folder: Path, tmp_path: Path
) -> None:
    ran = asked(
        "publish", "--outward", str(tmp_path / "out"), "--format", "json", data=night_folder
    )
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)["outward"]
    assert Path(told["path"]) == only_version(tmp_path / "out")
    manifest = json.loads((Path(told["path"]) / "manifest.json").read_text(encoding="utf-8"))
    assert sum(manifest["hidden"]["kpi_by_district"].values()) > 0
    assert told["cells_hidden"] == sum(
        number for columns in manifest["hidden"].values() for number in columns.values()
    )
    ran = asked("publish", "--outward", str(tmp_path / "out"), data=night_folder)
    assert "Bản công bố ra ngoài không đổi" in ran.out
    assert "không cho biết 79 trên 1.810 số người" in ran.out


def let_out(places: DataFolder, nights: list[date], out: Path) -> dict[Path, Path]:
    """Outward version -> the office's own version that it was made of, for the month ends as each
    night knew them."""
    stores: dict[Path, Path] = {}
    for night in nights:
        ends = [month_end(m) for m in range(OPENING, night.year * 12 + night.month + 1)]
        own = publish_marts(places, sorted({end for end in ends if end <= night} | {night}), night)
        made = publish_outward(places.root, out)
        stores.setdefault(made.path, places.versions / own / "baophu.duckdb")
    return stores


@pytest.mark.slow
def test_nothing_is_worked_out_of_many_versions_of_the_sample(
    first_night: Path, tmp_path: Path
) -> None:
    places = DataFolder(tmp_path / "data")
    places.as_of.parent.mkdir(parents=True)
    shutil.copyfile(DataFolder(first_night).as_of, places.as_of)
    nights = [date(2018, 12, 31), date(2019, 3, 31), date(2019, 5, 31), date(2019, 6, 30)]
    stores = let_out(places, nights, tmp_path / "out")
    assert len(stores) == len(nights)
    truth = [truth_of(store) for store in stores.values()]
    corrected = [
        key
        for before, after in pairwise(truth)
        for key in before.keys() & after.keys()
        if before[key] != after[key]
    ]
    assert corrected, "that would be too easy"
    assert worked_out(list(stores), list(stores.values()), knows_corrections=True) == []


@pytest.mark.slow
@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(histories())
def test_nothing_is_worked_out_of_many_versions_of_a_small_office(
    first_night: Path, tmp_path_factory: pytest.TempPathFactory, said: list[Said]
) -> None:
    """A dozen people, nearly every count below 5; months are let out as they were known then, and
    some are corrected later."""
    root = tmp_path_factory.mktemp("small")
    nights = [month_end(OPENING + 15), month_end(OPENING + 16)]
    nights.append(nights[-1] + timedelta(days=40))
    places = write_history(first_night, root / "data", said, nights[-1])
    stores = let_out(places, nights, root / "out")
    assert len(stores) > 1
    for knows in (False, True):
        assert worked_out(list(stores), list(stores.values()), knows) == []
