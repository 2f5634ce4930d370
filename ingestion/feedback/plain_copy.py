"""A workbook of ours with the values of a file that cannot be marked itself: every value at its own
address, text always as text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

from ingestion.model import Page

_MADE = datetime.fromisoformat("1980-01-01")  # no clock: the same pages make the same bytes
_CELLS_AT_MOST = 3_000_000
_MERGED_AT_MOST = 300_000
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
_WIDEST, _ROWS, _COLUMNS, _LETTERS = 42, 1_048_576, 16_384, 32_767


def write(source: Path | bytes, container: str, pages: Sequence[Page] | None) -> bytes | None:
    """The pages as .xlsx; None when there is nothing to show (a container that cannot be opened, or
    too many cells to carry)."""
    if pages is None:
        pages = _pages(source) if container else ()
    if not pages or sum(len(row) for page in pages for row in page.grid) > _CELLS_AT_MOST:
        return None
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        formats = {
            kind: book.add_format({"num_format": said})
            for kind, said in {
                "date": "dd/mm/yyyy",
                "moment": "dd/mm/yyyy hh:mm",
                "time": "hh:mm",
                "number": "General",
                "long": "0",
            }.items()
        }
        formats["text"] = book.add_format({"quote_prefix": True})
        formats["head"] = book.add_format({"bold": True})
        for page, name in zip(pages, sheet_names(pages), strict=True):
            _write_page(book.add_worksheet(name), page, formats)
    return out.getvalue()


def nothing() -> bytes:
    """A workbook whose one sheet says that the file itself could not be shown."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        book.add_worksheet("Tệp gốc").write_string(
            0, 0, "Không hiển thị được tệp gốc. Xem trang tính “Cần sửa”."
        )
    return out.getvalue()


def sheet_names(pages: Sequence[Page]) -> list[str]:
    """Names that Excel allows, in order; a name is changed only where it must be."""
    names: list[str] = []
    taken: set[str] = set()
    last_of: dict[str, int] = {}
    for page in pages:
        name = wanted = page.name.translate(_FORBIDDEN).strip("'")[:31] or "Trang tính"
        stem = wanted[:22]
        while name.lower() in taken:
            last_of[stem] = last_of.get(stem, 1) + 1
            name = f"{stem} ({last_of[stem]})"
        taken.add(name.lower())
        names.append(name)
    return names


def _pages(source: Path | bytes) -> list[Page]:
    try:
        book = (
            CalamineWorkbook.from_filelike(io.BytesIO(source))
            if isinstance(source, bytes)
            else CalamineWorkbook.from_path(str(source))
        )
        return [
            Page(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in book.sheet_names
        ]
    except (CalamineError, PasswordError, XmlError, ZipError):
        return []


def _write_page(sheet: Any, page: Page, formats: dict[str, Any]) -> None:
    widths: dict[int, int] = {}
    merged, covered = _merged(page)
    for row, cells in enumerate(page.grid[:_ROWS]):
        for column, value in enumerate(cells[:_COLUMNS]):
            if value in (None, ""):
                continue
            if (row, column) not in covered:
                widths[column] = max(
                    widths.get(column, 9),
                    min(len(str(value)) + 2, _WIDEST) if row > 8 or len(str(value)) < 20 else 9,
                )
            _write_value(sheet, row, column, value, formats)
    for column, width in widths.items():
        sheet.set_column(column, column, width, None, {"hidden": column in page.hidden_columns})
    for row in page.hidden_rows:
        sheet.set_row(row, None, None, {"hidden": True})
    for top, left, bottom, right in merged:
        value = page.grid[top][left] if top < len(page.grid) and left < len(page.grid[top]) else ""
        sheet.merge_range(top, left, bottom, right, "")
        if value not in (None, ""):
            _write_value(sheet, top, left, value, formats)


def _merged(page: Page) -> tuple[list[tuple[int, int, int, int]], set[tuple[int, int]]]:
    """The merged ranges that are carried over, and the places they cover: none that overlap, and no
    more places than cells may be."""
    kept: list[tuple[int, int, int, int]] = []
    covered: set[tuple[int, int]] = set()
    for top, left, bottom, right in page.merged:
        size = (bottom - top + 1) * (right - left + 1)
        if (
            bottom >= _ROWS
            or right >= _COLUMNS
            or size < 2
            or size + len(covered) > _MERGED_AT_MOST
        ):
            continue
        places = {
            (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        }
        if covered.isdisjoint(places):
            covered |= places
            kept.append((top, left, bottom, right))
    return kept, covered


def _write_value(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(
            row,
            column,
            value,
            formats["long" if abs(value) >= 1e11 and float(value).is_integer() else "number"],
        )
    elif isinstance(value, datetime) and value.time() != time():
        sheet.write_datetime(row, column, value, formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, (time, timedelta)):
        sheet.write_datetime(row, column, value, formats["time"])
    else:
        text = str(value)
        looks_like_formula = text[:1] in "=+-@" and len(text) > 1
        sheet.write_string(
            row, column, text[:_LETTERS], *([formats["text"]] if looks_like_formula else [])
        )
