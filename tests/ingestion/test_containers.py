"""Every container reads to the same page; what is no workbook is refused by its name. Decided by
content alone."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import unicodedata
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font

from core.errors import UnreadableWorkbook
from core.settings import Limits
from ingestion.containers.refusals import REFUSALS, refusal
from ingestion.containers.workbook import read_workbook
from ingestion.forms.reading import parse_file
from ingestion.model import Page
from tests.support.made import PEOPLE, arrival_of, changed, cp1258, form, tcvn3, zipped

LINES = [
    ["STT", "Họ và tên", "Mã số BHXH", "Ghi chú"],
    ["1", "Nguyễn Thị Hạnh Ước", "0123456789", "Đối tượng Khác, Dân tộc Kinh"],
    ["2", "Đỗ Văn Lượng", "3300000002", "=1+1"],
    ["", "", "", 'dòng "hai"\nxuống dòng'],
]


def text_of(delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(LINES)
    return out.getvalue()


def only_page(path: Path) -> Page:
    (page,) = read_workbook(path).pages
    return page


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("said", "encode"),
    [
        ("utf-8", lambda text: text.encode()),
        ("utf-8", lambda text: text.encode("utf-8-sig")),
        ("utf-8", lambda text: unicodedata.normalize("NFD", text).encode()),
        ("utf-16", lambda text: text.encode("utf-16")),
        ("utf-16", lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
        ("utf-16", lambda text: text.encode("utf-16-le")),
        ("cp1258", cp1258),
    ],
)
def test_delimited_text_in_every_encoding(
    tmp_path: Path, delimiter: str, said: str, encode: object
) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(encode(text_of(delimiter)))
    book = read_workbook(path)
    assert (book.container, book.encoding) == ("tsv" if delimiter == "\t" else "csv", said)
    assert [[unicodedata.normalize("NFC", v) for v in row] for row in book.pages[0].grid] == LINES


def test_text_of_the_nineties_comes_as_its_font_would_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(tcvn3(text_of(";")))
    book = read_workbook(path)
    assert book.encoding == "tcvn3"
    assert book.pages[0].grid[2][1] == tcvn3("Đỗ Văn Lượng").decode("cp1252")
    path.write_bytes(
        "STT;Hoï vaø teân\r\n1;Ñoã Vaên Löôïng\r\n2;Nguyeãn Thò Höôøng".encode("cp1252")
    )
    assert read_workbook(path).encoding == "vni"


def test_commas_in_notes_do_not_make_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("sep=;\r\nA;B\r\n1;a, b, c, d\r\n2;a, b\r\n", encoding="utf-8")
    assert only_page(path).grid == [["A", "B"], ["1", "a, b, c, d"], ["2", "a, b"]]
    path.write_text("A;B;C\n1;a, b, c, d;x\n2;a, b;\n", encoding="utf-8")
    assert only_page(path).grid[1] == ["1", "a, b, c, d", "x"]


def test_a_web_page_named_xls(tmp_path: Path) -> None:
    path = tmp_path / "x.xls"
    path.write_text(
        """<html><head><meta charset="utf-8"><title>t</title><style>td {}</style></head><body><p>Tên Đại lý: A</p>
        <table><tr><th rowspan="2">STT</th><th colspan=2>Số tiền</th><th rowspan=2>Ghi<br>chú</th></tr><tr><td>5</td><td>6</td></tr>
        <tr style="display:none"><td>1</td><td>0123456789</td><td>1.540.000</td><td><font face=".VnTime">NguyÔn</font> &amp;&nbsp;b</td></tr></table>
        <table><tr><td>cuối</td></tr></table></body></html>""",
        encoding="utf-8",
    )
    book = read_workbook(path)
    page = book.pages[0]
    assert book.container == "html"
    assert page.grid == [
        ["Tên Đại lý: A", "", "", ""],
        ["STT", "Số tiền", "", "Ghi\nchú"],
        ["", "5", "6", ""],
        ["1", "0123456789", "1.540.000", "NguyÔn &\u00a0b"],
        ["cuối", "", "", ""],
    ]
    assert page.merged == ((1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3))
    assert (set(page.hidden_rows), page.fonts) == ({3}, {(3, 3): "tcvn3"})


@pytest.fixture
def looked_at(tmp_path: Path) -> Path:
    """A workbook with all that calamine does not show."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sổ & 'thẻ'"
    sheet["C3"], sheet["C4"], sheet["C5"] = "NguyÔn", "Nguyeãn", "DUY£N"
    sheet["C3"].font, sheet["C4"].font, sheet["C5"].font = (
        Font(name=".VnTime"),
        Font(name="VNI-Times"),
        Font(name=".VnTimeH"),
    )
    sheet["D3"], sheet["D4"], sheet["D5"] = "=1+1", 5, "#DIV/0!"
    sheet["D5"].data_type = "e"
    sheet["F9"] = "thường"
    sheet.merge_cells("A7:B8")
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("hai")["A1"] = "=2+2"
    path = tmp_path / "looked-at.xlsx"
    book.save(path)
    return path


