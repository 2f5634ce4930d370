"""Text as a page: which encoding, which delimiter. Every value stays text."""

from __future__ import annotations

import csv
import re
from collections import Counter
from io import StringIO

from core.errors import UnreadableWorkbook
from ingestion.model import Grid

_DELIMITERS = "\t;,"
_LINES_LOOKED_AT = 300
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# What stands above 0x7F tells the three old encodings apart. Signs below 0xC0 are letters in TCVN3
# alone (about half of all marked letters); VNI writes its marks as letters of their own that
# Vietnamese in cp1258 has no use for.
_TCVN3_ALONE = frozenset(range(0xA7, 0xAF)) | frozenset(range(0xB5, 0xBF))
_VNI_ALONE = frozenset(b"\xf8\xfb\xef\xf1\xf6\xd8\xdb\xcf\xd1\xd6")
_TELLING_SHARE = 0.12


def decode(data: bytes) -> tuple[str, str]:
    """Text, and the encoding it was found in: `utf-8`, `utf-16`, `cp1258`, `tcvn3` or `vni`.

    Text of the last two comes as their fonts are written in a workbook: one letter of Windows-1252
    per byte, for who knows these encodings to read. Raises UnreadableWorkbook when the bytes are no
    text.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding), encoding[:6].rstrip("-")
    if b"\0" in data[:4096]:
        head = data[:4096]
        low, high = head[1::2].count(0), head[::2].count(0)
        if max(low, high) * 4 < len(head) // 2 or min(low, high) * 8 > len(head):
            raise UnreadableWorkbook("not-a-workbook:unknown")
        return _strict(data, "utf-16-le" if low > high else "utf-16-be"), "utf-16"
    if len(_CONTROLS.findall(data[:65_536])) * 200 > len(data[:65_536]):
        raise UnreadableWorkbook("not-a-workbook:unknown")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    found = Counter(data)
    high = sum(count for byte, count in found.items() if byte >= 0xA1)
    if sum(found[b] for b in _TCVN3_ALONE) > high * _TELLING_SHARE:
        return _as_font_shows(data), "tcvn3"
    if sum(found[b] for b in _VNI_ALONE) > high * _TELLING_SHARE:
        return _as_font_shows(data), "vni"
    return data.decode("cp1258", errors="replace"), "cp1258"


def read_delimited(text: str, max_cells: float) -> tuple[Grid, str]:
    """(the page, its delimiter). Short lines are filled up, so that every row is as wide as the
    widest. Raises UnreadableWorkbook when there are more than `max_cells`, or a stray quotation
    mark makes one cell of several lines."""
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?', first.strip("\r"))
    if told:  # Excel's own note, which it does not show
        text = rest
    delimiter = told[1] if told else _sniff(text)
    csv.field_size_limit(1 << 20)
    try:
        rows: Grid = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
        line = _open_quote(text, delimiter) if '"' in text else None
    except csv.Error as exc:
        raise UnreadableWorkbook("damaged") from exc
    if line is not None:
        raise UnreadableWorkbook(f"open-quote:{line + bool(told)}")
    if '="' in text:  # how programs tell Excel that digits are text
        rows = [
            [
                v[2:-1].replace('""', '"')
                if v.startswith('="') and v.endswith('"') and len(v) > 2
                else v
                for v in row
            ]
            for row in rows
        ]
    width = max(map(len, rows), default=0)
    if width * len(rows) > max_cells:
        raise UnreadableWorkbook("too-many-cells")
    for row in rows:
        row.extend([""] * (width - len(row)))
    return rows, delimiter


def _open_quote(text: str, delimiter: str) -> int | None:
    """The line in which a quotation mark opens that is closed nowhere, or only lines later: a cell
    may go on in the next line, but a line within it that has as many delimiters as half a row is a
    row that was swallowed."""
    lines = list(StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter)
    widths: Counter[int] = Counter()
    suspects: list[tuple[int, int, list[str]]] = []
    done, row = 0, []
    for row in reader:
        first, done = done + 1, reader.line_num
        if any(delimiter in cell or "\n" in cell for cell in row):
            suspects.append((first, done, row))
        if first == done:
            widths[len(row)] += 1
    usual = max(widths, key=lambda width: (widths[width], width), default=2)
    most = max(2, (usual - 1) // 2)
    for first, last, cells in suspects:
        line = first
        for cell in cells:
            inner = cell.split("\n")
            if any(part.count(delimiter) >= most for part in inner[1:]):
                return line
            if (
                inner[0].count(delimiter) >= most
                and len(cells) != usual
                and _breaks_off(lines[first - 1 : last], delimiter)
            ):
                return line  # only cells of its own line, up to the next mark
            line += len(inner) - 1
    last_one = next((first for first, last, _ in suspects if last == done), done)
    if lines and _breaks_off(lines[last_one - 1 :], delimiter) == "unexpected end of data":
        return last_one + sum(cell.count("\n") for cell in row[:-1])
    return None


def _breaks_off(lines: list[str], delimiter: str) -> str:
    """What a reader says of these lines that minds where quotation marks stand; empty where it
    minds nothing."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as exc:
        return str(exc)
    return ""


def _sniff(text: str) -> str:
    """The delimiter that makes the most lines equally wide; notes are full of commas, but never of
    as many in each line."""
    sample = "\n".join(text.splitlines()[:_LINES_LOOKED_AT])
    scores = {}
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(
                len(row)
                for row in csv.reader(StringIO(sample), delimiter=delimiter)
                if len(row) > 1
            )
        except csv.Error:
            continue
        width, lines = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        scores[delimiter] = (lines, width)
    return max(scores, key=lambda d: scores[d], default=",")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        raise UnreadableWorkbook("damaged") from exc


def _as_font_shows(data: bytes) -> str:
    """Windows-1252, and Latin-1 where that has no letter: what a program shows that does not know
    the encoding."""
    return data.decode("latin-1").translate(_CP1252_OVER_LATIN1)


_CP1252_OVER_LATIN1 = {
    b: bytes([b]).decode("cp1252", errors="ignore") or chr(b) for b in range(0x80, 0xA0)
}
