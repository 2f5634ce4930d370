"""The office's lists, small and sound, with something changed."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl

from samples.workbooks import REFERENCE_LABELS

DAY = date(2017, 1, 1)


LISTS: dict[str, list[list[Any]]] = {
    "dai_ly": [
        ["DL001", "Đại lý một", "HT1", "Nhà văn hóa", "12142", "T1", "HND-12142", DAY, None],
        ["DL002", "Đại lý hai", "HT1", "Nhà văn hóa", "12145", None, None, DAY, None],
    ],
    "he_thong": [["HT1", "Bưu điện"]],
    "can_bo": [["CB01", "Cán bộ một", "12142", DAY, None]],
    "to_chuc": [["HND-12142", "Hội Nông dân", "12142", DAY, None]],
    "chi_tieu": [
        ["2017", "district", "329", "stock", 500, DAY, None],
        ["2017", "commune", "12142", "stock", 40, DAY, None],
    ],
    "dan_so": [["12142", DAY, 9000, 5300, 700, None], ["12145", DAY, 8000, 4700, 600, None]],
    "thon": [["T1", "12142", "Thôn Một", DAY, None]],
    "so_chinh_thuc": [["06/2017", None, "329", 168, None]],
}


def workbook(change: Callable[[dict[str, list[list[Any]]]], None] = lambda lists: None) -> bytes:
    """The office's lists with something changed."""
    lists = {name: [list(row) for row in rows] for name, rows in LISTS.items()}
    change(lists)
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for name, rows in lists.items():
        page = book.create_sheet(name)
        for line in (list(REFERENCE_LABELS[name]), list(REFERENCE_LABELS[name].values()), *rows):
            page.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell_of(sheet: str, row: int, name: str) -> str:
    return f"{'ABCDEFGHI'[list(REFERENCE_LABELS[sheet].values()).index(name)]}{row + 3}"


def places(said: dict[str, Any]) -> list[tuple[str | None, str | None, str]]:
    return [(f["sheet"], f["cell"], f["code"]) for f in said["findings"]]
