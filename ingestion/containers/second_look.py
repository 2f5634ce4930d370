"""What python-calamine does not show of a sheet: hidden rows and columns, fonts of old encodings,
formulas without a value, error values.

Over .xlsx it is a search through the bytes of the sheet, and only for what a first search says is
there: reading the XML as XML would cost more than reading the workbook.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ingestion.containers.cell_looks import picture
from ingestion.containers.kinds import read_part
from ingestion.vietnamese.fonts import encoding_of_font, names_old_font

Place = tuple[int, int]


@dataclass
class Look:
    """Of one sheet; places are 0-based (row, column)."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    fonts: dict[Place, str] = field(default_factory=dict)
    uncached: set[Place] = field(default_factory=set)
    errors: dict[Place, str] = field(default_factory=dict)
    """What stands in cells like #DIV/0!, which the reader shows as blank."""
    pictures: dict[Place, str] = field(default_factory=dict)
    """Cells whose number format shows ids or months as people write them (`cell_looks.picture`)."""
    struck: set[Place] = field(default_factory=set)
    columns_seen: int = 0
    """While an .ods is looked at: columns told so far."""


_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*)>")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*)>")
_CELL_OPENS = re.compile(rb"<(?:\w+:)?c[\s>/]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ENDS_OF_A_NAME = (b">", b" ", b"/", b"\n", b"\r", b"\t")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]")
_EMPTY_VALUE = re.compile(rb"<(?:\w+:)?v\s*(?:/>|>)")
_KEEPS_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")
"""With an empty value: a formula whose result is kept, and is an empty text."""
_GIVES_NOTHING = re.compile(
    rb"""<(?:\w+:)?f\b[^>]{0,200}>\s*IF\([^<]{0,200}?,\s*(?:""|&quot;&quot;)\s*,\s*(?:""|&quot;&quot;)\s*\)\s*<""",
    re.IGNORECASE,
)
"""A formula both of whose answers are an empty text: nothing is missing, whether its file keeps a
result or not."""
_CELL_ENDS = re.compile(rb"</(?:\w+:)?c>")
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*\bt\s*=\s*[\"']e[\"'][^>/]*)>(.*?)</(?:\w+:)?c>", re.DOTALL
)
_ERROR_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_STYLED_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*\bs\s*=\s*[\"']\d+[\"'][^>]*)>")
_FONT = re.compile(rb"<(?:\w+:)?font(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?font>)", re.DOTALL)
_FONT_NAME = re.compile(rb"<(?:\w+:)?name\s([^>]*)>")
_STRIKE = re.compile(rb"<(?:\w+:)?strike(?:\s*/?>|\s+val\s*=\s*[\"'](?:1|true)[\"'])")
_ZEROS = re.compile(rb"formatCode\s*=\s*[\"'][^\"']*0000")
_NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs[\s>](.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:\w+:)?xf\s([^>]*)>")
_REF = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")


def look_at_ooxml(archive: zipfile.ZipFile, sheets: list[str]) -> dict[str, Look]:
    """Sheet name -> what is seen of it. Raises UnreadableWorkbook when a part is broken."""
    parts = archive.NameToInfo
    own = [name for name in parts if name.startswith("xl/worksheets/") and name.endswith(".xml")]
    paths = {sheets[0]: own[0]} if len(own) == len(sheets) == 1 else _paths_of_sheets(archive)
    styles = read_part(archive, "xl/styles.xml") if "xl/styles.xml" in parts else b""
    fonts = _fonts_of_formats(styles) if names_old_font(styles) else {}
    pictures = _pictures_of_formats(styles) if _ZEROS.search(styles) else {}
    struck = _struck_formats(styles) if b"strike" in styles else set()
    return {
        name: _look_at_sheet(read_part(archive, paths[name]), fonts, pictures, struck)
        for name in sheets
        if paths.get(name) in parts
    }


