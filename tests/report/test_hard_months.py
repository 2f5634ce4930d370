"""Months of which little is known, names that would be obeyed, several districts: the report says
the truth, and says it as text."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest

from core.errors import OfficeFault
from tests.report.conftest import OF_THE_DAY, Rows, Written, as_written, line_of_commune
from tests.support.report_texts import flat, text_of_pdf, text_of_word

COMMUNE, OTHER = "12142", "12145"
OBEYED = (
    "=1+1", "<b>đậm</b>&amp;", '#import "x": *', "{{ 7*7 }}", "{%tr endfor %}", "*sao* _gạch_ $x^2$ @nhãn <ref>", "]#panic(1)[", "+cmd|' /C calc'!A0",
    '"nháy" \'đơn\'', "\\backslash\\u{41}",
)  # fmt: skip
UNKNOWN = (
    "participants", "participants_prev_month", "participants_prev_year_end", "participants_same_day_last_year", "net_change", "target_participants",
    "target_rate", "target_basis", "target_period", "year_target", "year_target_rate", "year_target_basis", "pace_per_month", "needed_per_month",
    "needed_to_pace", "forecast_year_end", "forecast_low", "forecast_high", "coverage_rate", "contributions_vnd", "state_support_vnd",
    "new_participants", "returned_participants", "lapsed_participants", "left_participants", "moved_in_participants", "moved_out_participants",
    "due_next_month", "overdue", "villages_without_participants",
)  # fmt: skip


def all_texts(files: dict[str, Path]) -> tuple[str, str, str]:
    """Of the PDF, of the Word file, and of the workbook's cells."""
    book = openpyxl.load_workbook(files[".xlsx"])
    cells = [
        str(cell.value)
        for page in book
        for cells in page.iter_rows()
        for cell in cells
        if cell.value is not None
    ]
    return (
        flat(text_of_pdf(files[".pdf"])),
        flat(text_of_word(files[".docx"])),
        flat(" ".join(cells)),
    )


@pytest.mark.parametrize("name", OBEYED)
def test_a_name_is_text_whatever_it_says(written: Written, name: str) -> None:
    quoted = name.replace("'", "''")
    files = written(
        f"update kpi_by_commune set commune_name = '{quoted}' where commune_code = '{COMMUNE}'",
        f"update kpi_by_officer set officer_name = '{quoted}' where officer_code = 'CB02'",
        f"update kpi_by_agent set agent_name = '{quoted}' where agent_code = 'DL001'",
        f"update kpi_by_association set association_name = '{quoted}' where association_code = 'ND-12145'",
    )
    for text in all_texts(files):
        assert text.count(flat(name)) >= 3
    book = openpyxl.load_workbook(files[".xlsx"])
    assert [
        cell.coordinate
        for page in book
        for cells in page.iter_rows()
        for cell in cells
        if cell.data_type == "f"
    ] == []
    with zipfile.ZipFile(files[".docx"]) as package:
        assert "<b>đậm" not in package.read("word/document.xml").decode()


def test_marks_that_turn_or_break_a_line_are_shown_as_their_codes(written: Written) -> None:
    files = written(
        f"update kpi_by_commune set commune_name = 'Ân' || chr(8238) || 'ihT' || chr(7) || chr(10) || 'x' where commune_code = '{COMMUNE}'"
    )
    for text in all_texts(files):
        assert "Ân\\u202eihT\\x07\\x0ax" in text
        assert "\u202e" not in text


def test_a_long_name_stays_within_its_cell(written: Written) -> None:
    name = "Xã" + "dài" * 60
    files = written(
        f"update kpi_by_commune set commune_name = '{name}' where commune_code = '{COMMUNE}'"
    )
    for text in all_texts(files):
        assert name in text
    page = pypdf.PdfReader(files[".pdf"]).pages[1]
    reached: list[float] = []
    page.extract_text(
        visitor_text=lambda text, cm, tm, *_: reached.append(tm[4]) if text.strip() else None
    )
    assert max(reached) < 595 - 1.5 * 28.35


