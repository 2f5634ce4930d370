"""The second look at an .ods: hidden rows and columns, merged cells, fonts of old encodings,
formulas without a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from core.errors import UnreadableWorkbook
from ingestion.containers.second_look import Look
from ingestion.vietnamese.fonts import encoding_of_font, names_old_font

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _STYLE, _OFFICE, _FO, _SVG = (
    f"{{{_NS}{n}}}"
    for n in ("table:1.0", "style:1.0", "office:1.0", "xsl-fo-compatible:1.0", "svg-compatible:1.0")
)
_TELLTALES = (b"visibility=", b"-spanned=", b"table:formula=")
_MOST = 1 << 20
_ERROR = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_ERROR_SHOWN = re.compile(r"#\w|Err:\d")


def look_at_ods(content: bytes) -> list[Look]:
    """One look per sheet, in order, of the part content.xml; none when nothing in it asks for a
    look. Raises UnreadableWorkbook for broken XML."""
    if not names_old_font(content) and not any(t in content for t in _TELLTALES):
        return []
    looks: list[Look] = []
    fonts: dict[str, str] = {}
    faces: dict[str, str] = {}
    row = 0
    try:
        for event, element in _events(content):
            if event == "start":
                if element.tag == f"{_TABLE}table":
                    looks.append(Look())
                    row = 0
            elif element.tag == f"{_STYLE}font-face":
                faces[element.get(f"{_STYLE}name", "")] = element.get(f"{_SVG}font-family", "")
            elif element.tag == f"{_STYLE}style":
                _note_font(element, faces, fonts)
            elif element.tag == f"{_TABLE}table-column" and looks:
                _note_column(element, looks[-1])
            elif element.tag == f"{_TABLE}table-row" and looks:
                row += _note_row(element, looks[-1], row, fonts)
                element.clear()
    except etree.XMLSyntaxError as exc:
        raise UnreadableWorkbook("damaged") from exc
    return looks


def _events(content: bytes) -> Iterator[tuple[str, Any]]:
    tags = [
        f"{_TABLE}table",
        f"{_TABLE}table-column",
        f"{_TABLE}table-row",
        f"{_STYLE}style",
        f"{_STYLE}font-face",
    ]
    return iter(
        etree.iterparse(
            BytesIO(content),
            events=("start", "end"),
            tag=tags,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
        )
    )


def _note_font(style: Any, faces: dict[str, str], fonts: dict[str, str]) -> None:
    for text in style.iterchildren(f"{_STYLE}text-properties"):
        for name in (text.get(f"{_STYLE}font-name"), text.get(f"{_FO}font-family")):
            if name and (kind := encoding_of_font(faces.get(name, name)) or encoding_of_font(name)):
                fonts[style.get(f"{_STYLE}name", "")] = kind


def _times(element: Any, what: str) -> int:
    said = element.get(f"{_TABLE}number-{what}", "1")
    return min(int(said), _MOST) if said.isdigit() and len(said) < 10 else 1


def _is_hidden(element: Any) -> bool:
    return element.get(f"{_TABLE}visibility") in ("collapse", "filter")


def _note_column(element: Any, look: Look) -> None:
    first = look.columns_seen
    look.columns_seen += min(_times(element, "columns-repeated"), 16_384)
    if _is_hidden(element):
        look.hidden_columns.update(range(first, min(look.columns_seen, 16_384)))


def _note_row(element: Any, look: Look, row: int, fonts: dict[str, str]) -> int:
    times = _times(element, "rows-repeated")
    if _is_hidden(element):
        look.hidden_rows.update(range(row, row + times))
    column = 0
    for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        wide = _times(cell, "columns-repeated")
        bottom, right = (
            row + _times(cell, "rows-spanned") - 1,
            column + _times(cell, "columns-spanned") - 1,
        )
        if (bottom, right) != (row, column):
            look.merged.append((row, column, bottom, right))
        if len(cell) and (kind := fonts.get(cell.get(f"{_TABLE}style-name", ""))):
            look.fonts.update({(row, c): kind for c in range(column, column + min(wide, 16_384))})
        if cell.get(_ERROR) == "error" or (
            cell.get(f"{_OFFICE}value-type") == "string"
            and cell.get(f"{_OFFICE}string-value") == ""
        ):
            shown = "".join(cell.itertext()).strip()
            if _ERROR_SHOWN.match(shown):
                look.errors[row, column] = shown
        if cell.get(f"{_TABLE}formula") and cell.get(f"{_OFFICE}value-type") is None:
            look.uncached.add((row, column))
        column += wide
    return times