def look_at_xls(data: bytes) -> list[Look]:
    """One look per sheet, in order; none when this reader, other than the one of the values, does
    not get through the file."""
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=StringIO())
    except Exception:  # noqa: BLE001 - no fault of anybody: the values have been read, and what this look adds stays unknown
        return []
    kinds = [encoding_of_font(font.name) for font in book.font_list]
    is_old = [kinds[xf.font_index] if xf.font_index < len(kinds) else None for xf in book.xf_list]
    looks = []
    for sheet in book.sheets():
        look = Look()
        look.hidden_rows = {row for row, info in sheet.rowinfo_map.items() if info.hidden}
        look.hidden_columns = {column for column, info in sheet.colinfo_map.items() if info.hidden}
        look.pictures, look.struck = _looks_of_xls(book, sheet)
        look.merged = [
            (top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells
        ]
        for row in range(sheet.nrows):
            for column, (kind, style) in enumerate(
                zip(sheet.row_types(row), sheet._cell_xf_indexes[row], strict=True)
            ):
                if kind == xlrd.XL_CELL_ERROR:
                    look.errors[row, column] = xlrd.error_text_from_code.get(
                        sheet.cell_value(row, column), "#ERR!"
                    )
                elif kind == xlrd.XL_CELL_TEXT and (
                    font := is_old[style] if style < len(is_old) else None
                ):
                    look.fonts[row, column] = font
        looks.append(look)
    return looks


def _looks_of_xls(book: Any, sheet: Any) -> tuple[dict[Place, str], set[Place]]:
    """(looks of number formats, struck-out cells) of a sheet of an .xls."""
    looks = [
        picture(book.format_map[xf.format_key].format_str)
        if xf.format_key in book.format_map
        else None
        for xf in book.xf_list
    ]
    struck = [
        xf.font_index < len(book.font_list) and bool(book.font_list[xf.font_index].struck_out)
        for xf in book.xf_list
    ]
    if not any(looks) and not any(struck):
        return {}, set()
    places = [
        (row, column, sheet.cell_xf_index(row, column))
        for row in range(sheet.nrows)
        for column in range(sheet.row_len(row))
    ]
    known = [(row, column, xf) for row, column, xf in places if xf < len(looks)]
    return {(r, c): shown for r, c, xf in known if (shown := looks[xf])}, {
        (r, c) for r, c, xf in known if struck[xf]
    }


def _look_at_sheet(
    xml: bytes, fonts: dict[bytes, str], pictures: dict[bytes, str], struck: set[bytes]
) -> Look:
    look = Look()
    if b"hidden" in xml:
        look.hidden_rows = {_row(xml, m) for m in _HIDDEN_ROW.finditer(xml)}
        for match in _HIDDEN_COLUMN.finditer(xml):
            said = _attributes(match[1])
            first, last = int(said.get(b"min", b"1")), int(said.get(b"max", b"1"))
            look.hidden_columns.update(range(max(first, 1) - 1, min(last, 16_384)))
    for formula in _formulas(xml):
        end = _CELL_ENDS.search(xml, formula)
        if (
            end
            and not _VALUE.search(xml, formula, end.start())
            and not _GIVES_NOTHING.match(xml, formula)
        ):
            start = xml.rfind(b"<", 0, formula)
            while start >= 0 and not _CELL_OPENS.match(xml, start):
                start = xml.rfind(b"<", 0, start)
            if not (
                _KEEPS_TEXT.search(xml, start, formula)
                and _EMPTY_VALUE.search(xml, formula, end.start())
            ):
                look.uncached.add(_place(xml, start))
    if b't="e"' in xml or b"t='e'" in xml:
        for match in _ERROR_CELL.finditer(xml):
            value = _ERROR_VALUE.search(match[2])
            look.errors[_place(xml, match.start())] = (
                html.unescape(value[1].decode(errors="replace")) if value else "#ERR!"
            )
    telling = fonts.keys() | pictures.keys() | struck
    for match in _STYLED_CELL.finditer(xml) if telling else ():
        style = _attributes(match[1])[b"s"]
        if style not in telling:
            continue
        place = _place(xml, match.start())
        if kind := fonts.get(style):
            look.fonts[place] = kind
        if look_of_number := pictures.get(style):
            look.pictures[place] = look_of_number
        if style in struck:
            look.struck.add(place)
    return look


def _formulas(xml: bytes) -> Iterator[int]:
    """Where formulas begin. A plain search finds them in a tenth of the time of a pattern; the
    pattern is for who writes tags with a prefix."""
    start = xml.find(b"<f")
    if start < 0 and b":f" in xml:
        yield from (match.start() for match in _FORMULA.finditer(xml))
    while start >= 0:
        if xml[start + 2 : start + 3] in _ENDS_OF_A_NAME:
            yield start
        start = xml.find(b"<f", start + 2)


def _paths_of_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    if (
        "xl/workbook.xml" not in archive.NameToInfo
        or "xl/_rels/workbook.xml.rels" not in archive.NameToInfo
    ):
        return {}
    targets = {}
    for match in _RELATION.finditer(read_part(archive, "xl/_rels/workbook.xml.rels")):
        said = _attributes(match[1])
        target = _unescaped(said.get(b"Target", b""))
        targets[said.get(b"Id")] = (
            target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        )
    paths = {}
    for match in _SHEET.finditer(read_part(archive, "xl/workbook.xml")):
        said = _attributes(match[1])
        relation = next((value for name, value in said.items() if name.endswith(b":id")), None)
        if path := targets.get(relation):
            paths[_unescaped(said.get(b"name", b""))] = path
    return paths


def _fonts_of_formats(styles: bytes) -> dict[bytes, str]:
    """Number of a cell format, as cells write it -> the old encoding that its font stands for."""
    kinds = []
    fonts = styles[: styles.find(b"cellXfs")]
    for match in _FONT.finditer(fonts):
        name = _FONT_NAME.search(match[1] or b"")
        kinds.append(
            encoding_of_font(_unescaped(_attributes(name[1]).get(b"val", b""))) if name else None
        )
    formats = _FORMATS.search(styles)
    found = {}
    for number, match in enumerate(_FORMAT.finditer(formats[1]) if formats else ()):
        font = int(_attributes(match[1]).get(b"fontId", b"0"))
        if font < len(kinds) and (kind := kinds[font]):
            found[str(number).encode()] = kind
    return found


def _pictures_of_formats(styles: bytes) -> dict[bytes, str]:
    """Number of a cell format -> the look of its number format, where that shows ids or months."""
    codes = {}
    for match in _NUMBER_FORMAT.finditer(styles):
        said = _attributes(match[1])
        if found := picture(_unescaped(said.get(b"formatCode", b""))):
            codes[said.get(b"numFmtId")] = found
    formats = _FORMATS.search(styles)
    looks = (
        codes.get(_attributes(match[1]).get(b"numFmtId"))
        for match in (_FORMAT.finditer(formats[1]) if formats else ())
    )
    return {str(number).encode(): found for number, found in enumerate(looks) if found}


def _struck_formats(styles: bytes) -> set[bytes]:
    """Numbers of the cell formats whose font is struck through."""
    struck = [
        bool(_STRIKE.search(match[1] or b""))
        for match in _FONT.finditer(styles[: styles.find(b"cellXfs")])
    ]
    formats = _FORMATS.search(styles)
    fonts = [
        int(_attributes(match[1]).get(b"fontId", b"0"))
        for match in (_FORMAT.finditer(formats[1]) if formats else ())
    ]
    return {
        str(number).encode()
        for number, font in enumerate(fonts)
        if font < len(struck) and struck[font]
    }


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {m[1]: m[2] if m[2] is not None else m[3] for m in _ATTRIBUTE.finditer(text)}


def _unescaped(value: bytes) -> str:
    return html.unescape(value.decode("utf-8", errors="replace"))


def _row(xml: bytes, match: re.Match[bytes]) -> int:
    """0-based. A row may leave out its number: then it is the one after the row before."""
    number = _attributes(match[1]).get(b"r")
    return (
        int(number) - 1 if number and number.isdigit() else len(_ROW.findall(xml, 0, match.start()))
    )


def _place(xml: bytes, start: int) -> Place:
    """Place of the cell whose tag begins there, by its address, or counted where it says none."""
    said: dict[bytes, Any] = _attributes(xml[start : xml.find(b">", start)])
    address = _REF.fullmatch(said.get(b"r", b"").decode(errors="replace"))
    if address:
        column = 0
        for letter in address[1].upper():
            column = column * 26 + ord(letter) - 64
        return int(address[2]) - 1, column - 1
    row = None
    for row in _ROW.finditer(xml, 0, start):  # noqa: B007 - the last one is meant
        pass
    if row is None:
        return 0, 0
    opening = re.compile(rb"<(?:\w+:)?row\s?([^>]*)>").match(xml, row.start())
    number = _row(xml, opening) if opening else 0
    return number, len(_CELL_OPENS.findall(xml, row.end(), start))
