"""A worksheet part, cell by cell, and the comments that stand on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from lxml import etree
from xlsxwriter.utility import xl_rowcol_to_cell

from ingestion.ooxml.package import MAIN, RELATION, Package

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_SHAPE, _SHAPE_ENDS = re.compile(r"<v:shape\b"), "</v:shape>"
_BOX_ROW, _BOX_COLUMN = (
    re.compile(rf"<x:{name}>\s{{0,9}}(\d{{1,7}})\s{{0,9}}</x:{name}>") for name in ("Row", "Column")
)
_BEHIND_COMMENTS = (
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
)
_ROW_HEIGHT, _COLUMN_WIDTH = 20, 64  # pixels, where a sheet does not say
_BOX_WIDTH, _LETTERS_PER_LINE = 320, 44
_TALL = 64
"""Rows of a merged range beyond which it is looked at for every place."""
_ADDRESS = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
EMPTY_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
)
_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


def place_of(address: str) -> tuple[int, int]:
    """`C12` -> (12, 2): 1-based row, 0-based column. Raises ValueError for what is no address."""
    match = _ADDRESS.match(address.replace("$", "").upper())
    if match is None:
        raise ValueError("not an address of a cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column - 1


class Worksheet:
    """The cells of one sheet. Rows are 1-based, columns 0-based."""

    def __init__(self, package: Package, part: str) -> None:
        self.root = package.edit(part)
        self._data = self.root.find(f"{{{MAIN}}}sheetData")
        self._rows: dict[int, Any] = {}
        self._cells_of: dict[int, dict[int, Any]] = {}
        last = 0
        for row in self._data if self._data is not None else ():
            number = int(row.get("r") or last + 1)
            last = max(last, number)
            self._rows[number] = row
        self._merged: dict[int, list[tuple[int, int, int, int]]] = {}
        self._tall: list[tuple[int, int, int, int]] = []
        for merged in self.root.iterfind(f"{{{MAIN}}}mergeCells/{{{MAIN}}}mergeCell"):
            first, _, end = merged.get("ref").partition(":")
            if end:
                (top, left), (bottom, right) = place_of(first), place_of(end)
                for of in (
                    (self._merged.setdefault(n, []) for n in range(top, bottom + 1))
                    if bottom - top < _TALL
                    else (self._tall,)
                ):
                    of.append((top, left, bottom, right))

    def cells(self) -> Iterator[tuple[int, int, Any]]:
        """(row, column, element) of every cell that the part holds."""
        for number, row in self._rows.items():
            for column, cell in _cells(row):
                yield number, column, cell

    def shown_at(self, row: int, column: int) -> tuple[int, int]:
        """The place itself, or the first cell of the merged range it lies in."""
        for top, left, bottom, right in (*self._merged.get(row, ()), *self._tall):
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return row, column

    def first_with_value(self, row: int) -> int:
        """The column of the first cell of a row that shows something; 0 where none does."""
        filled = (column for column, cell in _cells(self._rows.get(row, ())) if len(cell))
        return next(filled, 0)

    def cell(self, row: int, column: int) -> Any:
        """The element of a cell, made where there is none: with the look that its row or its column
        gives to empty cells."""
        if self._data is None:
            self._data = etree.SubElement(self.root, f"{{{MAIN}}}sheetData")
        if row not in self._rows:
            later = min((n for n in self._rows if n > row), default=None)
            at = len(self._data) if later is None else self._data.index(self._rows[later])
            self._data.insert(at, made := etree.Element(f"{{{MAIN}}}row", r=str(row)))
            self._rows[row] = made
        if row not in self._cells_of:
            self._cells_of[row] = dict(_cells(self._rows[row]))
        cells = self._cells_of[row]
        if column not in cells:
            new = etree.Element(f"{{{MAIN}}}c", r=xl_rowcol_to_cell(row - 1, column))
            if (look := self._look_of_empty(row, column)) is not None:
                new.set("s", look)
            if (behind := min((at for at in cells if at > column), default=None)) is None:
                self._rows[row].append(new)
            else:
                cells[behind].addprevious(new)
            cells[column] = new
        return cells[column]

    def _look_of_empty(self, row: int, column: int) -> str | None:
        if self._rows[row].get("customFormat") in ("1", "true"):
            return str(self._rows[row].get("s", "0"))
        return next(
            (str(c.get("style")) for c in self._columns() if _spans(c, column) and c.get("style")),
            None,
        )

    def _columns(self) -> Iterator[Any]:
        yield from self.root.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col")

    def box(self, row: int, column: int, lines: int) -> str:
        """Where a comment's box lies, as VML writes it, beside its cell and large enough for so
        many lines."""

        def width(at: int) -> int:
            said = next((c for c in self._columns() if _spans(c, at)), None)
            if said is None or said.get("width") is None:
                return _COLUMN_WIDTH
            return (
                0
                if said.get("hidden") in ("1", "true")
                else round(float(said.get("width")) * 7 + 5)
            )

        def height(at: int) -> int:
            said = self._rows.get(at)
            if said is None or said.get("ht") is None:
                return _ROW_HEIGHT
            return (
                0 if said.get("hidden") in ("1", "true") else round(float(said.get("ht")) * 4 / 3)
            )

        right, across = _walk(column + 1, _BOX_WIDTH + 12, width)
        top = max(row - 1, 1)
        bottom, down = _walk(top, lines * 18 + 16, height)
        return f"{column + 1}, 12, {top - 1}, 4, {right}, {across}, {bottom - 1}, {down}"


class Comments:
    """The comments of one sheet: the agent's and ours, their texts in one part and their boxes in
    another."""

    def __init__(self, package: Package, sheet_part: str, sheet: Worksheet) -> None:
        self._package, self._sheet_part, self._sheet = package, sheet_part, sheet
        self._part = next((target for _, target in package.related(sheet_part, "comments")), None)
        legacy = sheet.root.find(f"{{{MAIN}}}legacyDrawing")
        boxes = dict(package.related(sheet_part, "vmlDrawing"))
        self._box_part = boxes.get(legacy.get(f"{{{RELATION}}}id")) if legacy is not None else None
        self._boxes = (
            package.parts[self._box_part].decode("utf-8", "replace")
            if self._box_part in package.parts
            else EMPTY_VML
        )
        self._list: Any = None
        if self._part is not None:
            self._list = package.edit(self._part).find(f"{{{MAIN}}}commentList")
        self._at: dict[str, Any] = (
            {c.get("ref"): c for c in self._list} if self._list is not None else {}
        )
        self._new_boxes: list[str] = []
        self._last_box = max([1024, *map(int, re.findall(r'_x0000_s(\d{1,9})"', self._boxes))])

    def cut(self, ours: re.Pattern[str]) -> dict[tuple[int, int], int]:
        """Take our words out of every comment, and the comment away where nothing else is in it:
        place -> the number our words began with."""
        found: dict[tuple[int, int], int] = {}
        gone: set[tuple[int, int]] = set()
        for comment in list(self._list if self._list is not None else ()):
            texts = list(comment.iter(f"{{{MAIN}}}t"))
            whole = "".join(t.text or "" for t in texts)
            match = ours.search(whole)
            if match is None:
                continue
            place = place_of(comment.get("ref"))
            found[place] = int(match[1])
            # with the lines that we left free before it
            begin = len(whole[: match.start()].rstrip("\n"))
            if not (whole[:begin] + whole[match.end() :]).strip():
                comment.getparent().remove(comment)
                del self._at[comment.get("ref")]
                gone.add(place)
                continue
            start = 0
            for text in texts:
                said = text.text or ""
                first, last = max(begin - start, 0), min(max(match.end() - start, 0), len(said))
                start += len(said)
                text.text = said[:first] + said[last:] if first < last else said
                if not text.text and text.getparent().tag == f"{{{MAIN}}}r":
                    text.getparent().getparent().remove(text.getparent())
        if gone:
            self._boxes = "".join(
                part for part in _shapes_and_between(self._boxes) if _place_of_box(part) not in gone
            )
        return found

    def say(self, row: int, column: int, heading: str, words: str) -> None:
        """Put our words on a cell, below what the agent's own comment there says."""
        if self._list is None:
            self._begin()
        address = xl_rowcol_to_cell(row - 1, column)
        comment = self._at.get(address)
        if comment is None:
            self._at[address] = comment = etree.SubElement(
                self._list, f"{{{MAIN}}}comment", ref=address, authorId=str(self._author())
            )
            etree.SubElement(comment, f"{{{MAIN}}}text")
            self._add_box(row, column, heading + "\n" + words)
        elif self._is_thread(comment):
            # Excel shows the thread and writes this text anew: nothing of ours would be seen
            return
        text: Any = comment.find(f"{{{MAIN}}}text")
        for plain in text.findall(f"{{{MAIN}}}t"):  # a comment without runs: what follows has them
            text.remove(plain)
            text.append(run := etree.Element(f"{{{MAIN}}}r"))
            run.append(plain)
        before = "\n\n" if len(text) else ""
        for part, is_bold in ((before + heading + "\n", True), (words, False)):
            run = etree.SubElement(text, f"{{{MAIN}}}r")
            look = etree.SubElement(run, f"{{{MAIN}}}rPr")
            if is_bold:
                etree.SubElement(look, f"{{{MAIN}}}b")
            etree.SubElement(look, f"{{{MAIN}}}sz", val="10")
            etree.SubElement(look, f"{{{MAIN}}}rFont", val="Tahoma")
            said = etree.SubElement(run, f"{{{MAIN}}}t")
            said.text = part
            said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")

    def close(self) -> None:
        """Put the boxes back into their part."""
        if self._box_part is not None:
            head, _, _ = self._boxes.rpartition("</xml>")
            kind = _SHAPE_TYPE if self._new_boxes and 'id="_x0000_t202"' not in self._boxes else ""
            self._package.parts[self._box_part] = (
                f"{head}{kind}{''.join(self._new_boxes)}</xml>".encode()
            )

    def _is_thread(self, comment: Any) -> bool:
        author = (
            comment.getparent().getparent().find(f"{{{MAIN}}}authors")[int(comment.get("authorId"))]
        )
        return (author.text or "").startswith("tc=")

    def _begin(self) -> None:
        package = self._package
        if self._part is None:
            number = next(
                n
                for n in range(1, len(package.parts) + 2)
                if f"xl/commentsBp{n}.xml" not in package.parts
            )
            self._part = f"xl/commentsBp{number}.xml"
            package.add(
                self._part,
                f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode(),
                _COMMENTS_TYPE,
            )
            package.relate(self._sheet_part, "comments", self._part)
        self._list = package.edit(self._part).find(f"{{{MAIN}}}commentList")

    def _author(self) -> int:
        authors = self._list.getparent().find(f"{{{MAIN}}}authors")
        for at, author in enumerate(authors):
            if author.text == "Bao Phủ":
                return at
        etree.SubElement(authors, f"{{{MAIN}}}author").text = "Bao Phủ"
        return len(authors) - 1

    def _add_box(self, row: int, column: int, text: str) -> None:
        package = self._package
        if self._box_part is None:
            number = next(
                n
                for n in range(1, len(package.parts) + 2)
                if f"xl/drawings/vmlDrawingBp{n}.vml" not in package.parts
            )
            self._box_part = f"xl/drawings/vmlDrawingBp{number}.vml"
            package.give_type("vml", _VML_TYPE)
            package.parts[self._box_part] = b""
            legacy = etree.Element(f"{{{MAIN}}}legacyDrawing")
            legacy.set(
                f"{{{RELATION}}}id", package.relate(self._sheet_part, "vmlDrawing", self._box_part)
            )
            behind = [e for e in self._sheet.root if etree.QName(e).localname in _BEHIND_COMMENTS]
            self._sheet.root.insert(
                self._sheet.root.index(behind[0]) if behind else len(self._sheet.root), legacy
            )
        lines = sum(1 + len(line) // _LETTERS_PER_LINE for line in text.split("\n"))
        self._last_box += 1
        self._new_boxes.append(
            f'<v:shape id="_x0000_s{self._last_box}" type="#_x0000_t202" style="position:absolute;width:{_BOX_WIDTH * 3 // 4}pt;'
            f'height:{(lines * 18 + 16) * 3 // 4}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
            '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{escape(self._sheet.box(row, column, lines))}</x:Anchor>'
            f"<x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        )


def _cells(row: Any) -> Iterator[tuple[int, Any]]:
    column = -1
    for cell in row:
        if cell.tag != f"{{{MAIN}}}c":
            continue
        address = cell.get("r")
        column = place_of(address)[1] if address else column + 1
        yield column, cell


def _spans(column: Any, at: int) -> bool:
    return int(column.get("min")) <= at + 1 <= int(column.get("max"))


def _walk(start: int, pixels: int, size: Any) -> tuple[int, int]:
    """(cell, pixels into it) where a line of so many pixels ends that begins at the edge of cell
    `start`."""
    at = start
    while pixels > size(at) and at < start + 500:
        pixels -= size(at)
        at += 1
    return at, min(pixels, max(size(at) - 1, 0))


def _shapes_and_between(boxes: str) -> Iterator[str]:
    """The text in pieces: every shape is one of them. One pass, also over shapes that never end."""
    at = 0
    while (begins := _SHAPE.search(boxes, at)) and (
        ends := boxes.find(_SHAPE_ENDS, begins.end())
    ) >= 0:
        yield boxes[at : begins.start()]
        at = ends + len(_SHAPE_ENDS)
        yield boxes[begins.start() : at]
    yield boxes[at:]


def _place_of_box(shape: str) -> tuple[int, int] | None:
    if not _SHAPE.match(shape):
        return None
    row, column = _BOX_ROW.search(shape), _BOX_COLUMN.search(shape)
    return (int(row[1]) + 1, int(column[1])) if row and column else None
