"""How cells look where it changes what a reader of the sheet sees: numbers shown with leading zeros or a sign in between, rows struck out, cells
merged over several rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ingestion.model import Page
from ingestion.old_pages import Decoded
from ingestion.tables import Table

_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_MONTH = re.compile(r"0?0[/. \-]0000")
_OF_A_PERSON = ("text", "name", "identifier", "social_number", "citizen_number")


def picture(code: str) -> str | None:
    """The look that a number format gives, zeros and signs between them (`0000000000`, `00/0000`): of ten or twelve digits, or a month. None for
    any other format. A sign counts only where it is quoted, escaped or has no other meaning in a format."""
    code = code.split(";")[0]
    if any(sign in _LITERAL.sub("", code) for sign in "./,#?%EeyYmMdDhHsS@*_"):
        return None
    text = _LITERAL.sub(lambda found: found[1] or found[2] or "", code)
    is_number = text.replace(" ", "") in ("0" * 10, "0" * 12)
    return text if is_number or _MONTH.fullmatch(text) else None


def as_shown(value: Any, look: str) -> str | None:
    """The text that a number shows in this look; None where it shows no other than its digits. A number that ends in six zeros has lost digits
    before, which no look brings back."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or value < 0 or value != int(value):
        return None
    digits, room = str(int(value)), look.count("0")
    if len(digits) > room or digits.endswith("000000"):
        return None
    filled = iter(digits.zfill(room))
    text = "".join(next(filled) if sign == "0" else sign for sign in look)
    return text if text != digits else None


def with_merged_people(page: Page, table: Table, decoded: Decoded) -> tuple[Page, Decoded]:
    """The page with a person who is merged over several rows in each of them that has an amount or a month of its own, and what was filled in."""
    columns = {table.columns[c.field]: c.type for c in table.form.columns if c.field in table.columns}
    own = [index for index, type_ in columns.items() if type_ in ("money", "month", "count", "date")]
    people = [
        m for m in page.merged if table.code_row < m[0] < m[2] < len(page.grid) and m[1] == m[3] and columns.get(m[1]) in _OF_A_PERSON
    ]
    if not people:
        return page, decoded
    grid, decoded = list(page.grid), dict(decoded)
    filled: set[int] = set()
    for top, column, bottom, _ in people:
        value = page.grid[top][column]
        for row in range(top + 1, bottom + 1):
            cells = page.grid[row]
            if value in ("", None) or cells[column] not in ("", None) or not any(cells[index] not in ("", None) for index in own):
                continue
            if row not in filled:
                filled.add(row)
                grid[row] = list(cells)
            grid[row][column] = value
            decoded[row, column] = "merged", ""
    return replace(page, grid=grid), decoded