def test_codes_of_officers_make_names_of_sheets_that_excel_takes(written: Written) -> None:
    code = "[CB]:*?/\\''" + "x" * 40
    files = written(
        f"update dim_officer set officer_code = '{code}' where officer_code = 'CB01'",
        f"update kpi_by_officer set officer_code = '{code}' where officer_code = 'CB01'",
        "update dim_officer set officer_code = 'cb03' where officer_code = 'CB02'",
        "update kpi_by_officer set officer_code = 'cb03' where officer_code = 'CB02'",
        "update dim_officer set officer_code = 'Theo xã' where officer_code = 'CB04'",
        "update kpi_by_officer set officer_code = 'Theo xã' where officer_code = 'CB04'",
    )
    names = openpyxl.load_workbook(files[".xlsx"]).sheetnames
    assert len({name.lower() for name in names}) == len(names) == 9 + 21
    assert {"cb03 (2)", "Theo xã (2)"} <= set(names) or {"CB03 (2)", "Theo xã (2)"} <= set(names)
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\']", name) for name in names)


def test_what_nobody_knows_is_said_and_is_never_zero(written: Written, marts: Rows) -> None:
    nothing = ", ".join(f"{column} = null" for column in UNKNOWN)
    files = written(
        f"update kpi_by_district set {nothing}, is_complete = false, incomplete_reason = 'Chưa có báo cáo nào' {OF_THE_DAY}",
        f"update kpi_by_commune set {nothing}, is_complete = false, incomplete_reason = 'Xã im lặng' {OF_THE_DAY} and commune_code = '{COMMUNE}'",
    )
    pdf, word, book = all_texts(files)
    for said in (
        "chưa có số liệu về số người tham gia",
        "Chưa có số liệu để so với tháng trước, 31/12/2018, cùng ngày năm trước",
        "chưa có số liệu về số người mới, quay lại, chuyển đến, không đóng tiếp, báo giảm, chuyển đi",
        "Chưa dự báo được số người tham gia cuối năm",
        "Tỷ lệ bao phủ chưa có số liệu; số tiền đóng trong tháng chưa có số liệu.",
        "Chưa có số liệu về số người phải đóng tiếp vào tháng sau",
        "Số liệu chưa đủ: Chưa có báo cáo nào.",
        "Huyện chưa có chỉ tiêu.",
        "Xã im lặng: Ân Thi.",
    ):
        assert flat(said) in pdf
        assert flat(said) in word
        assert flat(said) in book
    (row,) = marts(
        f"from kpi_by_commune {OF_THE_DAY} and commune_code = '{COMMUNE}' and boundaries = 'then'"
    )
    silent = line_of_commune(row | dict.fromkeys(UNKNOWN))
    assert silent[:10] == ["–"] * 10
    assert "ÂnThi" + "".join(silent) in pdf
    assert [cell.text for cell in docx.Document(str(files[".docx"])).tables[1].rows[2].cells][
        2:
    ] == silent
    page = openpyxl.load_workbook(files[".xlsx"])["Theo xã"]
    assert [
        (page.cell(5, column).value, page.cell(5, column).fill.patternType) for column in (3, 31)
    ] == [(None, "lightUp")] * 2
    assert "chưacósốliệu" in flat(text_of_pdf(files[".pdf"]).rpartition("Toàn huyện")[2]), (
        "beside the hatched bar"
    )


def test_a_year_that_is_over_and_has_no_target(written: Written) -> None:
    files = written(last_day=date(2018, 12, 31))
    assert [path.name for path in files.values()] == [
        "bao-cao-2018-12.pdf",
        "bao-cao-2018-12.docx",
        "bang-so-lieu-2018-12.xlsx",
    ]
    pdf, word, _ = all_texts(files)
    for said in (
        "Đến 31/12/2018, huyện Ân Thi: 215 người tham gia, theo báo cáo của 21/21 đại lý.",
        "Cả năm bình quân mỗi tháng tăng 3,9 người; năm đã hết, không còn dự báo.",
        "Huyện chưa có chỉ tiêu.",
        "(Số liệu đến ngày 31/12/2018, theo hồ sơ nhận đến hết đêm 30/06/2019)",
        "Số chính thức của cơ quan: 215 người (Số liệu mẫu của BHXH huyện); chênh lệch của báo cáo này: 0.",
    ):
        assert flat(said) in pdf
        assert flat(said) in word
    assert "chỉtiêunăm2018:" not in pdf


