"""Workbooks that Excel opens are read; what cannot be read is called damaged by its name, and never
accepted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.errors import UnreadableWorkbook
from ingestion.containers.refusals import refusal
from ingestion.containers.workbook import read_workbook
from ingestion.forms.parse import parse_form
from ingestion.forms.reading import parse_file
from tests.support import printed
from tests.support.made import arrival_of, changed, zipped
from tests.support.old_excel import excel_95
from tests.support.other_containers import delimited

PEOPLE = printed.people(4, seed=8)
FORM = printed.written(printed.D05_595, PEOPLE[:3])
BOOK = printed.xlsx({"Mẫu": FORM, "Hai": printed.written(printed.D05_595, PEOPLE[3:])})


def names(content: bytes, path: Path) -> list[object]:
    """The people that are read of these bytes."""
    path.write_bytes(content)
    return [
        row.values["full_name"]
        for row in parse_form("0" * 64, read_workbook(path)).rows
        if row.is_data
    ]


def reason(content: bytes, path: Path) -> str:
    """Why these bytes are refused."""
    path.write_bytes(content)
    with pytest.raises(UnreadableWorkbook) as caught:
        read_workbook(path)
    assert all(vars(refusal(caught.value.reason)).values())
    return caught.value.reason


def utf16(part: bytes) -> bytes:
    """An XML part in UTF-16, as some programs write it and Excel reads it."""
    return part.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


def without(content: bytes, *parts: str) -> bytes:
    """The package without some of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
    return out.getvalue()


def no_relation(part: bytes) -> bytes:
    """The relations of a workbook, without the one of its second sheet."""
    return re.sub(rb"<Relationship [^>]*sheet2\.xml\"/>", b"", part)


ALL = [person.full_name for person in PEOPLE]
READ: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "a sheet in UTF-16": (lambda: changed(BOOK, {"xl/worksheets/sheet2.xml": utf16}), ALL),
    "texts in UTF-16": (lambda: changed(BOOK, {"xl/sharedStrings.xml": utf16}), ALL),
    "every part in UTF-16": (
        lambda: changed(BOOK, dict.fromkeys(zipfile.ZipFile(io.BytesIO(BOOK)).namelist(), utf16)),
        ALL,
    ),
    "a sheet without a part": (lambda: without(BOOK, "xl/worksheets/sheet2.xml"), ALL[:3]),
    "a sheet without a relation": (
        lambda: changed(
            without(BOOK, "xl/worksheets/sheet2.xml"), {"xl/_rels/workbook.xml.rels": no_relation}
        ),
        ALL[:3],
    ),
    "Excel 95": (lambda: excel_95(FORM.grid), ALL[:3]),
}


@pytest.mark.parametrize(("content", "expected"), READ.values(), ids=READ.keys())
def test_what_excel_opens_is_read(
    content: Callable[[], bytes], expected: list[str], tmp_path: Path
) -> None:
    assert names(content(), tmp_path / "x.xlsx") == expected


def half(part: bytes) -> bytes:
    """A part that ends too early."""
    return part[: len(part) // 2]


def broken(content: bytes, name: str) -> bytes:
    """The package with one byte of a part other than its sum of bytes says."""
    at = zipfile.ZipFile(io.BytesIO(content)).getinfo(name).header_offset + 30 + len(name) + 20
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "the second sheet cut": (
        lambda: changed(BOOK, {"xl/worksheets/sheet2.xml": half}),
        "damaged-sheet:Hai",
    ),
    "the second sheet empty": (
        lambda: changed(BOOK, {"xl/worksheets/sheet2.xml": lambda _: b""}),
        "damaged-sheet:Hai",
    ),
    "the texts gone": (lambda: without(BOOK, "xl/sharedStrings.xml"), "damaged-sheet:Mẫu"),
    "the texts cut": (lambda: changed(BOOK, {"xl/sharedStrings.xml": half}), "damaged"),
    "a byte of the second sheet": (lambda: broken(BOOK, "xl/worksheets/sheet2.xml"), "damaged"),
}