def with_prefix(xml: bytes) -> bytes:
    """As some programs write it: every name of the sheet with a prefix, no addresses on cells and
    rows."""
    import re

    xml = re.sub(rb"<(/?)(?!\?)([A-Za-z])", rb"<\1x:\2", xml).replace(b"xmlns=", b"xmlns:x=", 1)
    return re.sub(rb'(<x:row\s(?:[^>]*?\s)?)r="\d+"', rb"\1", xml)


@pytest.mark.parametrize("prefixed", [False, True])
def test_the_second_look_at_xlsx(looked_at: Path, prefixed: bool) -> None:
    if prefixed:
        sheet = "xl/worksheets/sheet1.xml"
        looked_at.write_bytes(
            changed(looked_at.read_bytes(), {sheet: with_prefix} if prefixed else {})
        )
    first, second = read_workbook(looked_at).pages
    assert first.name == "Sổ & 'thẻ'"
    assert first.grid[2][2:4] == ["NguyÔn", ""]
    assert first.grid[4][3] == "#DIV/0!"
    assert first.grid[8][5] == "thường"
    assert first.fonts == {(2, 2): "tcvn3", (3, 2): "vni", (4, 2): "tcvn3-capitals"}
    assert first.uncached == {(2, 3)}
    assert first.hidden_columns == {1}
    assert first.merged == ((6, 0, 7, 1),)
    if not prefixed:  # a row without a number: only the count of rows before it is known
        assert first.hidden_rows == {3}
    assert second.uncached == {(0, 0)}


def test_cells_and_rows_without_addresses_are_counted() -> None:
    from ingestion.containers.second_look import _look_at_sheet

    xml = b"""<x:sheetData><x:row><x:c><x:v>1</x:v></x:c></x:row><x:row hidden='1'><x:c/><x:c><x:f>1+1</x:f><x:v/></x:c>
    <x:c t='e'><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c><x:c><x:f>2</x:f><x:v>2</x:v></x:c></x:row></x:sheetData>"""
    look = _look_at_sheet(xml, {}, {}, set())
    assert (look.hidden_rows, look.uncached, look.errors) == ({1}, {(1, 1)}, {(1, 2): "#DIV/0!"})


def test_leading_blank_rows_and_columns_count(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        book.add_worksheet().write(4, 3, "D5")
    assert only_page(tmp_path / "x.xlsx").grid[4][3] == "D5"


@pytest.mark.parametrize("name", ["form.csv", "form.xls", "form.pdf", "form"])
def test_a_name_decides_nothing(tmp_path: Path, name: str) -> None:
    path = form(tmp_path / "true.xlsx").rename(tmp_path / name)
    assert read_workbook(path).container == "xlsx"
    assert len([row for row in parse_file(path, arrival_of(path)).rows if row.is_data]) == len(
        PEOPLE
    )


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("empty", b""),
        ("empty", b"\xef\xbb\xbf \r\n\r\n"),
        ("not-a-workbook:pdf", b"%PDF-1.7\n"),
        ("not-a-workbook:image", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("not-a-workbook:image", b"\x89PNG\r\n\x1a\n"),
        ("not-a-workbook:rar", b"Rar!\x1a\x07\x01\x00"),
        ("not-a-workbook:7z", b"7z\xbc\xaf\x27\x1c\x00\x04"),
        ("not-a-workbook:sqlite", b"SQLite format 3\x00" + bytes(80)),
        ("not-a-workbook:program", b"\x7fELF\x02\x01\x01"),
        ("not-a-workbook:unknown", bytes(range(256)) * 8),
        ("not-a-workbook:unknown", bytes(4096)),
        ("not-a-workbook:rtf", b"{\\rtf1\\ansi}"),
        ("not-a-workbook:json", b'{"a": [1, 2]}'),
        ("not-a-workbook:html", b"<html><body>khong co bang</body></html>"),
        ("not-a-workbook:mail", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n"),
        (
            "not-a-workbook:xml-2003",
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        ),
        (
            "not-a-workbook:docx",
            zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
        ),
        (
            "not-a-workbook:xlsb",
            zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b""}),
        ),
        (
            "not-a-workbook:odt",
            zipped(
                {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}
            ),
        ),
        ("not-a-workbook:zip", zipped({"a.xlsx": b"x"})),
        ("not-a-workbook:doc", OLE + "WordDocument".encode("utf-16-le")),
        ("password", OLE + "EncryptedPackage".encode("utf-16-le")),
        ("damaged", OLE),
        (
            "password",
            zipped(
                {
                    "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                    "content.xml": b"\x00",
                    "META-INF/manifest.xml": b"<manifest:encryption-data/>",
                }
            ),
        ),
    ],
)
def test_what_is_no_workbook_is_refused_by_name(
    tmp_path: Path, reason: str, content: bytes
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableWorkbook) as caught:
        read_workbook(path)
    assert caught.value.reason == reason
    assert all(vars(refusal(reason)).values())


