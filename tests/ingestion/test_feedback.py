"""The workbook goes home: every finding on its cell, the agent's own look kept, and an earlier
copy's marks gone when it comes back."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.settings import Limits
from ingestion.feedback.front_sheets import HIDDEN, LIST, REPAIRS
from ingestion.feedback.marked_copy import COLOURS, Marked, NotMarked, ToMark, mark, mark_all
from ingestion.feedback.plain_copy import sheet_names
from ingestion.model import Page
from ingestion.ooxml import package
from tests.support.made import changed
from tests.support.marking import (
    FINDINGS,
    SHEET,
    agents_workbook,
    finding,
    look,
    opened,
    saved_by_libreoffice,
)
from tests.support.marking import REPAIRS as READ_AGAIN
from tests.support.old_excel import excel_95


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return agents_workbook(tmp_path / "mine.xlsx")


def marked_cells(content: bytes) -> dict[str, str]:
    """cell -> kind of its colour, on the agent's sheet."""
    kinds = {rgb: kind for kind, rgb in COLOURS.items()}
    return {at: kinds[fill] for at, (_, fill, *_) in look(opened(content)).items() if fill in kinds}


def test_every_finding_stands_on_its_cell_and_nothing_else_changes(source: Path) -> None:
    marked = mark(source, "xlsx", FINDINGS, READ_AGAIN)
    assert marked.lost == ()
    assert marked_cells(marked.content) == {
        "C3": "reject",
        "D5": "reject",
        "A7": "hold",
        "C9": "warn",
    }
    before, after = look(opened(source)), look(opened(marked.content))
    assert {at for at in after if after[at] != before.get(at)} == {"C3", "D5", "A7", "C9"}
    assert [after[at][0] for at in ("C3", "D5", "A7", "C9")] == [
        before[at][0] for at in ("C3", "D5", "A7", "C9")
    ]
    told = str(after["C3"][4])
    assert told.startswith(
        "Nhớ hỏi lại chị Ba\n\nBAO PHỦ – CẦN SỬA (số 1)\n• Ô C3: mã số BHXH phải có đúng 10 chữ số."
    )
    assert "→ Cách sửa: Nhập lại đủ 10 chữ số" in told
    assert "→ Ví dụ: 0123456789" in told
    assert "thiếu mã số BHXH" in told
    assert str(after["C9"][4]).startswith("BAO PHỦ – LƯU Ý (số 4)")


def test_the_list_in_front_is_sorted_and_leads_to_every_cell(source: Path) -> None:
    book = opened(mark(source, "xlsx", FINDINGS, READ_AGAIN).content)
    assert book.sheetnames == [LIST, REPAIRS, SHEET, "Khác", HIDDEN]
    assert book[HIDDEN].sheet_state == "veryHidden"
    assert book.active.title == LIST
    assert [s.title for s in book if s.sheet_view.tabSelected and s.title != LIST] == []
    rows = [row for row in book[LIST].iter_rows(min_row=6) if row[0].value not in (None, "Số")]
    assert [(r[0].value, r[2].value, r[3].value) for r in rows] == [
        ("–", "–", "Lưu ý"),
        (1, "C3", "Loại dòng này"),
        (1, "C3", "Loại dòng này"),
        (2, "D5", "Loại dòng này"),
        (3, "A7", "Dòng này phải chờ"),
        (4, "C9", "Lưu ý"),
    ]
    links = [r[2].hyperlink.location for r in rows[1:]]
    assert links == [f"'{SHEET}'!{cell}" for cell in ("C3", "C3", "D5", "A7", "C9")]
    repaired = [c.value for c in book[REPAIRS][5]]
    assert repaired[3:] == ["Ng\u00adêi", "=Người", "chữ viết bằng bộ gõ cũ TCVN3 (ABC)"]
    assert book[REPAIRS]["E5"].data_type == "s"