@pytest.mark.parametrize(("content", "expected"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_part_that_cannot_be_read_is_damage_by_name(
    content: Callable[[], bytes], expected: str, tmp_path: Path
) -> None:
    assert reason(content(), tmp_path / "x.xlsx") == expected


ARCHIVES: Mapping[str, Mapping[str, bytes]] = {
    "no member": {},
    "a folder": {"thang 6/": b""},
    "what systems leave": {"__MACOSX/._a.xlsx": b"x"},
    "members without a byte": {"a.xlsx": b"", "b.xlsx": b""},
}


@pytest.mark.parametrize("members", ARCHIVES.values(), ids=ARCHIVES.keys())
def test_an_archive_with_nothing_in_it_is_named(
    members: Mapping[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped(members))
    assert parse_file(path, arrival_of(path)).container_problem == "empty-archive"


def test_an_xls_with_an_opening_password_says_so(tmp_path: Path) -> None:
    content = bytearray(excel_95(FORM.grid))
    second = content.index(b"\x42\x00\x02\x00")  # the record behind the first of the stream
    content[second] = 0x2F  # FILEPASS
    content[content.index(b"D05-TS") - 9] ^= 0xFF  # and what follows is not to be read
    assert reason(bytes(content), tmp_path / "x.xls") == "password"


def lines(mark: str = ";") -> list[str]:
    """The lines of a text file of three people; the first is in the twelfth line or so."""
    return delimited(FORM, mark).splitlines()


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("closes", [True, False])
def test_a_quotation_mark_that_swallows_lines_is_named_with_its_line(
    mark: str, closes: bool, tmp_path: Path
) -> None:
    whole = lines(mark)
    at = next(i for i, line in enumerate(whole) if PEOPLE[0].full_name in line)
    assert names("\n".join(whole).encode(), tmp_path / "x.csv") == ALL[:3]
    whole[at] = whole[at].replace(PEOPLE[0].full_name, '"' + PEOPLE[0].full_name)
    if closes:
        whole[at + 2] = whole[at + 2].replace(PEOPLE[2].full_name, PEOPLE[2].full_name + '"')
    assert reason("\n".join(whole).encode(), tmp_path / "x.csv") == f"open-quote:{at + 1}"
    assert (
        reason("\n".join(["sep=" + mark, *whole]).encode(), tmp_path / "x.csv")
        == f"open-quote:{at + 2}"
    )


def test_a_quotation_mark_in_the_last_line_alone_is_named(tmp_path: Path) -> None:
    whole = lines()
    assert (
        reason("\n".join([*whole, '"Người lập biểu']).encode(), tmp_path / "x.csv")
        == f"open-quote:{len(whole) + 1}"
    )


def test_quotation_marks_that_close_swallow_nothing(tmp_path: Path) -> None:
    whole = (
        "\n".join(lines())
        .replace("Đối tượng Khác", 'Đối tượng Khác ""A"",\nkhu 3, thôn 2')
        .replace("Họ và tên", '"Họ và\ntên"')
    )
    notes = re.sub(r"(?m);(Đối tượng[^;]*?\n[^;\n]*)$", r';"\1"', whole)
    assert names(notes.encode(), tmp_path / "x.csv") == ALL[:3]


def test_a_formula_whose_kept_result_is_an_empty_text_is_empty(tmp_path: Path) -> None:
    def formula(kept: bytes) -> Callable[[bytes], bytes]:
        return lambda part: re.sub(
            rb'<c r="I(\d+)"([^>]*)><v>\d+</v></c>', rb'<c r="I\1"\2' + kept, part, count=1
        )

    path = tmp_path / "x.xlsx"
    for kept, expected in (
        (b' t="str"><f>IF(1,"","")</f><v></v></c>', 0),
        (b' t="str"><f>IF(1,"","")</f><v/></c>', 0),
        (b'><f>IF(H1="","","")</f><v></v></c>', 0),
        (b'><f>IF(H1="",5,"")</f><v></v></c>', 1),
        (b"><f>H1+1</f><v></v></c>", 1),
        (b' t="str"><f>H1+1</f></c>', 1),
    ):
        path.write_bytes(changed(BOOK, {"xl/worksheets/sheet1.xml": formula(kept)}))
        assert len(read_workbook(path).pages[0].uncached) == expected
