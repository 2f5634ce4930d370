"""One set of people in every form, container and encoding: the same rows, field by field, and the
addresses of the sender's own sheet."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.arrival.landing import describe
from ingestion.forms.reading import parse_file
from ingestion.model import ParsedFile
from ingestion.vietnamese.old_encodings import encode
from tests.support import printed
from tests.support.other_containers import delimited, in_1258, web_page

LAYOUTS = (*printed.VOLUNTARY, printed.D03_490)
PEOPLE = printed.people()


def in_font(layout: printed.Layout, kind: Any, font: str) -> bytes:
    sheet = printed.written(layout, PEOPLE[:190], PEOPLE[190:])
    typed = [
        [encode(value, kind) if isinstance(value, str) else value for value in cells]
        for cells in sheet.grid
    ]
    merges = [(*span[:4], encode(span[4], kind)) for span in sheet.merges]
    return printed.xlsx({"Mau": printed.Sheet(typed, merges)}, font)


def plain(layout: printed.Layout) -> printed.Sheet:
    return printed.written(layout, PEOPLE[:190], PEOPLE[190:])


CONTAINERS: dict[str, Callable[[printed.Layout], bytes]] = {
    "xlsx": lambda layout: printed.xlsx({"Mẫu": plain(layout)}),
    "NFD.xlsx": lambda layout: printed.xlsx(
        {
            "M": printed.written(
                layout,
                PEOPLE[:190],
                PEOPLE[190:],
                word=lambda v, _: unicodedata.normalize("NFD", v) if isinstance(v, str) else v,
            )
        }
    ),
    "VnTime.xlsx": lambda layout: in_font(layout, "tcvn3", ".VnTime"),
    "VNI.xlsx": lambda layout: in_font(layout, "vni", "VNI-Times"),
    "utf8.csv": lambda layout: delimited(plain(layout)).encode(),
    "bom.csv": lambda layout: delimited(plain(layout), ";").encode("utf-8-sig"),
    "utf16.tsv": lambda layout: delimited(plain(layout), "\t").encode("utf-16"),
    "cp1258.csv": lambda layout: in_1258(delimited(plain(layout))),
    "tcvn3.csv": lambda layout: encode(delimited(plain(layout)), "tcvn3").encode("latin-1"),
    "page.xls": lambda layout: web_page(plain(layout)).encode(),
}


def understood(path: Path) -> ParsedFile:
    return parse_file(
        path,
        describe(
            path, received_at=datetime(2019, 6, 25, tzinfo=UTC), agent_code="DL001", channel="test"
        ),
    )


def said(parsed: ParsedFile) -> list[tuple[Any, ...]]:
    return [
        (row.number, row.section, row.amount_vnd, sorted(row.values.items()))
        for row in parsed.rows
        if row.is_data
    ]


@pytest.fixture(scope="module")
def meant(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ParsedFile]:
    folder = tmp_path_factory.mktemp("plain")
    found = {}
    for layout in LAYOUTS:
        path = folder / f"{layout.form.replace('/', '-')}.xlsx"
        path.write_bytes(CONTAINERS["xlsx"](layout))
        found[layout.form] = understood(path)
        assert len(said(found[layout.form])) == len(PEOPLE)
    return found


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.form)
@pytest.mark.parametrize("container", [name for name in CONTAINERS if name != "xlsx"])
def test_every_container_reads_alike(
    container: str, layout: printed.Layout, meant: dict[str, ParsedFile], tmp_path: Path
) -> None:
    path = tmp_path / f"sheet.{container}"
    path.write_bytes(CONTAINERS[container](layout))
    found = understood(path)
    assert (found.form, found.container_problem, found.missing_columns, found.unknown_columns) == (
        layout.form,
        None,
        [],
        [],
    )
    assert said(found) == said(meant[layout.form])
    assert (found.rows_at_cells, found.amount_at_cells_vnd) == (
        len(found.rows),
        sum(row.amount_vnd for row in found.rows),
    )


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.form)
def test_libreoffice_saves_it_again_and_the_rows_stay(
    layout: printed.Layout, meant: dict[str, ParsedFile], tmp_path: Path
) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed; .ci/run installs it")
    original = tmp_path / "sheet.xlsx"
    original.write_bytes(CONTAINERS["xlsx"](layout))
    for ending, kind in (
        ("xlsx", "xlsx:Calc MS Excel 2007 XML"),
        ("xls", "xls:MS Excel 97"),
        ("ods", "ods"),
        ("csv", "csv:Text - txt - csv (StarCalc):44,34,76"),
    ):
        out = tmp_path / ending
        command = [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            str(out),
            str(original),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        found = understood(out / f"sheet.{ending}")
        assert found.form == layout.form, ending
        assert said(found) == said(meant[layout.form]), ending
