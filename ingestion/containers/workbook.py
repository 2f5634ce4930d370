"""Bytes to sheets: every sheet as a grid whose first cell is A1, so that addresses stay those of
the sender's sheet.

What the bytes are is told by themselves, never by the file's name. Macros are never run, links
never followed: only values are read.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.errors import UnreadableWorkbook, machine_faults
from core.settings import Limits
from ingestion.containers.cell_looks import as_shown
from ingestion.containers.kinds import (
    has_password,
    has_utf16_parts,
    in_plain_parts,
    is_ole,
    is_zip,
    kind_of_text,
    kind_of_zip,
    open_zip,
    refuse_by_name,
)
from ingestion.containers.second_look import Look, look_at_ooxml, look_at_xls
from ingestion.containers.text_pages import decode, read_delimited
from ingestion.model import Grid, Page, Workbook

_MIB = 1 << 20


def read_workbook(path: Path, limits: Limits | None = None) -> Workbook:
    """A file as sheets; values as the container keeps them (text containers: all text), blank cells
    as "".

    Raises UnreadableWorkbook with the reason when the bytes are no workbook that can be opened, and
    MachineFault when they cannot be read. A native reader may take the whole process with it: what
    comes from outside is read by `reading.parse_files`.
    """
    limits = limits or Limits.from_environment()
    with machine_faults("read a landed file"):
        if path.stat().st_size > limits.max_file_mib * _MIB:
            raise UnreadableWorkbook("too-large")
        data = path.read_bytes()
    refuse_by_name(data)
    if is_zip(data):
        return _read_package(data, limits)
    if is_ole(data):
        return _read_xls(data, limits)
    text, encoding = decode(data)
    if kind_of_text(text) == "html":
        from ingestion.containers.html_pages import read_html

        return Workbook("html", (read_html(text, limits.max_cells),), encoding)
    grid, delimiter = read_delimited(text, limits.max_cells)
    return Workbook("tsv" if delimiter == "\t" else "csv", (Page("Sheet1", grid),), encoding)


def _read_package(data: bytes, limits: Limits) -> Workbook:
    archive = open_zip(data)
    container = kind_of_zip(archive)
    if container == "zip":
        raise UnreadableWorkbook("not-a-workbook:zip")
    _hold_to_size(archive, limits)
    sheets, archive = _read_package_sheets(data, archive, limits)
    if container == "ods":
        from ingestion.containers.kinds import read_part
        from ingestion.containers.ods_look import look_at_ods

        looks = dict(zip(sheets, look_at_ods(read_part(archive, "content.xml")), strict=False))
    else:
        looks = look_at_ooxml(archive, list(sheets))
    return Workbook(
        container, tuple(_page(name, *sheet, looks.get(name)) for name, sheet in sheets.items())
    )


def _read_package_sheets(
    data: bytes, archive: zipfile.ZipFile, limits: Limits
) -> tuple[dict[str, Read], zipfile.ZipFile]:
    """The sheets, and the archive they were read from: the package itself, or where its parts are
    not as the reader of values wants them (text in UTF-16, which it may show as a blank sheet; a
    sheet without a part), one that says the same."""
    try:
        sheets = _read_sheets(data, limits)
        if all(grid for grid, _, _ in sheets.values()) or not has_utf16_parts(archive):
            return sheets, archive
    except UnreadableWorkbook as exc:
        plain = in_plain_parts(archive) if exc.reason.startswith("damaged") else None
        if plain is None:
            raise
        return _read_sheets(plain, limits), open_zip(plain)
    plain = in_plain_parts(archive)
    return (sheets, archive) if plain is None else (_read_sheets(plain, limits), open_zip(plain))


def _read_xls(data: bytes, limits: Limits) -> Workbook:
    try:
        sheets = _read_sheets(data, limits)
    except UnreadableWorkbook as exc:
        if exc.reason.startswith("damaged") and has_password(data):
            raise UnreadableWorkbook("password") from exc
        raise
    looks = dict(zip(sheets, look_at_xls(data), strict=False))
    return Workbook(
        "xls", tuple(_page(name, *sheet, looks.get(name)) for name, sheet in sheets.items())
    )


Merged = tuple[tuple[int, int, int, int], ...]
Read = tuple[Grid, Merged, bool]
"""A sheet as the reader of values gives it: cells, merged ranges, whether it is hidden."""


def _read_sheets(data: bytes, limits: Limits) -> dict[str, Read]:
    name = ""
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        found = {}
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                name = sheet.name
                found[sheet.name] = (
                    *_cells(workbook.get_sheet_by_name(sheet.name), limits),
                    sheet.visible != SheetVisibleEnum.Visible,
                )
        return found
    except PasswordError as exc:
        raise UnreadableWorkbook("password") from exc
    except CalamineError as exc:
        raise UnreadableWorkbook(f"damaged-sheet:{name}" if name else "damaged") from exc
    except BaseException as exc:
        # the native reader's own assertion; it is nobody's subclass
        if type(exc).__name__ == "PanicException":
            raise UnreadableWorkbook("reader-crashed") from None
        raise


def _cells(sheet: CalamineSheet, limits: Limits) -> tuple[Grid, Merged]:
    if sheet.total_height * sheet.total_width > limits.max_cells:
        raise UnreadableWorkbook("too-many-cells")
    merged = tuple(
        (top, left, bottom, right)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    # skip_empty_area=False: leading blank rows and columns count, or every address would shift
    return sheet.to_python(skip_empty_area=False), merged


def _page(name: str, grid: Grid, merged: Merged, is_hidden: bool, look: Look | None) -> Page:
    if look is None:
        return Page(name, grid, merged=merged, is_hidden=is_hidden)
    height, width = len(grid), len(grid[0]) if grid else 0
    for (row, column), text in look.errors.items():
        if row < height and column < width:
            grid[row][column] = text
    shown = {}
    for (row, column), picture in look.pictures.items():
        if row < height and column < width and (as_text := as_shown(grid[row][column], picture)):
            shown[row, column] = str(int(grid[row][column]))
            grid[row][column] = as_text
    return Page(
        name,
        grid,
        frozenset(row for row in look.hidden_rows if row < height),
        frozenset(column for column in look.hidden_columns if column < width),
        merged or tuple(look.merged),
        {
            place: kind
            for place, kind in look.fonts.items()
            if place[0] < height and place[1] < width
        },
        frozenset(look.uncached),
        shown,
        frozenset(look.struck),
        is_hidden,
    )


def _hold_to_size(archive: zipfile.ZipFile, limits: Limits) -> None:
    if sum(part.file_size for part in archive.infolist()) > limits.max_unpacked_mib * _MIB:
        raise UnreadableWorkbook("too-large")
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise UnreadableWorkbook("password")
