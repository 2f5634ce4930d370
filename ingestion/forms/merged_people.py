"""A person merged over several rows of a table, in each of them."""

from __future__ import annotations

from dataclasses import replace

from ingestion.forms.tables import Table
from ingestion.model import Page
from ingestion.vietnamese.old_pages import Decoded

_OF_A_PERSON = ("text", "name", "identifier", "social_number", "citizen_number")


def with_merged_people(page: Page, table: Table, decoded: Decoded) -> tuple[Page, Decoded]:
    """The page with a person who is merged over several rows in each of them that has an amount or
    a month of its own, and what was filled in."""
    columns = {
        table.columns[c.field]: c.type for c in table.form.columns if c.field in table.columns
    }
    own = [
        index for index, type_ in columns.items() if type_ in ("money", "month", "count", "date")
    ]
    people = [
        m
        for m in page.merged
        if table.code_row < m[0] < m[2] < len(page.grid)
        and m[1] == m[3]
        and columns.get(m[1]) in _OF_A_PERSON
    ]
    if not people:
        return page, decoded
    grid, decoded = list(page.grid), dict(decoded)
    filled: set[int] = set()
    for top, column, bottom, _ in people:
        value = page.grid[top][column]
        for row in range(top + 1, bottom + 1):
            cells = page.grid[row]
            if (
                value in ("", None)
                or cells[column] not in ("", None)
                or not any(cells[index] not in ("", None) for index in own)
            ):
                continue
            if row not in filled:
                filled.add(row)
                grid[row] = list(cells)
            grid[row][column] = value
            decoded[row, column] = "merged", ""
    return replace(page, grid=grid), decoded
