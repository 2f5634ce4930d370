"""`python -m bench.reading`: forms read and understood, each file in a worker with its limits,
beside what most people would use and the floors.

1,500 forms of 50 rows and one sheet of 100,000 rows; every contestant reads the same files on one
core. Prints seconds, and ratios of one run.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import psutil
import xlsxwriter

from core.settings import TIMEZONE, Limits
from ingestion.model import Arrival, ParsedFile

FORMS, ROWS, LONG = 1_500, 50, 100_000
_HEADS = (
    "STT",
    "Họ và tên",
    "Mã số BHXH",
    "Mức tiền làm căn cứ đóng",
    None,
    None,
    None,
    None,
    None,
    "Ghi chú",
)
_CODES = ("A", "B", "C", "1", "2", "3", "4=5+6", "5", "6", "7")
_LOWER = ("Số tháng đóng", "Từ tháng/năm", "Tổng số", "Người tham gia đóng", "NSNN hỗ trợ")


def write_form(path: Path, rows: int, seed: int) -> None:
    """A D05-TS of QĐ 595 with so many invented people and a subtotal with a formula."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": rows > ROWS}) as book:
        page = book.add_worksheet("D05-TS")
        page.write(1, 0, "Số định danh: DL001")
        page.write(5, 0, "Số: 01 tháng 6 năm 2019")
        for column, text in enumerate(_HEADS):
            if text:
                page.write_string(7, column, text)
        page.write(7, 4, "Phương thức đóng")
        page.write(7, 6, "Số tiền đóng")
        for column, text in enumerate(_LOWER, start=4):
            page.write_string(8, column, text)
        for column, text in enumerate(_CODES):
            page.write_string(9, column, text)
        page.write(10, 0, "I.1")
        page.write(10, 1, "Người lao động")
        for i in range(rows):
            at, number = 11 + i, seed * 1_000_003 + i
            page.write_number(at, 0, i + 1)
            page.write_string(at, 1, f"Nguyễn Thị Người {number % 9973}")
            page.write_string(at, 2, f"{3300000000 + number % 90_000_000}")
            page.write_number(at, 3, 700_000)
            page.write_number(at, 4, 3)
            page.write_string(at, 5, "06/2019")
            page.write_number(at, 6, 462_000)
            page.write_number(at, 7, 415_800)
            page.write_number(at, 8, 46_200)
            page.write_string(
                at, 9, "Đối tượng Khác, Dân tộc Kinh, P.Thức Tăng_mới, Ngày sinh 01/02/1980"
            )
        page.write(11 + rows, 1, "Cộng tăng")
        page.write_formula(11 + rows, 6, f"=SUM(G12:G{11 + rows})", None, 462_000 * rows)
        page.write(13 + rows, 0, "Tổng số sổ BHXH đề nghị cấp: 0")


def ours(paths: Sequence[Path], workers: int) -> int:
    """Rows of data, read and understood in worker processes."""
    from ingestion.forms.reading import parse_files

    rows = 0
    for outcome in parse_files(
        [(path, _arrival(path)) for path in paths], Limits(workers=workers, seconds_per_file=120)
    ):
        if not isinstance(outcome, ParsedFile):
            raise outcome
        rows += sum(row.is_data for row in outcome.rows)
    return rows


def pandas_and_openpyxl(paths: Sequence[Path]) -> int:
    """Sheets as frames, and nothing more."""
    import pandas as pd

    return sum(len(pd.read_excel(path, header=None, engine="openpyxl")) for path in paths)


def calamine(paths: Sequence[Path]) -> int:
    """Cells, and nothing more."""
    from python_calamine import CalamineWorkbook

    return sum(
        len(
            CalamineWorkbook.from_path(str(path))
            .get_sheet_by_index(0)
            .to_python(skip_empty_area=False)
        )
        for path in paths
    )


