"""What bytes are, told by themselves: a container that holds sheets, or the name under which they
are refused. A file's name is never looked at."""

from __future__ import annotations

import json
import posixpath
import re
import struct
import zipfile
from io import BytesIO, StringIO

from core.errors import UnreadableWorkbook

ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN_ZIP = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    struct.error,
    EOFError,
    OSError,
    IndexError,
)
"""What `zipfile` raises at a broken table of contents; over bytes in memory an OSError is one, too
(a seek before the beginning), and an IndexError (a cut extra field)."""

_BEGINNINGS = {
    b"%PDF": "pdf",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"GIF8": "image",
    b"II*\x00": "image",
    b"MM\x00*": "image",
    b"Rar!\x1a\x07": "rar",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"BZh": "gzip",
    b"\xfd7zXZ": "gzip",
    b"\x28\xb5\x2f\xfd": "gzip",
    b"SQLite format 3\x00": "sqlite",
    b"\x00\x01\x00\x00Standard": "access",
    b"{\\rtf": "rtf",
    b"PAR1": "parquet",
    b"MZ\x90\x00": "program",
    b"\x7fELF": "program",
}
_FILEPASS, _FILEPASS_WITHIN = 0x2F, 1 << 14
_ENCODING = re.compile(rb"""\s+encoding\s*=\s*["'][^"']*["']""")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?/>")
_SHEET_ID = re.compile(rb"""\w+:id\s*=\s*["']([^"']*)["']""")
_ID = re.compile(rb"""\bId\s*=\s*["']([^"']*)["']""")
_TARGET = re.compile(rb"""\bTarget\s*=\s*["']([^"']*)["']""")
_OLE_STREAMS = {"EncryptedPackage": "password", "WordDocument": "doc", "PowerPoint Document": "ppt"}


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The table of contents of a zip in memory. Raises UnreadableWorkbook when it is broken or
    missing."""
    try:
        return zipfile.ZipFile(BytesIO(data))
    except BROKEN_ZIP as exc:
        raise UnreadableWorkbook(
            "damaged" if b"PK\x05\x06" in data[-66_000:] else "truncated"
        ) from exc


def is_zip(head: bytes) -> bool:
    """Whether bytes begin like a zip, a workbook or not."""
    return head.startswith((ZIP, _EMPTY_ZIP))


def kind_of_zip(archive: zipfile.ZipFile) -> str:
    """`xlsx`, `xlsm`, `ods`; `zip` for one that is no package of an office program; else raises
    UnreadableWorkbook."""
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        if "xl/workbook.bin" in names:
            raise UnreadableWorkbook("not-a-workbook:xlsb")
        for folder, kind in (("word/", "docx"), ("ppt/", "pptx")):
            if any(name.startswith(folder) for name in names) and "xl/workbook.xml" not in names:
                raise UnreadableWorkbook(f"not-a-workbook:{kind}")
        return "xlsm" if "xl/vbaProject.bin" in names else "xlsx"
    if "xl/workbook.xml" in names:
        raise UnreadableWorkbook("damaged")
    if "Index/Document.iwa" in names:
        raise UnreadableWorkbook("not-a-workbook:numbers")
    if "content.xml" in names and ("mimetype" in names or "META-INF/manifest.xml" in names):
        said = (
            read_part(archive, "mimetype")
            if "mimetype" in names
            else read_part(archive, "META-INF/manifest.xml")
        )
        if b"opendocument.spreadsheet" not in said:
            raise UnreadableWorkbook("not-a-workbook:odt")
        if "META-INF/manifest.xml" in names and b"encryption-data" in read_part(
            archive, "META-INF/manifest.xml"
        ):
            raise UnreadableWorkbook("password")
        return "ods"
    return "zip"


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part of a package, as UTF-8. Raises UnreadableWorkbook when it cannot be unpacked."""
    import zlib

    try:
        data = archive.read(name)
    except (*BROKEN_ZIP, zlib.error, KeyError) as exc:
        raise UnreadableWorkbook("damaged") from exc
    except RuntimeError as exc:  # zipfile's word for an encrypted member
        raise UnreadableWorkbook("password") from exc
    try:
        return data.decode("utf-16").encode() if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data
    except UnicodeDecodeError as exc:
        raise UnreadableWorkbook("damaged") from exc