def test_what_the_agent_made_goes_home_part_by_part(source: Path) -> None:
    """Picture, text box, print area, formula with its value: byte for byte, or as it was."""
    content = mark(source, "xlsx", FINDINGS, []).content
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(io.BytesIO(content)) as new:
        kept = {
            name
            for name in old.namelist()
            if name.startswith(("xl/media", "xl/drawings/drawing", "xl/sharedStrings", "xl/theme"))
        }
        assert len(kept) >= 4
        assert all(old.read(name) == new.read(name) for name in kept)
        assert set(old.namelist()) <= set(new.namelist())
        page = new.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>SUM(D3:D12)</f><v>6500000</v>" in page
    book = opened(content)
    assert book[SHEET].print_area == f"'{SHEET}'!$A$1:$F$13"
    assert (
        book[SHEET].column_dimensions["B"].width
        == opened(source)[SHEET].column_dimensions["B"].width
    )


def test_text_that_begins_like_a_formula_stays_text(source: Path) -> None:
    page = opened(mark(source, "xlsx", FINDINGS, []).content)[SHEET]
    assert [
        (page[at].value, page[at].data_type, bool(page[at].quotePrefix)) for at in ("F4", "F5")
    ] == [
        ("=HYPERLINK(1)", "s", True),
        ("-5 người", "s", True),
    ]
    assert page["D13"].data_type == "f"
    plain = opened(
        mark(b"", "csv", [], [], [Page("bảng", [["=1+1", "@a", "+84", "-1", 5]])]).content
    )["bảng"]
    assert [c.data_type for c in plain[1]] == ["s", "s", "s", "s", "n"]


def test_marks_come_off_when_the_copy_comes_back(source: Path) -> None:
    once = mark(source, "xlsx", FINDINGS, READ_AGAIN).content
    clean = opened(mark(once, "xlsx", [], []).content)
    assert look(clean) == look(opened(source))
    assert clean.sheetnames == [LIST, SHEET, "Khác", HIDDEN]
    assert clean[SHEET].print_area == f"'{SHEET}'!$A$1:$F$13"
    again = mark(once, "xlsx", FINDINGS, READ_AGAIN).content
    assert look(opened(again)) == look(opened(once))
    assert mark(again, "xlsx", FINDINGS, READ_AGAIN).content == again
    assert mark(source, "xlsx", FINDINGS, READ_AGAIN).content == once


def moved_down(content: bytes, path: Path) -> Path:
    """What an agent does: a row is put in above, a cell is mended, a comment is thrown away,
    another cell is filled by dragging."""
    book = opened(content)
    page = book[SHEET]
    rows: list[list[Any]] = [
        [(c.value, c.comment, c._style) for c in row] for row in page.iter_rows(min_row=3)
    ]
    for row in page.iter_rows(min_row=3):
        for cell in row:
            cell.comment = None
    for at, kept in enumerate(rows, start=4):
        for column, (value, comment, style) in enumerate(kept, start=1):
            cell = page.cell(at, column, value)
            cell._style = style
            cell.comment = type(comment)(comment.text, comment.author) if comment else None
    page["C4"].value = "3300000099"
    page["D6"].comment = None
    page["E6"]._style = page["D6"]._style
    book.save(path)
    return path


def test_marks_are_found_wherever_the_cells_have_moved(source: Path, tmp_path: Path) -> None:
    back = moved_down(mark(source, "xlsx", FINDINGS, []).content, tmp_path / "back.xlsx")
    content = mark(back, "xlsx", [finding("BP-104", None, 8, None, "hold_row")], []).content
    assert marked_cells(content) == {"A8": "hold"}
    seen, original = look(opened(content)), look(opened(source))
    assert seen["C4"][4] == "Nhớ hỏi lại chị Ba"
    assert seen["B11"][1:4] == original["B10"][1:4]
    assert seen["C10"][4] is None
    assert not [
        at for at, (*_, comment) in seen.items() if at != "A8" and "BAO PHỦ" in str(comment)
    ]