def test_the_first_month_has_nothing_to_be_compared_with(written: Written) -> None:
    pdf, word, _ = all_texts(written(last_day=date(2017, 5, 31)))
    assert "ChưacósốliệuđểsovớIthángtrước".lower() in pdf.lower()
    assert "huyệnÂnThi:153ngườithamgia" in pdf
    assert "huyệnÂnThi:153ngườithamgia" in word


def test_a_report_on_december_is_signed_in_the_next_year(written: Written) -> None:
    pdf, word, _ = all_texts(
        written("update kpi_by_district set known_on = '2018-12-31'", last_day=date(2018, 12, 31))
    )
    assert "ÂnThi,ngàythángnăm2019" in pdf
    assert "ÂnThi,ngàythángnăm2019" in word


def test_one_commune_without_agents_officers_or_associations(written: Written) -> None:
    others = f"commune_code <> '{COMMUNE}'"
    files = written(
        f"delete from kpi_by_commune where {others}",
        "delete from kpi_by_agent", "delete from kpi_by_officer", "delete from kpi_by_association", "delete from dim_officer", "delete from fct_rejections",
        "delete from fct_targets",
        f"update kpi_by_commune set agents_expected = 0, agents_reported = 0 where commune_code = '{COMMUNE}'",
    )  # fmt: skip
    pdf, word, book = all_texts(files)
    for text in (pdf, word):
        assert "KhôngcóHội,đoànthểtrongdanhmục".lower() in text.lower()
        assert "Khôngcócánbộphụtráchxãtrongdanhmục".lower() in text.lower()
    assert "ÂnThi4235111029144,8%10639,6%5,210,7–" in pdf
    assert "Khôngcódòngnào." in book
    assert len(openpyxl.load_workbook(files[".xlsx"]).sheetnames) == 9


def test_targets_that_count_otherwise_are_named(written: Written) -> None:
    files = written(
        f"update kpi_by_commune set target_basis = 'net_new', target_period = '2019' {OF_THE_DAY} and commune_code = '{COMMUNE}'",
        f"update kpi_by_district set pace_per_month = -2.5, net_change_unexplained = -3 {OF_THE_DAY}",
    )
    for text in all_texts(files)[:2]:
        assert flat("Chỉ tiêu năm 2019, tính theo số người tăng thêm: Ân Thi.") in text
        assert flat("bình quân mỗi tháng giảm 2,5 người") in text
        assert flat("chưa rõ lý do -3.") in text


def test_each_of_several_districts_has_its_own_files(
    written: Written, tmp_path: Path, marts: Rows
) -> None:
    written(
        "insert into kpi_by_district select * replace ('330' as district_code, 'Kim Động' as district_name, participants + 1000 as participants) from kpi_by_district",
        f"update kpi_by_commune set district_code = '330' where commune_code in ('{COMMUNE}', '{OTHER}')",
        f"update kpi_by_agent set district_code = '330' where commune_code in ('{COMMUNE}', '{OTHER}')",
    )
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(
        f"{stem}-2019-06-{code}{end}" for code in ("329", "330") for stem, end in KINDS
    )
    other = flat(text_of_pdf(tmp_path / "out" / "bao-cao-2019-06-330.pdf"))
    assert "BẢOHIỂMXÃHỘIHUYỆNKIMĐỘNG" in other
    assert as_written(1824) in other
    assert "BắcSơn" not in other
    assert (
        "CB03"
        not in openpyxl.load_workbook(tmp_path / "out" / "bang-so-lieu-2019-06-330.xlsx").sheetnames
    )


KINDS = (("bao-cao", ".pdf"), ("bao-cao", ".docx"), ("bang-so-lieu", ".xlsx"))


def test_a_version_without_a_whole_month_has_no_report_and_a_month_not_held_is_refused(
    written: Written,
) -> None:
    only = [
        f"delete from {table} where reporting_date <> '2019-06-30'"
        for table in ("kpi_by_district", "kpi_by_commune")
    ]
    assert written(*only, "update kpi_by_district set reporting_date = '2019-07-05'") == {}
    with pytest.raises(
        OfficeFault,
        match="no whole month 2019-07 is published; whole months: from 2017-05 to 2019-06",
    ):
        written(last_day=date(2019, 7, 31))