def xml_scan(paths: Sequence[Path]) -> int:
    """Unzipped sheets, searched once."""
    cells = 0
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            cells += len(re.findall(rb"<c ", archive.read("xl/worksheets/sheet1.xml")))
    return cells


def timed(what: Callable[[], int]) -> tuple[float, float, int]:
    """(seconds, highest sum of the resident memory of this process and its children in MiB, what it
    counted)."""
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            resident = 0
            for member in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                try:
                    resident += member.memory_info().rss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], resident / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    counted = what()
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    return seconds, peak[0], counted


def main(forms: int = FORMS, long: int = LONG, times: int = 3) -> dict[str, float]:
    """Write, measure in turns, print medians; returns the ratios."""
    with tempfile.TemporaryDirectory() as scratch:
        few = [Path(scratch) / f"{i:04d}.xlsx" for i in range(forms)]
        for seed, path in enumerate(few):
            write_form(path, ROWS, seed)
        sheet = [Path(scratch) / "long.xlsx"]
        write_form(sheet[0], long, 7)
        all_cores = os.sched_getaffinity(0)
        contestants: tuple[tuple[str, int, Callable[[], int]], ...] = (
            ("xml scan (floor)", 1, lambda: xml_scan(few)),
            ("python-calamine (floor)", 1, lambda: calamine(few)),
            ("ours, one worker", 1, lambda: ours(few, 1)),
            ("ours, two workers", 2, lambda: ours(few, 2)),
            ("pandas+openpyxl", 1, lambda: pandas_and_openpyxl(few)),
            ("long: python-calamine (floor)", 1, lambda: calamine(sheet)),
            ("long: ours, one worker", 1, lambda: ours(sheet, 1)),
            ("long: pandas+openpyxl", 1, lambda: pandas_and_openpyxl(sheet)),
        )
        took: dict[str, list[float]] = {name: [] for name, *_ in contestants}
        peaks = dict.fromkeys(took, 0.0)
        counted: dict[str, set[int]] = {name: set() for name in took}
        for _ in range(times):
            for name, cores, what in contestants:
                # children inherit it, the fork server too: it is started anew
                os.sched_setaffinity(0, sorted(all_cores)[:cores])
                _end_fork_server()
                spent, peak, count = timed(what)
                took[name].append(spent)
                peaks[name] = max(peaks[name], peak)
                counted[name].add(count)
        os.sched_setaffinity(0, all_cores)
    seconds = {name: statistics.median(of) for name, of in took.items()}
    print(f"{forms} forms of {ROWS} rows; one sheet of {long} rows; medians of {times} turns")
    for name, of in took.items():
        print(
            f"{name:32}{seconds[name]:8.2f} s ({min(of):.2f} to {max(of):.2f}) {peaks[name]:8.0f} MiB   counted {counted[name]}"
        )
    ratios = {
        "forms: pandas+openpyxl / ours": seconds["pandas+openpyxl"] / seconds["ours, one worker"],
        "forms: ours / python-calamine": seconds["ours, one worker"]
        / seconds["python-calamine (floor)"],
        "forms: ours / xml scan": seconds["ours, one worker"] / seconds["xml scan (floor)"],
        "forms: one worker / two workers": seconds["ours, one worker"]
        / seconds["ours, two workers"],
        "long: pandas+openpyxl / ours": seconds["long: pandas+openpyxl"]
        / seconds["long: ours, one worker"],
        "long: ours / python-calamine": seconds["long: ours, one worker"]
        / seconds["long: python-calamine (floor)"],
    }
    for name, ratio in ratios.items():
        print(f"{name:40}{ratio:6.2f}")
    return ratios


def _end_fork_server() -> None:
    from multiprocessing import forkserver

    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _arrival(path: Path) -> Arrival:
    received = datetime(2019, 6, 25, 8, tzinfo=TIMEZONE)
    return Arrival(
        path.stem,
        path.stem.zfill(64),
        received,
        date(2019, 6, 25),
        "DL001",
        "bench",
        "xlsx",
        "",
        "",
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
