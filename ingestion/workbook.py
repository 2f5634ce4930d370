"""Bytes to cells: every sheet as a grid whose first cell is A1, so that addresses stay those of the sender's sheet."""

from __future__ import annotations

from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

from ingestion.errors import UnreadableWorkbook
from ingestion.model import Grid


def read_sheets(path: Path) -> dict[str, Grid]:
    """All sheets of a workbook, by name, in order; values as Excel keeps them.

    Raises UnreadableWorkbook when the bytes are no workbook that can be opened.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        # skip_empty_area=False: leading blank rows and columns count, or every address would shift.
        return {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names}
    except (CalamineError, PasswordError, XmlError, ZipError) as exc:
        raise UnreadableWorkbook(type(exc).__name__) from exc