def test_the_look_a_cell_had_comes_back_though_the_cell_moved(source: Path, tmp_path: Path) -> None:
    back = moved_down(
        mark(source, "xlsx", [finding("BP-103", "B8", 8, "full_name")], []).content,
        tmp_path / "back.xlsx",
    )
    assert look(opened(mark(back, "xlsx", [], []).content))["B9"][1] == "FFC6E0B4"


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is not installed: apt-get install -y libreoffice-calc-nogui",
)
def test_a_copy_saved_by_libreoffice_loses_its_marks_and_nothing_else(
    source: Path, tmp_path: Path
) -> None:
    (tmp_path / "copy.xlsx").write_bytes(
        mark(
            source, "xlsx", [*FINDINGS, finding("BP-103", "B8", 8, "full_name")], READ_AGAIN
        ).content
    )
    back = saved_by_libreoffice(tmp_path / "copy.xlsx", tmp_path / "saved")
    assert LIST in opened(back).sheetnames
    content = mark(back, "xlsx", [], []).content
    assert look(opened(content)) == look(opened(saved_by_libreoffice(source, tmp_path / "plain")))
    assert opened(content).sheetnames == [LIST, SHEET, "Khác", HIDDEN]
    page = opened(content)[SHEET]
    assert (page["D13"].value, round(page.column_dimensions["B"].width)) == ("=SUM(D3:D12)", 32)


def test_a_merged_cell_is_marked_where_it_shows(source: Path) -> None:
    content = mark(source, "xlsx", [finding("BP-103", "C1", 1, "full_name")], []).content
    assert list(marked_cells(content)) == ["A1"]


def test_an_agents_own_sheet_of_that_name_stays(source: Path, tmp_path: Path) -> None:
    book = opened(source)
    book.create_sheet(LIST)["A1"] = "của tôi"
    book.save(tmp_path / "own.xlsx")
    once = mark(tmp_path / "own.xlsx", "xlsx", FINDINGS, []).content
    assert opened(once).sheetnames == [f"{LIST} (2)", SHEET, "Khác", LIST, HIDDEN]
    twice = opened(mark(once, "xlsx", FINDINGS, []).content)
    assert twice.sheetnames == [f"{LIST} (2)", SHEET, "Khác", LIST, HIDDEN]
    assert twice[LIST]["A1"].value == "của tôi"


@pytest.mark.parametrize("container", ["xls", "csv", "html", "ods"])
def test_other_containers_come_home_as_xlsx_with_values_at_their_addresses(container: str) -> None:
    grid: list[list[Any]] = [["Tên", "", ""], ["", "Người Hư Cấu", 3300000001.0], ["", "", "xấu"]]
    pages = [Page("Biểu: 1/2", grid, merged=((0, 0, 0, 2),), hidden_rows=frozenset({1}))]
    marked = mark(b"", container, [], [], pages)
    page = opened(marked.content)["Biểu- 1-2"]
    assert [page[at].value for at in ("A1", "B2", "C2", "C3")] == [
        "Tên",
        "Người Hư Cấu",
        3300000001,
        "xấu",
    ]
    assert page.row_dimensions[2].hidden
    assert bool(marked.lost) == (container != "csv")


