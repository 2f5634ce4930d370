"""What a version says otherwise than the version of the night before: every figure, and nothing
else."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from publishing.changes import HOLDERS, version_before
from publishing.release import publish, version_of_night
from publishing.versions import STORE

BEFORE, NOW = date(2019, 6, 29), date(2019, 6, 30)
Change = tuple[str, str, date, date, str, Any, Any]
"""(holder type, code, date, date before, figure, before, now)"""


def read(store: Path) -> list[Change]:
    query = "select holder_type, holder_code, reporting_date, reporting_date_before, kpi_code, value_before, value_now from publication_changes"
    with duckdb.connect(str(store), read_only=True) as con:
        return con.execute(query).fetchall()


def figures(store: Path, holder: str) -> dict[tuple[str, date, str], float]:
    """Every number of a KPI table that is known, by code, date and column."""
    found = {}
    with duckdb.connect(str(store), read_only=True) as con:
        table = con.execute(f"from kpi_by_{holder}")
        names = [column[0] for column in table.description]
        for row in table.fetchall():
            values = dict(zip(names, row, strict=True))
            for name, value in values.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    found[values[f"{holder}_code"], values["reporting_date"], name] = float(value)
    return found


def version(data: Path, night: date) -> Path:
    (folder,) = DataFolder(data).versions.glob(f"{night}_*")
    return folder


def test_the_first_version_changes_nothing(first_night: Path) -> None:
    assert read(DataFolder(first_night).published) == []


def test_every_figure_that_differs_and_no_other(two_versions: Path) -> None:
    expected: set[Change] = set()
    for holder in HOLDERS:
        was, now = (
            figures(version(two_versions, night) / STORE, holder) for night in (BEFORE, NOW)
        )
        dates = {day for _, day, _ in was} & {day for _, day, _ in now}
        # the newest is compared with the newest, and what the night before had as its last day is
        # no date of this night
        pairs = [(day, day) for day in dates] + [(NOW, BEFORE)]
        for day, day_before in pairs:
            keys = {(c, n) for c, d, n in was if d == day_before} | {
                (c, n) for c, d, n in now if d == day
            }
            for code, name in keys:
                before, after = was.get((code, day_before, name)), now.get((code, day, name))
                own = name == "net_change_unexplained" and holder in (
                    "agent",
                    "association",
                    "system",
                )
                if before != after:
                    expected.add(
                        (
                            holder,
                            code,
                            day,
                            day_before,
                            f"kpi_by_{holder}.{name}" if own else name,
                            before,
                            after,
                        )
                    )
    found = read(DataFolder(two_versions).published)
    assert len(found) == len(set(found)) > 1000
    codes = {code for *_, code, _, _ in found}
    with duckdb.connect(str(DataFolder(two_versions).published), read_only=True) as con:
        assert codes <= {
            code for (code,) in con.execute("select code from kpi_definition").fetchall()
        }
        assert con.execute(
            "select distinct previous_version from publication_changes"
        ).fetchall() == [(version(two_versions, BEFORE).name,)]
        district = con.execute(
            "select holder_name, value_before, value_now, difference from publication_changes "
            "where holder_type = 'district' and kpi_code = 'participants'"
        ).fetchall()
    assert district == [("Ân Thi", 868, 824, -44)]  # on the 29th those due are still counted
    assert set(found) == expected


def test_a_version_made_anew_says_the_same(two_versions: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(two_versions, tmp_path / "data"))
    before = read(DataFolder(data).published)
    (version(data, NOW) / STORE).unlink()
    assert publish(data).repaired
    assert sorted(map(repr, read(DataFolder(data).published))) == sorted(map(repr, before))
    # and the earlier one, though a later one stands: it has none before it
    (version(data, BEFORE) / STORE).unlink()
    assert version_of_night(data, BEFORE).repaired
    assert read(version(data, BEFORE) / STORE) == []


def test_a_damaged_version_is_passed_over_and_the_last_of_a_night_counts(
    two_versions: Path, tmp_path: Path
) -> None:
    versions = Path(shutil.copytree(DataFolder(two_versions).versions, tmp_path / "versions"))
    first = version_before(versions, NOW)
    assert first is not None
    assert first.name.startswith(str(BEFORE))
    assert version_before(versions, BEFORE) is None
    again = Path(shutil.copytree(first, versions / f"{BEFORE}_000000000000"))
    with duckdb.connect(str(again / STORE)) as con:
        con.execute("update publication set published_at = published_at + interval 1 hour")
    assert version_before(versions, NOW) == again
    (again / STORE).write_bytes(b"not a store")
    assert version_before(versions, NOW) == first
    (first / STORE).unlink()
    assert version_before(versions, NOW) is None


def test_a_version_of_an_older_program_is_compared_as_far_as_it_goes(
    two_versions: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(two_versions, tmp_path / "data"))
    with duckdb.connect(str(version(data, BEFORE) / STORE)) as con:
        con.execute("alter table kpi_by_commune drop column overdue")
        for (view,) in con.execute(
            "select view_name from duckdb_views() where not internal"
        ).fetchall():
            con.execute(f"drop view {view}")
        con.execute("drop table kpi_by_system")
    whole = set(read(DataFolder(data).published))
    shutil.rmtree(version(data, NOW))
    publish(data)
    left_out = {
        change
        for change in whole
        if change[0] == "system" or (change[0], change[4]) == ("commune", "overdue")
    }
    assert set(read(DataFolder(data).published)) == whole - left_out
    assert left_out


def test_people_see_them_with_units(two_versions: Path) -> None:
    with duckdb.connect(str(DataFolder(two_versions).published), read_only=True) as con:
        rows = con.execute("select count(*) from publication_changes").fetchall()
        assert con.execute("select count(*) from v_thay_doi").fetchall() == rows
        goal = con.execute(
            'select "Trước", "Nay", "Chênh lệch", "Đơn vị tính" from v_thay_doi '
            "where \"Loại đơn vị\" = 'huyện' and \"Số đo\" = 'Tỷ lệ thực hiện chỉ tiêu năm'"
        ).fetchall()
    assert goal == [(43.4, 41.2, -2.2, "%")]
