"""Pages whose texts are in an old Vietnamese encoding, in Unicode: every later reader of a cell
sees Unicode and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from ingestion.model import Grid, Page
from ingestion.vietnamese.old_encodings import decode, may_be_old

Decoded = dict[tuple[int, int], tuple[str, str]]
"""0-based (row, column) -> kind of repair (`tcvn3`, `vni`) and the text as it stood."""


def in_unicode(page: Page, encoding: str | None) -> tuple[Page, Decoded]:
    """The page with its texts decoded, and which they were: by the encoding of the whole file, by a
    cell's font, or by its letters.

    `encoding`: what the container says of the whole file (`Workbook.encoding`).
    """
    of_file = encoding if encoding in ("tcvn3", "vni") else None
    fonts = {} if _are_stale(page) else page.fonts
    if not fonts and not any(decode(text, of_file)[1] for text in _suspects(page.grid)):
        return page, {}
    decoded: Decoded = {}
    grid: Grid = page.grid
    for row, cells in enumerate(page.grid):
        for column, value in enumerate(cells):
            if not isinstance(value, str) or (value.isascii() and (row, column) not in fonts):
                continue
            text, kind = decode(value, fonts.get((row, column), of_file))
            if kind is not None and text != value:
                if not decoded:
                    grid = [list(line) for line in page.grid]
                grid[row][column] = text
                decoded[row, column] = kind, value
    return replace(page, grid=grid), decoded


def _suspects(grid: Grid) -> set[str]:
    """The different texts of a grid that may be old: few, or none."""
    return {
        value
        for value in set(chain.from_iterable(grid))
        if isinstance(value, str) and may_be_old(value)
    }


def _are_stale(page: Page) -> bool:
    """Whether Unicode was typed into cells whose old font stayed: one letter that no old encoding
    has tells it of the whole sheet."""
    texts = (page.grid[row][column] for row, column in page.fonts)
    return any(
        isinstance(text, str) and any(char.isalpha() and char > "\xff" for char in text)
        for text in texts
    )
