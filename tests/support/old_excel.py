"""An .xls of Excel 5.0/95 (BIFF5), written record by record: no program at hand writes one any
more."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.support.made import cp1258


def excel_95(grid: Sequence[Sequence[object]]) -> bytes:
    """A workbook of one sheet, its texts in Windows-1258."""
    sheet = _record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    sheet += _record(0x200, struct.pack("<HHHHH", 0, len(grid), 0, max(map(len, grid)), 0))
    for row, cells in enumerate(grid):
        for column, value in enumerate(cells):
            if isinstance(value, (int, float)):
                sheet += _record(0x203, struct.pack("<HHHd", row, column, 0, value))
            elif value:
                text = cp1258(str(value))
                sheet += _record(0x204, struct.pack("<HHHH", row, column, 0, len(text)) + text)
    head = _record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + _record(
        0x42, struct.pack("<H", 1258)
    )
    name = b"\x06D05-TS"
    start = len(head) + 4 + 6 + len(name) + 4
    return _in_ole(
        "Book",
        head
        + _record(0x85, struct.pack("<IH", start, 0) + name)
        + _record(0x0A)
        + sheet
        + _record(0x0A),
    )


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _in_ole(name: str, stream: bytes) -> bytes:
    """One stream in the container of old Office files: a header, the chain of sectors, the
    directory, the stream."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    sectors = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (128 - len(chain))
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _entry(name, 2, 2, len(stream))
    directory += (b"\0" * 68 + struct.pack("<iii", -1, -1, -1) + b"\0" * 48) * 2
    sizes = struct.pack(
        "<HHHHH6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + sizes
        + struct.pack("<I", 0)
        + b"\xff" * 432
    )
    return header + struct.pack("<128I", *chain) + directory + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = -1) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return raw.ljust(64, b"\0") + struct.pack(
        "<HBBiii36xIII", len(raw), kind, 1, -1, -1, child, start, size, 0
    )
