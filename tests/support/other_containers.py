"""A printed sheet as other programs save it."""

from __future__ import annotations

import csv
import html
import io
import unicodedata

from tests.support import printed

TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def delimited(sheet: printed.Sheet, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(sheet.grid)
    return out.getvalue()


def in_1258(text: str) -> bytes:
    """Windows-1258 writes a tone as a letter of its own behind its vowel."""
    out = []
    for char in unicodedata.normalize("NFC", text):
        marks = unicodedata.normalize("NFD", char)
        tone = "".join(c for c in marks if c in TONES)
        out.append(unicodedata.normalize("NFC", "".join(c for c in marks if c not in TONES)) + tone)
    return "".join(out).encode("cp1258")


def web_page(sheet: printed.Sheet) -> str:
    """As software saves it under the name .xls: a table whose titles span cells."""
    spans = {
        (first, start): (last - first + 1, end - start + 1)
        for first, start, last, end, _ in sheet.merges
    }
    hidden = {
        (row, column)
        for first, start, last, end, _ in sheet.merges
        for row in range(first, last + 1)
        for column in range(start, end + 1)
        if (row, column) != (first, start)
    }
    lines = []
    for row, cells in enumerate(sheet.grid):
        shown = []
        for column, value in enumerate(cells):
            if (row, column) not in hidden:
                rows, columns = spans.get((row, column), (1, 1))
                shown.append(
                    f"<td rowspan={rows} colspan={columns}>{html.escape('' if value is None else str(value))}</td>"
                )
        lines.append(f"<tr>{''.join(shown)}</tr>")
    return f"<html><head><meta charset=utf-8></head><body><table>{''.join(lines)}</table></body></html>"
