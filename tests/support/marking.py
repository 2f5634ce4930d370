"""What the tests of the way home share: an agent's workbook with a look of its own, and findings on
it."""

from __future__ import annotations

import io
import subprocess
from datetime import datetime
from pathlib import Path

import xlsxwriter
from openpyxl import Workbook, load_workbook

from ingestion.model import Finding, Repair

SHEET = "Trang của tôi"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def agents_workbook(path: Path) -> Path:
    """A table of 6 columns with fills, a formula that has its value, the agent's comment, a
    picture, a text box and a merged title."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime.fromisoformat("2019-06-01")})
        page = book.add_worksheet(SHEET)
        green = book.add_format({"bg_color": "#C6E0B4", "bold": True, "border": 1})
        money = book.add_format({"num_format": "#,##0", "bg_color": "#DDEBF7"})
        page.set_column(1, 1, 31)
        page.merge_range(0, 0, 0, 3, "Danh sách của tôi", green)
        page.write_row(1, 0, ["STT", "Họ và tên", "Mã số", "Tiền", "Tháng", "Ghi chú"])
        for row in range(2, 12):
            page.write_number(row, 0, row - 1)
            page.write_string(row, 1, f"Người Hư Cấu {row}", green)
            page.write_string(row, 2, f"33000000{row:02d}")
            page.write_number(row, 3, 100_000 * row, money)
            page.write_string(row, 4, "06/2019")
        page.write_string(3, 5, "=HYPERLINK(1)")
        page.write_string(4, 5, "-5 người")
        page.write_formula(12, 3, "=SUM(D3:D12)", money, 6_500_000)
        page.write_comment(2, 2, "Nhớ hỏi lại chị Ba", {"author": "Đại lý"})
        page.write_comment(10, 1, "Của tôi", {"author": "Đại lý"})
        page.insert_image(14, 0, "a.png", {"image_data": io.BytesIO(PNG)})
        page.insert_textbox(14, 3, "Lời nhắn trong hộp chữ")
        page.print_area(0, 0, 12, 5)
        second = book.add_worksheet("Khác")
        second.write_formula(0, 0, f"='{SHEET}'!D13", None, 6_500_000)
        second.activate()
    return path


def finding(
    code: str,
    cell: str | None,
    row: int | None = None,
    field: str | None = None,
    severity: str = "reject_row",
) -> Finding:
    """A finding on the agent's sheet."""
    sheet = SHEET if cell or row else None
    return Finding("0" * 64, code, severity, sheet=sheet, cell=cell, row=row, field=field)  # type: ignore[arg-type]


FINDINGS = [
    finding("BP-402", "C9", 9, "bhxh_number", "warn"),
    finding("BP-102", "C3", 3, "bhxh_number"),
    finding("BP-301", "D5", 5, "total_vnd"),
    finding("BP-104", None, 7, None, "hold_row"),
    finding("BP-101", "C3", 3, "bhxh_number", "hold_row"),
    finding("BP-013", None, None, "head_month", "warn"),
]
REPAIRS = [Repair(SHEET, "B4", 4, "full_name", "tcvn3", "Ng­êi", "=Người")]


def opened(content: bytes | Path) -> Workbook:
    """The workbook as another program reads it."""
    return load_workbook(io.BytesIO(content) if isinstance(content, bytes) else content)


def look(workbook: Workbook, sheet: str = SHEET) -> dict[str, tuple[object, ...]]:
    """Everything of the cells of a sheet that an agent sees: value, fill, font, number format,
    comment."""
    return {
        cell.coordinate: (
            cell.value,
            cell.fill.fgColor.rgb if cell.fill.fill_type else None,
            cell.font.b,
            cell.number_format,
            cell.comment.text if cell.comment else None,
        )
        for row in workbook[sheet].iter_rows()
        for cell in row
        if cell.value is not None or cell.fill.fill_type or cell.comment
    }


def saved_by_libreoffice(path: Path, to: Path) -> Path:
    """The file opened and saved again as .xlsx by LibreOffice."""
    to.mkdir()
    profile = f"-env:UserInstallation=file://{to}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(to), str(path)],
        check=True,
        capture_output=True,
        timeout=80,
    )
    return to / f"{path.stem}.xlsx"