def refuse_by_name(data: bytes) -> None:
    """Raises UnreadableWorkbook for bytes of a kind that is known and holds no sheets."""
    if not data:
        raise UnreadableWorkbook("empty")
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            raise UnreadableWorkbook(f"not-a-workbook:{kind}")
    if (
        data[4:12] in (b"ftypheic", b"ftypmif1")
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or (data[:2] == b"BM" and b"\0" in data[:16])
    ):
        raise UnreadableWorkbook("not-a-workbook:image")


def is_ole(data: bytes) -> bool:
    """Whether these are the bytes of an old Office file, told apart by the streams it names; raises
    UnreadableWorkbook when they are not a workbook's."""
    if not data.startswith(_OLE):
        return False
    for stream, kind in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") in data:
            raise UnreadableWorkbook(kind if kind == "password" else f"not-a-workbook:{kind}")
    return True


def has_password(data: bytes) -> bool:
    """Whether an .xls asks for a password when it is opened: its stream then begins with a record
    FILEPASS."""
    from xlrd.compdoc import CompDoc, CompDocError  # type: ignore[import-untyped]

    try:
        book = CompDoc(data, logfile=StringIO())
        stream, at, size = next(
            found
            for name in ("Workbook", "Book")
            if (found := book.locate_named_stream(name))[0] is not None
        )
    except (CompDocError, StopIteration, struct.error, IndexError, AssertionError):
        return False
    end = min(at + size, len(stream), at + _FILEPASS_WITHIN)
    while at + 4 <= end:
        record, length = struct.unpack_from("<HH", stream, at)
        if record == _FILEPASS:
            return True
        at += 4 + length
    return False


def has_utf16_parts(archive: zipfile.ZipFile) -> bool:
    """Whether a part of the package is text in UTF-16."""
    return any(_is_utf16(archive, name) for name in archive.namelist() if name.endswith(".xml"))


def in_plain_parts(archive: zipfile.ZipFile) -> bytes | None:
    """The package with every XML part in UTF-8 and without the sheets of which no part is there (a
    spreadsheet program shows none either); None where it is like that already. Raises
    UnreadableWorkbook when a part cannot be unpacked."""
    parts = {
        info.filename: read_part(archive, info.filename)
        for info in archive.infolist()
        if not info.is_dir()
    }
    plain = {
        name: _ENCODING.sub(b"", content, count=1) if _is_utf16(archive, name) else content
        for name, content in parts.items()
        if name.endswith((".xml", ".rels"))
    }
    changed = {name for name in plain if _is_utf16(archive, name)}
    if "xl/workbook.xml" in plain and "xl/_rels/workbook.xml.rels" in plain:
        there = {
            match[1]
            for said in re.findall(
                rb"<(?:\w+:)?Relationship\s[^>]*>", plain["xl/_rels/workbook.xml.rels"]
            )
            if (match := _ID.search(said))
            and (target := _TARGET.search(said))
            and _part_named(target[1].decode(errors="replace")) in parts
        }
        book = _SHEET.sub(
            lambda m: m[0] if (said := _SHEET_ID.search(m[0])) and said[1] in there else b"",
            plain["xl/workbook.xml"],
        )
        if book != plain["xl/workbook.xml"]:
            plain["xl/workbook.xml"] = book
            changed.add("xl/workbook.xml")
    if not changed:
        return None
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for name, content in (parts | plain).items():
            copy.writestr(name, content)
    return out.getvalue()


def _is_utf16(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        return part.read(2) in (b"\xff\xfe", b"\xfe\xff")


def _part_named(target: str) -> str:
    return target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def kind_of_text(text: str) -> str:
    """`html` or `csv`; raises UnreadableWorkbook for text of another kind."""
    start = text[:4096].lstrip().lower()
    if not start:
        raise UnreadableWorkbook("empty")
    if start.startswith("<"):
        if (
            "<table" in start
            or "<html" in start
            or start.startswith(("<!doctype html", "<head", "<meta", "<style", "<body", "<div"))
        ):
            return "html"
        if start.startswith(("<?xml", "<workbook", "<ss:workbook")):
            raise UnreadableWorkbook(
                f"not-a-workbook:{'xml-2003' if 'schemas-microsoft-com:office:spreadsheet' in start else 'xml'}"
            )
    if "mime-version:" in start[:1000]:
        raise UnreadableWorkbook("not-a-workbook:mail")
    if start[0] in "{[":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "csv"
        raise UnreadableWorkbook("not-a-workbook:json")
    return "csv"
