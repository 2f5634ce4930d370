"""The sheets that a marked copy has before and behind the agent's own: what to mend, what was read
otherwise, and the memory of our marks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from core.words import FATES, Severity, capital
from ingestion.forms.contracts import field_labels
from ingestion.model import Repair, cell_address
from ingestion.ooxml.package import MAIN, Package, Sheet
from ingestion.ooxml.styles import Styles
from ingestion.ooxml.worksheet import Worksheet

LIST, REPAIRS, HIDDEN = "Cần sửa", "Đã tự đọc lại", "_bao_phu"
_LINKS_AT_MOST = 60_000
"""Excel opens no sheet with more than 65,530 links."""
_BEGIN = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'

KINDS = {
    "cleaned": "chữ Đ gõ bằng ký tự trông giống nhau",
    "tcvn3": "chữ viết bằng bộ gõ cũ TCVN3 (ABC)",
    "vni": "chữ viết bằng bộ gõ cũ VNI",
    "thousands": "cột ghi theo nghìn đồng",
    "date_order": "ngày viết theo thứ tự tháng/ngày",
    "two_digit_year": "năm viết hai chữ số",
    "year_only": "chỉ có năm, tính là ngày 01/01",
    "serial": "ngày tháng nằm trong ô dạng số",
    "number_as_text": "tháng/năm bị bảng tính đổi thành số",
    "time_zone": "giờ quốc tế, đổi sang giờ Việt Nam",
    "as_shown": "số đọc như ô hiển thị (định dạng số của ô)",
    "merged": "ô gộp với dòng trên: cùng một người",
}
"""Kind of a repair -> why the cell was read otherwise."""


@dataclass(frozen=True)
class Listed:
    """One line of the sheet "Cần sửa". `number` joins it to the words on its cell; 0: no cell is
    marked."""

    number: int
    sheet: str
    cell: str
    severity: Severity
    state: str
    wrong: str
    fix: str
    example: str


def list_sheet(
    styles: Styles,
    lines: Sequence[Listed],
    lost: Sequence[str],
    sheets: Collection[str],
    colours: dict[str, str],
    *,
    has_sheets: bool,
) -> bytes:
    """The sheet "Cần sửa": one line a finding, in order, each with a link to its cell.
    `has_sheets`: the agent's own sheets stand behind it."""
    looks = _Looks(styles, colours)
    to_mend = sum(line.severity != "warn" for line in lines)
    only_looked_at = len(lines) - to_mend
    page = _Page(looks, (6, 16, 9, 17, 46, 46, 24))
    page.line(
        [("NHỮNG CHỖ CẦN SỬA" if lines else "KHÔNG CÓ CHỖ NÀO CẦN SỬA", looks.title)],
        height=24,
        merged=True,
    )
    if lines:
        also = f" và {only_looked_at} chỗ cần xem lại" if only_looked_at else ""
        words = (
            f"Có {to_mend} chỗ cần sửa{also}. Bấm vào địa chỉ ô để đến đúng chỗ. Sửa hết trong một lượt, lưu tệp rồi gửi lại chính tệp này: "
            "dòng nào đã đúng sẽ được nhận thêm, màu và ghi chú tự mất. Không cần xóa các trang tính này."
            if has_sheets
            else f"Có {to_mend} chỗ cần sửa{also}. Hãy sửa trên tệp gốc của mình rồi gửi lại tệp đó; không gửi lại bản này."
        )
        page.line([(words, looks.plain)], height=36, merged=True)
        legend = [
            ("Màu ô:", looks.plain),
            (capital(FATES["rejected"].vi), looks.of["reject"]),
            None,
            (capital(FATES["held"].vi), looks.of["hold"]),
        ]
        page.line([*legend, ("Lưu ý: đã nhận, đề nghị xem lại", looks.of["warn"])])
    if lost:
        words = f"Bản đánh dấu này không giữ được: {'; '.join(lost)}. Hãy sửa trên tệp gốc của mình nếu cần những phần đó."
        page.line([(words, looks.strong)], height=20 * (1 + len(words) // 130), merged=True)
    page.line([])
    names = ("Số", "Trang tính", "Ô", "Tình trạng", "Sai ở đâu", "Cách sửa", "Ví dụ")
    page.line([(name, looks.head) for name in names], height=22)
    page.freeze()
    for line in lines:
        state = looks.of[line.severity.partition("_")[0]]
        cell = (line.cell or "–", looks.link if line.sheet in sheets and line.cell else looks.cell)
        number = (line.number or "–", looks.cell)
        said = [(line.sheet or "cả tệp", looks.cell), cell, (line.state, state)]
        page.line(
            [number, *said, *((text, looks.cell) for text in (line.wrong, line.fix, line.example))]
        )
        if line.sheet in sheets and line.cell:
            page.link(2, line.sheet, line.cell)
    return page.to_bytes()


def repairs_sheet(styles: Styles, repairs: Sequence[Repair], sheets: Collection[str]) -> bytes:
    """The sheet "Đã tự đọc lại": every cell that was read otherwise than it stands."""
    looks = _Looks(styles, {})
    page = _Page(looks, (16, 9, 22, 34, 34, 40))
    page.line([("NHỮNG Ô ĐÃ ĐƯỢC ĐỌC LẠI", looks.title)], height=24, merged=True)
    words = (
        f"Có {len(repairs)} ô viết chưa đúng cách nhưng vẫn hiểu được, và đã đọc như cột “Đã đọc là”. Tệp của bạn không bị thay đổi. "
        "Nếu đọc sai, hãy sửa ô đó rồi gửi lại."
    )
    page.line([(words, looks.plain)], height=36, merged=True)
    page.line([])
    page.line(
        [
            (name, looks.head)
            for name in ("Trang tính", "Ô", "Nội dung", "Viết trong tệp", "Đã đọc là", "Vì sao")
        ],
        height=22,
    )
    page.freeze()
    for repair in repairs:
        label = field_labels().get(repair.field, repair.field)
        linked = repair.sheet in sheets
        texts = (label, repair.before, repair.after, KINDS.get(repair.kind, repair.kind))
        page.line(
            [
                (repair.sheet, looks.cell),
                (repair.cell, looks.link if linked else looks.cell),
                *((text, looks.cell) for text in texts),
            ]
        )
        if linked:
            page.link(1, repair.sheet, repair.cell)
    return page.to_bytes()


def hidden_sheet(titles: Sequence[str], looks: Sequence[tuple[int, str]]) -> bytes:
    """The memory: row 1 names our sheets; row n + 1 wears the look that the cell of mark n had, and
    says where that stood."""
    first = "".join(_cell(1, at, title, 0) for at, title in enumerate(("Bao Phủ", *titles)))
    rows = "".join(
        f'<row r="{n + 1}">{_cell(n + 1, 0, place, look)}</row>'
        for n, (look, place) in enumerate(looks, start=1)
    )
    return f'{_BEGIN}<sheetData><row r="1">{first}</row>{rows}</sheetData></worksheet>'.encode()


def remembered(package: Package, sheet: Sheet) -> tuple[list[str], dict[int, int], dict[str, int]]:
    """What `hidden_sheet` wrote, whoever has saved it since: titles of our sheets, number -> look,
    place -> number."""
    titles, looks, places = [], {}, {}
    text_of = _texts(package)
    for row, column, cell in Worksheet(package, sheet.part).cells():
        text = text_of(cell)
        if row == 1 and column <= 2:  # what is ours, and no more names than we give
            titles.append(text)
        elif column == 0:
            looks[row - 1] = int(cell.get("s", "0"))
            places[text] = row - 1
    return titles[1:], looks, places


class _Looks:
    """The looks of our own sheets, as numbers in the workbook's styles."""

    def __init__(self, styles: Styles, colours: dict[str, str]) -> None:
        font = {
            "fontId": str(
                styles.font(
                    '<sz val="11"/><color rgb="FF1F1F1F"/><name val="Times New Roman"/><family val="1"/>'
                )
            ),
            "applyFont": "1",
        }
        bold = {
            "fontId": str(
                styles.font(
                    '<b/><sz val="11"/><color rgb="FF1F1F1F"/><name val="Times New Roman"/><family val="1"/>'
                )
            ),
            "applyFont": "1",
        }
        large = {
            "fontId": str(
                styles.font(
                    '<b/><sz val="15"/><color rgb="FF1F3864"/><name val="Times New Roman"/><family val="1"/>'
                )
            ),
            "applyFont": "1",
        }
        blue = {
            "fontId": str(
                styles.font(
                    '<u/><sz val="11"/><color rgb="FF0563C1"/><name val="Times New Roman"/><family val="1"/>'
                )
            ),
            "applyFont": "1",
        }
        bare = {
            "numFmtId": "0",
            "fillId": "0",
            "borderId": "0",
            "quotePrefix": "0",
            "applyProtection": "0",
        }
        boxed = bare | {"borderId": str(styles.border()), "applyBorder": "1"}
        self.title = styles.look(0, bare | large)
        self.plain = styles.look(0, bare | font, wrap=True)
        self.strong = styles.look(0, bare | bold, wrap=True)
        self.cell = styles.look(0, boxed | font, wrap=True)
        self.link = styles.look(0, boxed | blue, wrap=True)
        self.head = styles.look(
            0, boxed | bold | {"fillId": str(styles.fill("FFDCE6F1")), "applyFill": "1"}, wrap=True
        )
        self.of = {
            name: styles.look(
                0, boxed | font | {"fillId": str(styles.fill(rgb)), "applyFill": "1"}, wrap=True
            )
            for name, rgb in colours.items()
        }


class _Page:
    """One of our sheets as it is written, line by line. Every text is text, whatever it begins
    with."""

    def __init__(self, looks: _Looks, widths: Sequence[int]) -> None:
        self._widths, self._rows, self._links, self._merged, self._frozen = (
            widths,
            list[str](),
            list[str](),
            list[str](),
            0,
        )

    def line(
        self,
        cells: Sequence[tuple[str | int, int] | None],
        *,
        height: int | None = None,
        merged: bool = False,
    ) -> None:
        row = len(self._rows) + 1
        if merged:
            self._merged.append(
                f'<mergeCell ref="A{row}:{cell_address(row, len(self._widths) - 1)}"/>'
            )
        if height is None:
            height = 16 * max(
                [1, *(_lines(str(c[0]), self._widths[at]) for at, c in enumerate(cells) if c)]
            )
        inside = "".join(_cell(row, at, *cell) for at, cell in enumerate(cells) if cell)
        self._rows.append(f'<row r="{row}" ht="{height}" customHeight="1">{inside}</row>')

    def link(self, column: int, sheet: str, cell: str) -> None:
        if len(self._links) < _LINKS_AT_MOST:
            quoted = sheet.replace("'", "''")
            place = escape(f"'{quoted}'!{cell}")
            self._links.append(
                f'<hyperlink ref="{cell_address(len(self._rows), column)}" location="{place}" display="{escape(cell)}"/>'
            )

    def freeze(self) -> None:
        self._frozen = len(self._rows)

    def to_bytes(self) -> bytes:
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, width in enumerate(self._widths, start=1)
        )
        pane = f'<pane ySplit="{self._frozen}" topLeftCell="A{self._frozen + 1}" activePane="bottomLeft" state="frozen"/>'
        merged = f'<mergeCells count="{len(self._merged)}">{"".join(self._merged)}</mergeCells>'
        links = f"<hyperlinks>{''.join(self._links)}</hyperlinks>" if self._links else ""
        return (
            f'{_BEGIN}<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
            f'<sheetViews><sheetView showGridLines="0" workbookViewId="0">{pane}</sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{"".join(self._rows)}</sheetData>{merged}{links}'
            '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
            '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/></worksheet>'
        ).encode()


def _cell(row: int, column: int, value: str | int, look: int) -> str:
    address = cell_address(row, column)
    if isinstance(value, int):
        return f'<c r="{address}" s="{look}"><v>{value}</v></c>'
    text = "".join(
        c
        for c in value
        if c in "\t\n"
        or (ord(c) >= 32 and c not in "\ufffe\uffff" and not 0xD800 <= ord(c) < 0xE000)
    )
    return f'<c r="{address}" s="{look}" t="inlineStr"><is><t xml:space="preserve">{escape(text, quote=False)}</t></is></c>'


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column, by words, a little more rather than less."""
    fits = max(int(width * 1.1), 1)
    lines = 0
    for part in text.split("\n"):
        lines, room = lines + 1, fits
        for word in part.split():
            if len(word) > room and room < fits:
                lines, room = lines + 1, fits
            lines += len(word) // (fits + 1)
            room -= len(word) + 1
    return lines


def _texts(package: Package) -> Callable[[Any], str]:
    """What gives the text of a cell of this workbook."""
    part = next((target for _, target in package.related(package.workbook, "sharedStrings")), None)
    shared = list(package.look(part)) if part else []

    def text(cell: Any) -> str:
        if cell.get("t") == "s":
            cell = shared[int(cell.findtext(f"{{{MAIN}}}v"))]
        return "".join(t.text or "" for t in cell.iter(f"{{{MAIN}}}t"))

    return text
