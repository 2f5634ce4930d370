"""What the tests of the report share: the version of the first night, and copies of its published
file to be changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.data_folder import DataFolder
from publishing.report.files import write_reports

Row = dict[str, Any]
Rows = Callable[[str], list[Row]]
Written = Callable[..., dict[str, Path]]
"""Statements of SQL, then options of `write_reports` -> the files of the report of a changed
version, by how their names end."""


@pytest.fixture(scope="session")
def version(first_night: Path) -> Path:
    """The folder of the version that the first night published."""
    (folder,) = DataFolder(first_night).versions.iterdir()
    return folder


@pytest.fixture(scope="session")
def marts(version: Path) -> Iterator[Callable[[str], list[Row]]]:
    """Rows of a query to the version's published file."""
    with duckdb.connect(str(version / "baophu.duckdb"), read_only=True) as con:

        def rows(query: str) -> list[Row]:
            found = con.execute(query)
            return [
                dict(zip([column[0] for column in found.description], row, strict=True))
                for row in found.fetchall()
            ]

        yield rows


@pytest.fixture
def written(version: Path, tmp_path: Path) -> Written:
    """Write the report of a version that holds something else."""

    def write(*statements: str, **options: Any) -> dict[str, Path]:
        store = tmp_path / "changed.duckdb"
        shutil.copyfile(version / "baophu.duckdb", store)
        with duckdb.connect(str(store)) as con:
            for statement in statements:
                con.execute(statement)
        folder = tmp_path / "out"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return {path.suffix: path for path in write_reports(store, folder, **options)}

    return write


def as_written(value: Any, decimals: int = 0, *, share: bool = False) -> str:
    """A figure as the report prints it, by ways of its own: '1.234,5', '41,2%', '–'."""
    if value is None:
        return "–"
    whole, _, part = f"{(value * 100 if share else value):.{decimals}f}".partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    groups: Sequence[str] = [digits[max(0, end - 3) : end] for end in range(len(digits), 0, -3)][
        ::-1
    ]
    return sign + ".".join(groups) + (f",{part}" if part else "") + ("%" if share else "")


def line_of_commune(row: Row) -> list[str]:
    """The cells of a commune's line in the table of communes, after its name."""
    return [
        as_written(row["participants"]),
        as_written(row["participants_prev_month"]),
        as_written(row["participants_prev_year_end"]),
        as_written(row["participants_same_day_last_year"]),
        as_written(row["target_participants"]),
        as_written(row["target_rate"], 1, share=True),
        as_written(row["year_target"]),
        as_written(row["year_target_rate"], 1, share=True),
        as_written(row["pace_per_month"], 1),
        as_written(row["needed_per_month"], 1),
        f"{row['agents_reported']}/{row['agents_expected']}" if row["agents_expected"] else "–",
    ]


def line_of_holder(row: Row) -> list[str]:
    """The cells of a line in the tables of holders, after the name and the places."""
    return [
        as_written(row["participants"]),
        as_written(row["target_participants"]),
        as_written(row["target_rate"], 1, share=True),
        as_written(row["year_target"]),
        as_written(row["year_target_rate"], 1, share=True),
        as_written(row["needed_per_month"], 1),
    ]


OF_THE_DAY = "where reporting_date = '2019-06-30'"
