"""Broken and hostile files, made by code: name -> bytes, and the reason for which each is
refused."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

import xlsxwriter

from tests.support.made import changed, zipped

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
CANARY = "/tmp/baophu-canary"
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def hostile(good: bytes) -> Iterator[tuple[str, bytes, set[str]]]:
    """(name, bytes, reasons of which it is refused for one; empty: it is no form, which is another
    rule's). `good`: a workbook that is a form."""
    yield "rong.xlsx", b"", {"empty"}
    yield "cut.xlsx", good[: len(good) // 2], {"truncated"}
    yield "cut-at-the-end.xlsx", good[:-30], {"truncated", "damaged"}
    yield (
        "garbled.xlsx",
        good[:200] + bytes(b ^ 0x5A for b in good[200:1200]) + good[1200:],
        {"damaged"},
    )
    yield "password.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), {"password"}
    yield "bomb.xlsx", bomb(good, 80 << 20), {"too-large"}
    yield (
        "bomb-that-lies.xlsx",
        lying(bomb(good, 80 << 20)),
        {"damaged", "too-slow", "too-much-memory", "reader-crashed", "too-large"},
    )
    yield "xxe.xlsx", changed(good, {STRINGS: xxe}), {"damaged"}
    yield "laughs.xlsx", changed(good, {STRINGS: laughs}), {"damaged"}
    yield (
        "far-corner.xlsx",
        cell_at(1_048_575, 16_383),
        {"too-many-cells", "reader-crashed", "too-much-memory"},
    )
    yield "last-row.xlsx", cell_at(1_048_575, 9), {"too-many-cells"}
    yield "deep.xls", b"<html><table><tr><td>" + b"<div>" * 300_000 + b"x", set()
    yield (
        "wide.xls",
        b"<table><tr>" + b'<td colspan="1000" rowspan="9999">x</td>' * 9000 + b"</tr></table>",
        {"too-many-cells"},
    )
    yield "wide.csv", (b"a," * 20_000 + b"\n") * 300, {"too-many-cells"}
    yield "report.pdf.xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {"not-a-workbook:pdf"}
    yield (
        "letter.xlsx",
        zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
        {"not-a-workbook:docx"},
    )
    yield (
        "noise.xls",
        bytes((i * 7919 + i // 13) % 256 for i in range(20_000)),
        {"not-a-workbook:unknown"},
    )
    yield "bomb.zip", zipped({"a.csv": bytes(80 << 20)}), {"archive-bomb"}
    yield "many.zip", zipped({f"{i}.csv": b"a" for i in range(500)}), {"too-many-members"}
    yield "locked.zip", locked(zipped({"a.xlsx": b"x" * 100})), {"password"}
    yield (
        "damaged.zip",
        zipped({"a.csv": b"a;b" * 100}, zipfile.ZIP_STORED).replace(b"a;ba;b", b"x;yx;y", 1),
        {"damaged"},
    )
    yield "nothing.zip", zipped({"__MACOSX/._a": b"x"}), {"empty-archive"}


def bomb(good: bytes, size: int) -> bytes:
    """Its sheet is followed by a sea of spaces."""
    return changed(
        good, {SHEET: lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * size, 1)}
    )


def lying(package: bytes) -> bytes:
    """Every size in the table of contents is told as 1000 bytes."""
    out = bytearray(package)
    at = 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        if struct.unpack_from("<L", out, at + 24)[0] > 1 << 20:
            struct.pack_into("<L", out, at + 24, 1000)
        at += 4
    return bytes(out)


def locked(archive: bytes) -> bytes:
    """The flag of an encrypted member is set."""
    out = bytearray(archive)
    out[6] |= 1
    out[out.find(b"PK\x01\x02") + 8] |= 1
    return bytes(out)


def xxe(xml: bytes) -> bytes:
    """A text that is to be fetched from the machine."""
    return _with_doctype(xml, f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{CANARY}">]>', b"&e;")


def laughs(xml: bytes) -> bytes:
    """A text that grows a thousand million times."""
    return _with_doctype(xml, LAUGHS, b"&j;")


def _with_doctype(xml: bytes, doctype: str, entity: bytes) -> bytes:
    head, _, rest = xml.partition(b"?>")
    return head + b"?>" + doctype.encode() + rest.replace(b"<t>", b"<t>" + entity, 1)


def cell_at(row: int, column: int) -> bytes:
    """A sheet with two cells, far from each other."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write(0, 0, "x")
        page.write(row, column, "x")
    return out.getvalue()


def blank_rows(good: bytes) -> bytes:
    """A good form whose sheet goes on, formatted and blank, to the last row."""
    rows = b"".join(
        b'<row r="%d"><c r="A%d" s="1"/></row>' % (r, r) for r in range(1000, 1_048_577)
    )
    return changed(
        good, {SHEET: lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>", 1)}
    )
