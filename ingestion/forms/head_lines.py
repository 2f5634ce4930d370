"""The lines above a table: who sends the list, its number, and the month that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from core.clock import month_index
from ingestion.forms.contracts import Form
from ingestion.forms.normalise import text_key
from ingestion.model import Grid, SheetTable, cell_address

_DOTS = re.compile(r"…+|\.{2,}|_{2,}")
_JOINED_WITH_THE_NEXT = ("so", "ky ke khai", "dot nop", "thang", "ky", "ky bao cao")
# A month by itself, after the number of the list could not be read: `Tháng 6 năm 2019`, `T6/2019`,
# `Kỳ: 06/2019`, `DANH SÁCH … THÁNG 6/2019`.
_OTHER_DATES = r"\bngay\b|\bban hanh\b|\bquyet dinh\b|\bqd\b|\bnghi (?:dinh|quyet)\b|\bluat\b|\btu thang\b|\bden thang\b|^dia chi\b"
_MONTH_ALONE = (
    re.compile(
        rf"^(?!.*(?:{_OTHER_DATES}))(?:.{{0,90}}[\s(])?(?:ky(?: ke khai| bao cao| thu)?\s*:?\s*(?:thang\s*)?|thang(?: bao cao| nop| thu)?\s*:?\s*|t\s*\.?\s*)"
        r"(?P<month>\d{1,2})\s*(?:nam\s*|[/.\-]\s*)(?P<year>\d{4}|\d{2})$"
    ),
    re.compile(
        r"^(?:ky(?: ke khai| bao cao| thu)?|thang)\s*:?\s*(?P<year>\d{4})-(?P<month>\d{2})(?:-\d{2})?$"
    ),
)
_LOOKS_LIKE_A_MONTH = re.compile(
    rf"^(?!.*(?:{_OTHER_DATES}))(?=.*(?:\bthang\b|\bky\b|\bdot\b|\bt ?\d)).*\d|^so\s*:.*\bthang\b|^(?:thang|ky)\b"
)


def read_head(grid: Grid, top: int, form: Form, table: SheetTable) -> None:
    """Fill the head of a table from the rows above `top`. Where the month cannot be read,
    `head_cells["batch"]` is the line that looks like it."""
    lines = list(_lines(grid, top))
    for label, patterns in form.head.items():
        for pattern in patterns:
            found = next(
                ((match, cell) for text, cell in lines if (match := pattern.match(text))), None
            )
            if found:
                table.head_cells[label] = table.sheet, found[1]
                table.head.update(
                    {
                        k: v.upper() if k == "agent_code" else v.strip()
                        for k, v in found[0].groupdict().items()
                    }
                )
                break
    if "batch" in form.head and "batch" not in table.head_cells:
        _read_month_alone(lines, table)
    month, year = table.head.pop("month", None), table.head.pop("year", None)
    if month and year and 1 <= int(month) <= 12:
        table.head["head_month"] = month_index(
            int(year) + (2000 if len(year) == 2 else 0), int(month)
        )


def _read_month_alone(lines: list[tuple[str, str]], table: SheetTable) -> None:
    for pattern in _MONTH_ALONE:
        for text, cell in lines:
            if match := pattern.match(text):
                table.head_cells["batch"] = table.sheet, cell
                table.head.update(match.groupdict())
                return
    alike = next((cell for text, cell in lines if _LOOKS_LIKE_A_MONTH.match(text)), None)
    if alike:
        table.head_cells["batch"] = table.sheet, alike


def _lines(grid: Grid, top: int) -> Iterator[tuple[str, str]]:
    """(key of a text, its cell). A label may have its words in the next cells of its row."""
    for number, cells in enumerate(grid[:top], start=1):
        keys = [_key(value) for value in cells]
        for column, key in enumerate(keys):
            if key.endswith(":") or key in _JOINED_WITH_THE_NEXT:
                key = " ".join([key, *filter(None, keys[column + 1 : column + 6])])
            if text := key.strip(" .;,()"):
                yield text, cell_address(number, column)


def _key(value: object) -> str:
    if isinstance(value, datetime):
        value = value.date()
    key = text_key(value)
    return " ".join(_DOTS.sub(" ", key).split()) if key else ""
