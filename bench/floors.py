"""What no night can go below: opening the same workbooks and nothing more, reading the loaded rows
once and nothing more."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from bench.peers import people_rows, workbooks
from bench.stopwatch import Counted, Stopwatch

_CELL = re.compile(rb"<c ")


def calamine_cells(inbox: Path, watch: Stopwatch) -> Counted:
    """All cells of every workbook by python-calamine, thrown away. What the rows come to is counted
    afterwards, outside the time."""
    from python_calamine import CalamineError, CalamineWorkbook

    watch.ended("start")
    for path in workbooks(inbox):
        try:
            CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(
                skip_empty_area=False
            )
        except CalamineError:
            continue
    watch.ended("read")
    totals = [row["total_vnd"] for path in workbooks(inbox) for row in people_rows(path)]
    return Counted(rows=len(totals), total_vnd=sum(totals))


def xml_scan(inbox: Path, watch: Stopwatch) -> Counted:
    """Unzip each sheet and count its cells with one pattern: no value is decoded, so nothing is
    counted that others count."""
    watch.ended("start")
    cells = 0
    for path in workbooks(inbox):
        try:
            with zipfile.ZipFile(path) as archive:
                cells += len(_CELL.findall(archive.read("xl/worksheets/sheet1.xml")))
        except zipfile.BadZipFile:
            continue
    watch.ended("read")
    return Counted()


def duckdb_scan(data: Path, watch: Stopwatch) -> Counted:
    """One aggregate by agent over all loaded rows, in a warehouse after its night."""
    import duckdb

    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        watch.ended("start")
        con.execute(
            "select agent_code, count(*), sum(months), sum(amount_vnd) from raw.sheet_rows where fate = 'accepted' group by 1"
        ).fetchall()
        watch.ended("scan")
    return Counted()