def test_a_workbook_really_locked_by_a_password_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    form(path)
    locked = tmp_path / "locked.xlsx"
    with path.open("rb") as plain, locked.open("wb") as out:
        msoffcrypto.OfficeFile(plain).encrypt("mat-khau", out)
    with pytest.raises(UnreadableWorkbook) as caught:
        read_workbook(locked)
    assert caught.value.reason == "password"


def test_every_reason_has_words() -> None:
    for reason in REFUSALS:
        words = refusal(reason)
        assert words.vi != words.en
        assert words.fix_vi.endswith(".")


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOPHU_MAX_CELLS", "12")
    assert (Limits.from_environment().max_cells, Limits.from_environment().max_members) == (12, 200)


def test_digits_that_a_program_wrote_as_a_formula_are_that_text(tmp_path: Path) -> None:
    """`="0399900000"` in a .csv keeps Excel from taking its zeros away."""
    path = tmp_path / "a.csv"
    path.write_text(
        'STT;Mã số;Ghi chú\n1;"=""0399900000""";=1+1\n2;="0399900001";"a ""b"""\n', encoding="utf-8"
    )
    assert read_workbook(path).pages[0].grid[1:] == [
        ["1", "0399900000", "=1+1"],
        ["2", "0399900001", 'a "b"'],
    ]


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice is not installed here; .ci/run installs it"
)
@pytest.mark.parametrize(
    ("ending", "container"),
    [("xls", "xls"), ("ods", "ods"), ("xlsx", "xlsx"), ("csv", "csv"), ("html", "html")],
)
def test_what_libreoffice_saves_again_reads_to_the_same_rows(
    tmp_path: Path, ending: str, container: str
) -> None:
    path = form(tmp_path / "form.xlsx")
    kind = {"csv": "csv:Text - txt - csv (StarCalc):44,34,76,1", "html": "html"}.get(ending, ending)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            tmp_path / "out",
            path,
        ],
        check=True,
        capture_output=True,
        timeout=80,
    )
    again = tmp_path / "out" / f"form.{ending}"
    book = read_workbook(again)
    assert book.container == container
    before, after = parse_file(path, arrival_of(path)), parse_file(again, arrival_of(again))
    assert len(before.rows) == len(PEOPLE) + 2
    assert [row.values for row in after.rows] == [row.values for row in before.rows]
    if ending not in ("csv", "html"):
        assert [row.number for row in after.rows] == [row.number for row in before.rows]
        assert set(book.pages[0].merged) == set(read_workbook(path).pages[0].merged)


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice is not installed here; .ci/run installs it"
)
@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_the_second_look_at_what_libreoffice_saves(
    tmp_path: Path, looked_at: Path, ending: str
) -> None:
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            ending,
            "--outdir",
            tmp_path / "out",
            looked_at,
        ],
        check=True,
        capture_output=True,
        timeout=80,
    )
    page = read_workbook(tmp_path / "out" / f"looked-at.{ending}").pages[0]
    assert page.fonts == {(2, 2): "tcvn3", (3, 2): "vni", (4, 2): "tcvn3-capitals"}
    assert (set(page.hidden_rows), set(page.hidden_columns), page.merged) == (
        {3},
        {1},
        ((6, 0, 7, 1),),
    )
    assert page.grid[2][3] == 2
    assert page.grid[4][3] == "#DIV/0!"
    assert page.grid[8][5] == "thường"
