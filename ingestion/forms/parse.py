"""Sheets to a parsed file: every table of a form in a workbook, what stands in the head above it,
and its rows."""

from __future__ import annotations

from ingestion.forms.accounting import account_for_sheet, account_for_table
from ingestion.forms.head_lines import read_head
from ingestion.forms.merged_people import with_merged_people
from ingestion.forms.table_rows import Sheet, count_at_cells, heading_cell, read_rows
from ingestion.forms.tables import find_table
from ingestion.model import ParsedFile, SheetTable, Unaccounted, Workbook, cell_address
from ingestion.vietnamese.old_pages import in_unicode


def parse_form(sha256: str, workbook: Workbook) -> ParsedFile:
    """Read every sheet of a workbook in which a known form's table stands. `form` stays None when
    there is none."""
    parsed = ParsedFile(sha256)
    sheets, others = [], []
    for index, page in enumerate(workbook.pages):
        page, decoded = in_unicode(page, workbook.encoding)
        table = find_table(page.grid)
        if table is not None:
            said = SheetTable(
                page.name, index, table.form.name, table.form.scheme, columns=dict(table.columns)
            )
            decoded |= {place: ("as_shown", number) for place, number in page.shown.items()}
            page, decoded = with_merged_people(page, table, decoded)
            sheets.append(Sheet(page, index, table, said, decoded))
        else:
            others.append(page)
    if not sheets:
        return parsed
    several = len(sheets) > 1
    for sheet in sheets:
        parsed.sheet_tables.append(sheet.said)
        named = f"{sheet.page.name}: " if several else ""
        parsed.missing_columns += [named + label for label in sheet.table.missing]
        parsed.unknown_columns += [named + cell for cell in sheet.table.unknown]
        read_head(sheet.grid, sheet.table.top, sheet.table.form, sheet.said)
    parsed.form = min(sheets, key=lambda s: s.table.wrong).table.form.name
    for sheet in sheets if not parsed.missing_columns and not parsed.unknown_columns else ():
        rows, repairs = read_rows(sheet)
        parsed.rows += rows
        parsed.repairs += repairs
        parsed.unread_headings += [
            (row.sheet, heading_cell(sheet, row))
            for row in rows
            if row.role == "section" and row.problems
        ]
        count, amount, end = count_at_cells(sheet.grid, sheet.table)
        parsed.rows_at_cells += count
        parsed.amount_at_cells_vnd += amount
        parsed.unaccounted += account_for_table(sheet.page, sheet.table, rows, end).places
        is_used = any(row.is_data for row in rows)
        if sheet.page.is_hidden and (is_used or all(other.page.is_hidden for other in sheets)):
            code_row = sheet.table.code_row + 1
            place = cell_address(code_row, min(sheet.table.columns.values()))
            parsed.unaccounted.append(Unaccounted(sheet.page.name, code_row, place, "hidden_form"))
    for page in others:
        parsed.unaccounted += account_for_sheet(page).places
    _join_heads(parsed)
    return parsed


def _join_heads(parsed: ParsedFile) -> None:
    """The file's own head: the first word on each matter; two agents in one workbook are
    nobody's."""
    for table in parsed.sheet_tables:
        for label, value in table.head.items():
            parsed.head.setdefault(label, value)
        for label, cell in table.head_cells.items():
            parsed.head_cells.setdefault(label, cell)
    if len({t.head["agent_code"] for t in parsed.sheet_tables if t.head.get("agent_code")}) > 1:
        parsed.agents_differ = True
        parsed.head.pop("agent_code")