def test_what_cannot_be_opened_comes_home_as_the_list_alone(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    for container in ("xlsx", ""):
        marked = mark(
            tmp_path / "broken.xlsx",
            container,
            [finding("BP-001", None, severity="reject_file")],
            [],
        )
        book = opened(marked.content)
        assert book.sheetnames[0] == LIST
        assert any(
            "không gửi lại bản này" in str(c.value) for row in book[LIST].iter_rows() for c in row
        )
        assert marked.lost


def test_a_file_that_ends_like_a_zip_and_is_none_comes_home_by_its_values(tmp_path: Path) -> None:
    path = tmp_path / "ends like a zip.xls"
    path.write_bytes(
        excel_95([["Mã số", "3300000003"]]) + b"PK\x05\x06" + b"\x01" * 16 + b"\x00\x00"
    )
    assert zipfile.is_zipfile(path)
    [marked] = mark_all([ToMark(path, (finding("BP-006", "B1"),), ())])
    assert isinstance(marked, Marked)
    assert any(page["B1"].value == "3300000003" for page in opened(marked.content).worksheets)


def test_a_bomb_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = agents_workbook(tmp_path / "large.xlsx")
    with zipfile.ZipFile(source) as archive:
        monkeypatch.setattr(
            package, "LARGEST", sum(entry.file_size for entry in archive.infolist()) - 1
        )
    marked = mark(source, "xlsx", FINDINGS, [])
    assert SHEET not in opened(marked.content).sheetnames
    assert "quá lớn" in marked.lost[0]


def test_a_package_laid_out_otherwise_goes_home_by_its_values(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as new:
        for name in old.namelist():
            said = (
                old.read(name)
                .replace(b"<commentList>", b"<somethingElse>")
                .replace(b"</commentList>", b"</somethingElse>")
            )
            new.writestr(name, said)
    marked = mark(tmp_path / "odd.xlsx", "xlsx", FINDINGS, [])
    assert marked_cells(marked.content) == {
        "C3": "reject",
        "D5": "reject",
        "A7": "hold",
        "C9": "warn",
    }
    assert opened(marked.content)[SHEET]["C4"].value == "3300000003"
    assert "công thức" in marked.lost[0]


def test_macros_and_a_signature(source: Path, tmp_path: Path) -> None:
    rewritten = {
        "[Content_Types].xml": lambda xml: xml.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ).replace(
            b"</Types>",
            b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>',
        ),
        "xl/_rels/workbook.xml.rels": lambda xml: xml.replace(
            b"</Relationships>",
            b'<Relationship Id="rIdVba" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/></Relationships>',
        ),
    }
    (tmp_path / "signed.xlsm").write_bytes(changed(source.read_bytes(), rewritten))
    with zipfile.ZipFile(tmp_path / "signed.xlsm", "a") as new:
        new.writestr("xl/vbaProject.bin", b"macro")
        new.writestr("_xmlsignatures/sig1.xml", b"<a/>")
    marked = mark(tmp_path / "signed.xlsm", "xlsm", FINDINGS, [])
    with zipfile.ZipFile(io.BytesIO(marked.content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert not [name for name in archive.namelist() if "vba" in name.lower() or "sig1" in name]
    assert b"vbaProject" not in everything
    assert b"macroEnabled" not in everything
    assert marked_cells(marked.content) == {
        "C3": "reject",
        "D5": "reject",
        "A7": "hold",
        "C9": "warn",
    }
    assert ["chữ ký số" in marked.lost[0], "macro" in marked.lost[1]] == [True, True]


def test_macros_in_sheets_come_home_as_values(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("xl/macrosheets/sheet1.xml", b"<macro/>")
    marked = mark(source, "xlsx", FINDINGS, [])
    with zipfile.ZipFile(io.BytesIO(marked.content)) as archive:
        assert not [name for name in archive.namelist() if "macro" in name]
    assert opened(marked.content)[SHEET]["C4"].value == "3300000003"
    assert "công thức" in marked.lost[0]


def test_merges_that_no_program_makes_are_left_out() -> None:
    pages = [
        Page(
            "a",
            [["x", "y", "z"]],
            merged=((0, 0, 0, 1), (0, 1, 0, 2), (0, 2, 1_048_575, 16_383), (1, 0, 500, 900)),
        )
    ]
    page = opened(mark(b"", "xls", [], [], pages).content)["a"]
    assert [str(area) for area in page.merged_cells.ranges] == ["A1:B1"]


def test_sheets_of_one_name_stay_apart() -> None:
    names = [
        page.name for page in [Page("Danh sách người tham gia tháng 6 năm 2019", [["x"]])] * 30
    ]
    found = sheet_names([Page(name, []) for name in names])
    assert len({name.lower() for name in found}) == 30
    assert max(map(len, found)) <= 31


def long_comment(xml: bytes) -> bytes:
    return xml.replace("Nhớ hỏi lại".encode(), b"\n" * 3_000_000 + "Nhớ hỏi lại".encode(), 1)


COMMENTS = ("xl/comments1.xml", "xl/drawings/vmlDrawing1.vml")
EXPENSIVE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "line breaks in a comment": ("xl/comments1.xml", long_comment),
    "shapes that never end": (
        "xl/drawings/vmlDrawing1.vml",
        lambda xml: xml.replace(b"</xml>", b"<v:shape " * 300_000 + b"</xml>"),
    ),
    "spaces in the view of a sheet": (
        "xl/worksheets/sheet2.xml",
        lambda xml: xml.replace(b'tabSelected="1"', b" " * 1_000_000, 1),
    ),
    "texts that never begin": (
        "xl/sharedStrings.xml",
        lambda xml: xml.replace(
            b"<si>", b"<si><t><![CDATA[" + b"<t " * 400_000 + b"]]></t></si><si>", 1
        ),
    ),
    "empty styles": (
        "xl/styles.xml",
        lambda xml: xml.replace(b"</cellXfs>", b"<xf/>" * 5_000_000 + b"</cellXfs>"),
    ),
}


@pytest.fixture(scope="module")
def expensive(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Marked | NotMarked | Exception]:
    """How each of them comes home, marked in turn by one worker."""
    folder = tmp_path_factory.mktemp("expensive")
    good = agents_workbook(folder / "good.xlsx").read_bytes()
    # of an earlier copy of ours comments and boxes are looked through; of another file, sheets
    # without a finding are not taken apart
    earlier = mark(folder / "good.xlsx", "xlsx", FINDINGS, []).content
    plain = changed(
        good,
        {
            "xl/sharedStrings.xml": lambda xml: xml.replace(b"=HYPERLINK", b"HYPERLINK").replace(
                b"-5 ", b"5 "
            )
        },
    )
    files = []
    for name, (part, edit) in EXPENSIVE.items():
        path = folder / f"{name}.xlsx"
        whole = earlier if part in COMMENTS else good if part == "xl/sharedStrings.xml" else plain
        path.write_bytes(changed(whole, {part: edit}))
        files.append(ToMark(path, tuple(FINDINGS), ()))
    return dict(
        zip(EXPENSIVE, mark_all(files, Limits(seconds_per_file=10, workers=1)), strict=True)
    )


@pytest.mark.parametrize("name", EXPENSIVE)
def test_small_files_take_no_more_time_or_memory_than_they_should(
    expensive: dict[str, Marked | NotMarked | Exception], name: str
) -> None:
    marked = expensive[name]
    assert isinstance(marked, Marked)
    assert marked_cells(marked.content) == {
        "C3": "reject",
        "D5": "reject",
        "A7": "hold",
        "C9": "warn",
    }


def test_a_file_that_breaks_a_limit_has_no_copy_and_its_reason(
    source: Path, tmp_path: Path
) -> None:
    (tmp_path / "large.xlsx").write_bytes(
        changed(
            source.read_bytes(),
            {
                "xl/worksheets/sheet1.xml": lambda xml: xml.replace(
                    b"<sheetData>", b"<sheetData>" + b"<row/>" * 1_500_000
                )
            },
        )
    )
    files = [
        ToMark(tmp_path / "large.xlsx", tuple(FINDINGS), ()),
        ToMark(source, tuple(FINDINGS), ()),
    ]
    large, other = mark_all(files, Limits(worker_mib=400, workers=1))
    assert large == NotMarked("tệp cần quá nhiều bộ nhớ để mở")
    assert isinstance(other, Marked)


def test_of_a_file_that_waits_whole_no_row_is_said_to_be_refused(source: Path) -> None:
    """Its receipt counts none as refused."""
    rows = opened(
        mark(source, "xlsx", [*FINDINGS, finding("BP-011", None, severity="hold_file")], []).content
    )[LIST].iter_rows(min_row=6)
    assert {str(row[3].value) for row in rows if row[3].value} == {
        "Cả tệp phải chờ",
        "Cần sửa dòng này",
        "Lưu ý",
    }
