"""What bytes are, told by themselves: a container that holds sheets, or the name under which they are refused. A file's name is never looked at."""

from __future__ import annotations

import json
import struct
import zipfile
from io import BytesIO

from ingestion.errors import UnreadableWorkbook

ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN_ZIP = (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError, OSError, IndexError)
"""What `zipfile` raises at a broken table of contents; over bytes in memory an OSError is one, too (a seek before the beginning), and an IndexError (a cut extra field)."""

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
_OLE_STREAMS = {"EncryptedPackage": "password", "WordDocument": "doc", "PowerPoint Document": "ppt"}


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The table of contents of a zip in memory. Raises UnreadableWorkbook when it is broken or missing."""
    try:
        return zipfile.ZipFile(BytesIO(data))
    except BROKEN_ZIP as exc:
        raise UnreadableWorkbook("damaged" if b"PK\x05\x06" in data[-66_000:] else "truncated") from exc


def is_zip(head: bytes) -> bool:
    """Whether bytes begin like a zip, a workbook or not."""
    return head.startswith((ZIP, _EMPTY_ZIP))


def kind_of_zip(archive: zipfile.ZipFile) -> str:
    """`xlsx`, `xlsm`, `ods`; `zip` for one that is no package of an office program; else raises UnreadableWorkbook."""
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
        said = read_part(archive, "mimetype") if "mimetype" in names else read_part(archive, "META-INF/manifest.xml")
        if b"opendocument.spreadsheet" not in said:
            raise UnreadableWorkbook("not-a-workbook:odt")
        if "META-INF/manifest.xml" in names and b"encryption-data" in read_part(archive, "META-INF/manifest.xml"):
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
    """Whether these are the bytes of an old Office file, told apart by the streams it names; raises UnreadableWorkbook when they are not a workbook's."""
    if not data.startswith(_OLE):
        return False
    for stream, kind in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") in data:
            raise UnreadableWorkbook(kind if kind == "password" else f"not-a-workbook:{kind}")
    return True


def kind_of_text(text: str) -> str:
    """`html` or `csv`; raises UnreadableWorkbook for text of another kind."""
    start = text[:4096].lstrip().lower()
    if not start:
        raise UnreadableWorkbook("empty")
    if start.startswith("<"):
        if "<table" in start or "<html" in start or start.startswith(("<!doctype html", "<head", "<meta", "<style", "<body", "<div")):
            return "html"
        if start.startswith(("<?xml", "<workbook", "<ss:workbook")):
            raise UnreadableWorkbook(f"not-a-workbook:{'xml-2003' if 'schemas-microsoft-com:office:spreadsheet' in start else 'xml'}")
    if "mime-version:" in start[:1000]:
        raise UnreadableWorkbook("not-a-workbook:mail")
    if start[0] in "{[":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "csv"
        raise UnreadableWorkbook("not-a-workbook:json")
    return "csv"
