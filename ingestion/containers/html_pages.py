"""A web page named .xls as a page: its tables one below the other, as Excel shows it. No network,
no entities but HTML's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from core.errors import UnreadableWorkbook
from ingestion.model import Page
from ingestion.vietnamese.fonts import encoding_of_font

_SPAN_AT_MOST = 1000  # what HTML itself allows
_COLUMNS_AT_MOST = 16_384  # what a sheet has
_FAMILY = re.compile(r"font-family\s*:\s*['\"]?([^;,'\"]+)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n]+")  # a no-break space is a letter
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def read_html(text: str, max_cells: float) -> Page:
    """The page of a document. A cell over several columns or rows shows its text in its first
    place, like a merged one.

    Raises UnreadableWorkbook when the document has no table, or one of more than `max_cells`.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.LxmlError as exc:
        raise UnreadableWorkbook("damaged") from exc
    if root is None or root.find(".//table") is None:
        raise UnreadableWorkbook("not-a-workbook:html")
    sheet = _Sheet(max_cells)
    for block in _blocks(root):
        if isinstance(block, str):
            sheet.line(block)
        else:
            sheet.table(block)
    return sheet.page()


class _Sheet:
    def __init__(self, max_cells: float) -> None:
        self.cells: dict[tuple[int, int], str] = {}
        self.fonts: dict[tuple[int, int], str] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden: set[int] = set()
        self.height = self.width = 0
        self.max_cells = max_cells

    def line(self, text: str) -> None:
        self.cells[self.height, 0] = text
        self.height, self.width = self.height + 1, max(self.width, 1)

    def table(self, table: Any) -> None:
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        taken: set[tuple[int, int]] = set()
        for index, row in enumerate(rows):
            if _HIDDEN.search(row.get("style", "")):
                self.hidden.add(self.height + index)
            column = 0
            for cell in row.iterchildren("td", "th"):
                while (index, column) in taken:
                    column += 1
                right = column + _span(cell.get("colspan")) - 1
                bottom = min(index + _span(cell.get("rowspan")), len(rows)) - 1
                if right >= _COLUMNS_AT_MOST or len(taken) > self.max_cells:
                    raise UnreadableWorkbook("too-many-cells")
                at = (self.height + index, column)
                self.cells[at] = _text(cell)
                if font := _font(cell):
                    self.fonts[at] = font
                if (bottom, right) != (index, column):
                    self.merged.append((*at, self.height + bottom, right))
                    taken.update(
                        (r, c) for r in range(index, bottom + 1) for c in range(column, right + 1)
                    )
                self.width = max(self.width, right + 1)
                column = right + 1
            if self.width * (self.height + index + 1) > self.max_cells:
                raise UnreadableWorkbook("too-many-cells")
        self.height += len(rows)

    def page(self) -> Page:
        grid = [[""] * self.width for _ in range(self.height)]
        for (row, column), text in self.cells.items():
            grid[row][column] = text
        return Page(
            "Sheet1",
            grid,
            hidden_rows=frozenset(self.hidden),
            merged=tuple(self.merged),
            fonts=self.fonts,
        )


def _blocks(root: Any) -> Iterator[Any]:
    """Outermost tables, and the lines of text between them, in order."""
    if root.tag in ("head", "script", "style", "title"):
        return
    if root.tag == "table":
        yield root
        return
    if root.find(".//table") is None:
        if text := _text(root):
            yield text
        return
    if text := _squeeze(root.text):
        yield text
    for child in root:
        yield from _blocks(child)
        if text := _squeeze(child.tail):
            yield text


def _text(cell: Any) -> str:
    """All text of an element: line ends of the source are spaces, those of <br> stay."""
    parts = []
    for element in cell.iter():
        if element.tag not in ("script", "style"):
            parts.append(
                ("\n" if element.tag == "br" else "") + _SPACES.sub(" ", element.text or "")
            )
        if element is not cell:
            parts.append(_SPACES.sub(" ", element.tail or ""))
    return "\n".join(filter(None, (line.strip(" ") for line in "".join(parts).split("\n"))))


def _squeeze(text: str | None) -> str:
    return _SPACES.sub(" ", text or "").strip(" ")


def _span(said: str | None) -> int:
    digits = re.match(r"\s*(\d{1,9})", said or "")
    return min(max(int(digits[1]), 1), _SPAN_AT_MOST) if digits else 1


def _font(cell: Any) -> str | None:
    for element in cell.iter():
        family = _FAMILY.search(element.get("style", ""))
        for name in (element.get("face", ""), family[1] if family else ""):
            if found := encoding_of_font(name):
                return found
    return None
