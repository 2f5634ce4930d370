"""The report of the month as PDF and Word: every figure read back from the file is the mart's."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pypdf
import pytest
from docx.shared import Mm

from publishing.report.files import write_reports
from publishing.report.pdf import FONTS, Typesetter
from tests.report.conftest import OF_THE_DAY, Rows, as_written, line_of_commune, line_of_holder
from tests.support.report_texts import flat, text_of_pdf, text_of_word

LETTERS = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)
SENTENCES = (
    "Đến 30/06/2019, huyện Ân Thi: 824 người tham gia, đạt 149% kế hoạch 6 tháng đầu năm (553, tính theo tổng số người đang tham gia), "
    "41,2% mục tiêu năm (2.000), theo báo cáo của 74/76 đại lý.",
    "So với tháng trước (684) tăng 140 người; so với 31/12/2018 (215) tăng 609 người; so với cùng ngày năm trước (192) tăng 632 người. "
    "Trong tháng: mới 175, quay lại 9, không đóng tiếp 44, báo giảm 0.",
    "Từ đầu năm bình quân mỗi tháng tăng 101,5 người; để đạt mục tiêu năm cần tăng 196,0 người mỗi tháng, gấp 1,93 lần. "
    "Giữ tốc độ này, cuối năm có khoảng 1.433 người (khoảng dự báo 80%: từ 1.217 đến 1.649), bằng 72% mục tiêu.",
)


@pytest.fixture(scope="module")
def pdf(version: Path) -> str:
    return text_of_pdf(version / "bao-cao-2019-06.pdf")


@pytest.fixture(scope="module")
def word(version: Path) -> str:
    return text_of_word(version / "bao-cao-2019-06.docx")


def test_the_month_is_said_in_five_sentences_in_both(pdf: str, word: str, marts: Rows) -> None:
    (own,) = marts(f"from kpi_by_district {OF_THE_DAY}")
    money = f"người tham gia đóng {as_written(own['contributions_vnd'])} đ, ngân sách nhà nước hỗ trợ {as_written(own['state_support_vnd'])} đ"
    coverage = f"Tỷ lệ bao phủ là {as_written(own['coverage_rate'], 2, share=True)} dân số trong độ tuổi lao động (78.088 người)"
    ahead = f"Có {own['due_next_month']} người phải đóng tiếp vào tháng sau, có {own['overdue']} người đã quá hạn đóng tiếp, 79/138 thôn chưa có người tham gia."
    for said in (*SENTENCES, money, coverage, ahead, own["incomplete_reason"]):
        assert flat(said) in flat(pdf)
        assert said in word


def test_head_and_foot_are_those_of_an_administrative_document(pdf: str, word: str) -> None:
    for said in (
        "BẢO HIỂM XÃ HỘI TỈNH HƯNG YÊN", "BẢO HIỂM XÃ HỘI HUYỆN ÂN THI", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "/BC-BHXH",
        "Ân Thi, ngày tháng năm 2019", "BÁO CÁO", "Kết quả phát triển người tham gia BHXH tự nguyện tháng 06 năm 2019", "Nơi nhận:", "- BHXH tỉnh;",
        "- UBND huyện;", "- Lưu: VT.", "GIÁM ĐỐC",
    ):  # fmt: skip
        assert flat(said) in flat(pdf)
        assert said in word


def test_every_line_of_the_pdf_is_the_mart_s(pdf: str, marts: Rows) -> None:
    found = flat(pdf)
    communes = marts(f"from kpi_by_commune {OF_THE_DAY} and boundaries = 'then'")
    assert len(communes) == 21
    for row in communes:
        assert flat(row["commune_name"] + "".join(line_of_commune(row))) in found, row[
            "commune_name"
        ]
    (own,) = marts(f"from kpi_by_district {OF_THE_DAY}")
    assert "Toànhuyện" + "".join(line_of_commune(own)) in found
    for row in marts(f"from kpi_by_association {OF_THE_DAY}"):
        assert (
            flat(row["association_name"] + row["commune_name"] + "".join(line_of_holder(row)))
            in found
        ), row["association_name"]
    for row in marts(f"from kpi_by_officer {OF_THE_DAY}"):
        assert re.search(
            re.escape(flat(row["officer_name"])) + r"\D+" + re.escape("".join(line_of_holder(row))),
            found,
        ), row["officer_name"]


def test_every_cell_of_the_word_tables_is_the_mart_s(version: Path, marts: Rows) -> None:
    _, communes, officers, associations, _ = docx.Document(
        str(version / "bao-cao-2019-06.docx")
    ).tables
    lines = [[cell.text for cell in row.cells] for row in communes.rows[2:]]
    expected = {
        row["commune_name"]: line_of_commune(row)
        for row in marts(f"from kpi_by_commune {OF_THE_DAY} and boundaries = 'then'")
    }
    assert {line[1]: line[2:] for line in lines[:-1]} == expected
    assert [line[0] for line in lines[:-1]] == [str(at) for at in range(1, 22)]
    assert [line[1] for line in lines[:3]] == ["Ân Thi", "Bãi Sậy", "Bắc Sơn"], "by the alphabet"
    assert lines[-1] == [
        "",
        "Toàn huyện",
        *line_of_commune(marts(f"from kpi_by_district {OF_THE_DAY}")[0]),
    ]
    for table, name, mart in (
        (officers, "officer_name", "kpi_by_officer"),
        (associations, "association_name", "kpi_by_association"),
    ):
        found = {row.cells[1].text: [cell.text for cell in row.cells][3:] for row in table.rows[2:]}
        assert found == {
            row[name]: line_of_holder(row) for row in marts(f"from {mart} {OF_THE_DAY}")
        }


def test_what_figures_mean_and_what_is_missing_is_printed(pdf: str, word: str, marts: Rows) -> None:
    (coverage,) = marts("from kpi_definition where code = 'coverage_rate'")
    for said in (
        f"{coverage['name_vi']}: {coverage['formula_vi']}.",
        "Chưa có báo cáo tháng 06/2019 của 1/3 đại lý: Hoàng Hoa Thám.",
        "nghĩa là chưa biết, không phải là 0.",
        "Chỉ tiêu 6 tháng đầu năm: Quyết định giao chỉ tiêu năm 2019 (mẫu), ngày 28/12/2018.",
    ):
        assert flat(said) in flat(pdf)
        assert said in word
    assert "fct_" not in pdf + word
    assert "kpi_" not in pdf + word


def test_the_paper_is_a4_with_the_margins_of_the_decree(version: Path) -> None:
    pages = pypdf.PdfReader(version / "bao-cao-2019-06.pdf").pages
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {
        (595, 842)
    }
    assert [page.extract_text().split()[0] for page in pages[1:]] == [
        str(at) for at in range(2, len(pages) + 1)
    ], "numbered from page 2 on"
    (section,) = docx.Document(str(version / "bao-cao-2019-06.docx")).sections
    sizes = (section.page_width, section.page_height, section.left_margin, section.right_margin)
    assert [round(size / Mm(1)) for size in sizes] == [210, 297, 30, 15]
    assert section.different_first_page_header_footer


def test_word_repeats_heads_of_tables_and_is_set_in_times(version: Path) -> None:
    document = docx.Document(str(version / "bao-cao-2019-06.docx"))
    assert document.styles["Normal"].font.name == "Times New Roman"
    for table in document.tables[1:4]:
        assert ["tblHeader" in row._tr.xml for row in table.rows][:3] == [True, True, False]
    pictures = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert len(pictures) == 2
    assert all("Biểu đồ" in words for words in pictures)


def test_the_pdf_carries_only_our_font_and_is_made_to_be_kept_and_read_aloud(version: Path) -> None:
    reader = pypdf.PdfReader(version / "bao-cao-2019-06.pdf")
    fonts = {
        str(font["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].get_object().values()
    }
    assert fonts
    assert all("LiberationSerif" in font for font in fonts), fonts
    about = reader.xmp_metadata
    assert about is not None
    assert about.pdfaid_part == "2"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert str(reader.trailer["/Root"]["/Lang"]).startswith("vi")


def test_the_shipped_font_has_every_letter_of_vietnamese(tmp_path: Path) -> None:
    import typst

    source = tmp_path / "letters.typ"
    letters = f"{LETTERS}{LETTERS.upper()}0123456789–“”÷−%"
    styles = "".join(
        f"#text({style})[{letters}]\n"
        for style in ("", 'weight: "bold"', 'style: "italic"', 'weight: "bold", style: "italic"')
    )
    source.write_text(
        f'#set text(font: "Liberation Serif")\n#set page(width: 60cm)\n{styles}', encoding="utf-8"
    )
    made = tmp_path / "letters.pdf"
    typst.compile(str(source), output=str(made), font_paths=[str(FONTS)], ignore_system_fonts=True)
    (page,) = pypdf.PdfReader(made).pages
    fonts = {
        str(font["/BaseFont"]).partition("+")[2]
        for font in page["/Resources"]["/Font"].get_object().values()
    }
    assert len(fonts) == 4, fonts
    assert all(font.startswith("LiberationSerif") for font in fonts), (
        "another font stood in for a letter"
    )
    assert flat(page.extract_text()).count(LETTERS) == 4


def test_the_same_version_makes_the_same_bytes(
    version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.chdir(tmp_path)
    paths = write_reports(version / "baophu.duckdb", tmp_path)
    assert [path.name for path in paths] == [
        "bao-cao-2019-06.pdf",
        "bao-cao-2019-06.docx",
        "bang-so-lieu-2019-06.xlsx",
    ]
    for path in paths:
        assert path.read_bytes() == (version / path.name).read_bytes(), path.name


def test_a_picture_holds_at_most_forty_communes() -> None:
    bar = {"name": "Xã", "value": 3, "target": 2, "year_target": 9, "words": "3"}
    trend = {
        "months": [
            {
                "words": "06/2019",
                "is_named": True,
                "is_past": True,
                "value": 3,
                "count": "3",
                "is_shown": True,
            }
        ]
    }
    charts = {
        "trend": {**trend, "last": 0, "marks": [], "forecast": None, "top": 4, "ticks": []},
        "bars": {"top": 9, "rows": [bar] * 81},
    }
    assert len(Typesetter().draw_pictures(charts)) == 1 + 3
