"""Workbooks and broken files, made by code."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingestion.arrival.landing import describe
from ingestion.model import Arrival
from tests.support.sheet_595 import write_sheet

PEOPLE = [
    (
        "Nguyễn Thị Hạnh Ước",
        "3300000001",
        700000,
        3,
        "06/2019",
        462000,
        415800,
        46200,
        "Đối tượng Khác, Dân tộc Kinh, P.Thức Tăng_mới",
    ),
    ("Đỗ Văn Lượng", "0123456789", 1400000, 6, "06/2019", 1848000, 1755600, 92400, "=1+1"),
    ("Phạm Quý Đệ", "3300000003", 700000, 1, "07/2019", 154000, 138600, 15400, None),
]
_TCVN3 = dict(
    zip(
        "ĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵƯ",
        bytes.fromhex(
            "a7a8a9aaabacadae b5b6b7b8b9 bbbcbdbec6 c7c8c9cacb cccecfd0d1 d2d3d4d5d6 d7d8dcddde dfe1e2e3e4 e5e6e7e8e9 eaebecedee eff1f2f3f4 f5f6f7f8f9 fafbfcfdfe a6"
        ),
        strict=True,
    )
)


def form(path: Path, people: Sequence[tuple[object, ...]] | None = None) -> Path:
    """A D05-TS of QĐ 595 with these people in I.1."""
    write_sheet(path, [("I.1", list(people or PEOPLE), True)])
    return path


def arrival_of(path: Path, agent: str | None = "DL001") -> Arrival:
    """The arrival of a file that lies anywhere."""
    return describe(
        path, received_at=datetime(2019, 6, 25, tzinfo=UTC), agent_code=agent, channel="test"
    )


def tcvn3(text: str) -> bytes:
    """Text as a program of the nineties keeps it."""
    return bytes(
        _TCVN3.get(letter) or letter.encode("ascii")[0]
        for letter in unicodedata.normalize("NFC", text)
    )


def cp1258(text: str) -> bytes:
    """Text in Windows-1258, where a tone is a letter of its own."""
    out = []
    for letter in unicodedata.normalize("NFC", text):
        try:
            out.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tones = "".join(p for p in parts if p in "\u0300\u0301\u0303\u0309\u0323")
            base = unicodedata.normalize("NFC", "".join(p for p in parts if p not in tones))
            out.append((base + tones).encode("cp1258"))
    return b"".join(out)


def changed(workbook: bytes, edits: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """The package with some of its parts rewritten."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            edit = edits.get(name)
            before = old.read(name)
            after = edit(before) if edit else before
            assert edit is None or after != before, f"nothing changed in {name}"
            new.writestr(name, after)
    return out.getvalue()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()
