"""`reference --template`: an empty reference workbook with its sheets, headers and cell checks,
made from the contract."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from core.whole_files import new_workbook
from ingestion.forms.contracts import Column, reference_sheets

_LAST_ROW = 5000


def write_template(path: Path) -> Path:
    """Write the empty workbook. Raises OfficeFault when the file exists (it may be the office's
    own) or is no .xlsx by its name, MachineFault when it cannot be written."""
    with new_workbook(path) as out, xlsxwriter.Workbook(out) as workbook:
        label = workbook.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "bg_color": "#DCE6F1",
                "border": 1,
                "valign": "vcenter",
            }
        )
        code = workbook.add_format({"italic": True, "font_color": "#666666", "border": 1})
        formats = {
            "date": workbook.add_format({"num_format": "dd/mm/yyyy"}),
            "count": workbook.add_format({"num_format": "#,##0"}),
            "text": workbook.add_format({"num_format": "@"}),
        }
        for spec in reference_sheets():
            sheet = workbook.add_worksheet(spec.sheet)
            sheet.freeze_panes(2, 1)
            for index, column in enumerate(spec.columns):
                sheet.write(0, index, column.label + (" *" if column.required else ""), label)
                sheet.write(1, index, column.field, code)
                sheet.set_column(index, index, 22, formats.get(column.type, formats["text"]))
                if check := _cell_check(column):
                    sheet.data_validation(2, index, _LAST_ROW, index, check)
    return path


def _cell_check(column: Column) -> dict[str, object] | None:
    if column.choices:
        return {
            "validate": "list",
            "source": list(column.choices),
            "error_message": "Chọn một giá trị trong danh sách.",
        }
    if column.type == "count":
        return {
            "validate": "integer",
            "criteria": ">=",
            "value": 0,
            "error_message": "Nhập một số nguyên không âm.",
        }
    if column.type == "date":
        return {
            "validate": "custom",
            "value": "=ISNUMBER(INDIRECT(ADDRESS(ROW(),COLUMN())))",
            "error_message": "Nhập ngày dạng ngày/tháng/năm, ví dụ 31/12/2019.",
        }
    return None
