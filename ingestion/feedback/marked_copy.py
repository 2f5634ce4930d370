"""The workbook goes home: the agent's own file, each wrong cell filled and commented in Vietnamese,
and a list of all of them in front.

A marked copy that comes back is the agent's sheet: our marks are known by the number in our words
on the cell, wherever the cell has moved meanwhile. The number leads to a row of a very hidden
sheet, whose cell wears the look that the marked one had: so a copy that LibreOffice or Excel has
saved again gives every cell its own look back.
"""

from __future__ import annotations

import gc
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import UnreadableWorkbook
from core.settings import Limits
from core.words import STATES, TO_MEND, Severity, capital
from core.workers import Broke, work_apart
from ingestion.containers.kinds import is_zip
from ingestion.containers.refusals import refusal
from ingestion.containers.workbook import read_workbook
from ingestion.feedback import plain_copy
from ingestion.feedback.front_sheets import (
    HIDDEN,
    LIST,
    REPAIRS,
    Listed,
    hidden_sheet,
    list_sheet,
    remembered,
    repairs_sheet,
)
from ingestion.forms.contracts import forms
from ingestion.model import Finding, Page, Repair, cell_address
from ingestion.ooxml.package import MAIN, CannotCarry, Package, Sheet, TooLarge
from ingestion.ooxml.styles import Styles
from ingestion.ooxml.worksheet import Comments, Worksheet, place_of
from ingestion.rules.rulebook import explain, rules

COLOURS: dict[str, str] = {"reject": "FFFFC8CD", "hold": "FFFFDDB5", "warn": "FFFFF3B1"}
"""By the first word of a severity. No colour that Excel offers, so that a cell in one of them is
one of ours."""
_ORDER = tuple(STATES)
_END = "Sửa xong, lưu tệp và gửi lại: ghi chú và màu này sẽ tự mất."
_OURS = re.compile(
    rf"BAO PHỦ – (?:CẦN SỬA|LƯU Ý) \(số (\d{{1,7}})\).*?(?:{re.escape(_END)}|\Z)", re.DOTALL
)
_OUR_COLOURS = frozenset(COLOURS.values())
_BEGINS_A_FORMULA = re.compile(r"^[=+\-@].", re.DOTALL)

_EXAMPLES = {
    "bhxh_number": "0123456789 (10 chữ số, ô dạng văn bản)",
    "full_name": "Nguyễn Văn A",
    "months": "1, 3, 6 hoặc 12",
    "agent_code": "Số định danh: DL001",
    "head_month": "Số: 01 tháng 6 năm 2019",
}
_EXAMPLES_BY_TYPE = {"money": "1.234.567", "month": "06/2019", "date": "31/12/1985", "count": "12"}

_PARTS = {
    "_xmlsignatures": "chữ ký số của tệp (tệp đã đánh dấu không còn là tệp đã ký)",
    "macro": "macro (tệp .xlsm trở về thành .xlsx, không có macro)",
    "look": "màu sắc, khung kẻ, công thức và hình của tệp gốc (chỉ giữ được giá trị ở đúng ô)",
    "all": "các trang tính của tệp gốc (không mở được, hoặc quá lớn)",
}


@dataclass(frozen=True, repr=False)
class Marked:
    """A marked copy: the bytes of an .xlsx, and in Vietnamese what of the original it could not
    carry."""

    content: bytes
    lost: tuple[str, ...]
    extension: str = ".xlsx"


@dataclass(frozen=True, repr=False)
class ToMark:
    """A file, where it lies, and what its marked copy says. Holds values: its repairs."""

    path: Path
    findings: tuple[Finding, ...]
    repairs: tuple[Repair, ...]


@dataclass(frozen=True)
class NotMarked:
    """A file that broke a limit while it was marked: it goes home by its receipt alone, which says
    why in these Vietnamese words."""

    why: str


def mark_all(
    files: Sequence[ToMark], limits: Limits | None = None
) -> Iterator[Marked | NotMarked | Exception]:
    """The marked copies, in order, each written apart from this process, within the limits of
    reading. An exception is trouble of the machine (MachineFault) or a bug of ours (OurFailure)."""
    for outcome in work_apart(
        _mark_file,
        files,
        lambda file: file.path.stat().st_size,
        limits or Limits.from_environment(),
    ):
        yield NotMarked(refusal(outcome.reason).vi) if isinstance(outcome, Broke) else outcome


def _mark_file(file: ToMark, limits: Limits) -> Marked:
    """In a worker. What could not be read (BP-001) is not opened again."""
    container, pages = (
        _opened(file.path, limits) if all(f.code != "BP-001" for f in file.findings) else ("", None)
    )
    try:
        return mark(file.path, container, file.findings, file.repairs, pages)
    finally:
        # workers look for no cycles by themselves, and workbooks that are written have some
        gc.collect()


def _opened(path: Path, limits: Limits) -> tuple[str, list[Page] | None]:
    """(container, pages): a workbook that is marked in place is not read for it; "" for what cannot
    be opened."""
    with path.open("rb") as source:
        head = source.read(4)
    if is_zip(head):  # as the reader tells it: another kind of file may end like a zip
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.NameToInfo:
                return "xlsx", None
    try:
        workbook = read_workbook(path, limits)
    except (UnreadableWorkbook, zipfile.BadZipFile):
        return "", None
    return workbook.container, list(workbook.pages)


def mark(
    source: Path | bytes,
    container: str,
    findings: Sequence[Finding],
    repairs: Sequence[Repair],
    pages: Sequence[Page] | None = None,
) -> Marked:
    """The sender's file with every finding on its cell, and sheets in front that list findings and
    repairs.

    `container` as `Workbook.container`; "" for what could not be opened: its copy has our sheets
    alone. `pages`: what the container shows, for containers that come home as .xlsx; None: read
    here. The same input makes the same bytes.
    """
    lost: list[str] = []
    if container in ("xlsx", "xlsm"):
        try:
            return _marked(Package(source), findings, repairs, lost)
        except TooLarge:
            pages = ()
        except (CannotCarry, KeyError, IndexError, AttributeError, ValueError, TypeError):
            # a package not laid out as the standard has it fails in as many ways as there are
            # programs that write one; its values still go home, and the copy says what it lost. The
            # tests hold that nothing is lost of a sound one.
            lost = [_PARTS["look"]]
    elif container in ("xls", "ods", "html"):
        lost = [_PARTS["look"]]
    base = plain_copy.write(source, container, pages)
    if base is None:
        base, lost = plain_copy.nothing(), [_PARTS["all"]]
    return _marked(Package(base), findings, repairs, lost)


def _marked(
    package: Package, findings: Sequence[Finding], repairs: Sequence[Repair], lost: list[str]
) -> Marked:
    lost = lost + _drop_signature(package)
    if package.remove_macros():
        lost.append(_PARTS["macro"])
    before = set(package.parts)
    styles = Styles(package)
    removed = _unmark(package, styles)
    sheets = {sheet.name: sheet for sheet in package.sheets()}
    listed, looks = _mark_cells(package, styles, sheets, findings)
    _quote(package, styles)
    missing = before - removed - set(package.parts)
    lost += sorted(missing)
    titles = [_free(LIST, sheets), *([_free(REPAIRS, sheets)] if repairs else [])]
    known = frozenset(sheets)
    package.insert_sheet(
        0,
        titles[0],
        list_sheet(styles, listed, lost, known, COLOURS, has_sheets=_PARTS["all"] not in lost),
    )
    if repairs:
        package.insert_sheet(1, titles[1], repairs_sheet(styles, repairs, known))
    package.insert_sheet(
        len(package.sheets()), HIDDEN, hidden_sheet(titles, looks), state="veryHidden"
    )
    package.show_first()
    return Marked(package.to_bytes(), tuple(lost))


def _mark_cells(
    package: Package, styles: Styles, sheets: dict[str, Sheet], findings: Sequence[Finding]
) -> tuple[list[Listed], list[tuple[int, str]]]:
    """Fill and comment every cell with a finding. Returns the lines of the list in order, and per
    number the look the cell had and its place."""
    order = {name: sheet.index for name, sheet in sheets.items()}
    worksheets: dict[str, Worksheet] = {}
    placed: list[tuple[tuple[int, int, int], Finding, tuple[str, int, int] | None]] = []
    for finding in findings:
        place = None
        if finding.sheet in sheets and (finding.cell or finding.row):
            name = finding.sheet
            if name not in worksheets:
                worksheets[name] = Worksheet(package, sheets[name].part)
            row, column = (
                place_of(finding.cell)
                if finding.cell
                else (finding.row or 1, worksheets[name].first_with_value(finding.row or 1))
            )
            place = (name, *worksheets[name].shown_at(row, column))
        key = (-1, 0, 0) if place is None else (order[place[0]], place[1], place[2])
        placed.append((key, finding, place))
    placed.sort(key=lambda p: (p[0], p[1].sheet or "", _ORDER.index(p[1].severity), p[1].code))
    state_of = _states(findings)
    listed: list[Listed] = []
    groups: dict[tuple[str, int, int], list[Listed]] = {}
    for _, finding, place in placed:
        number = 0 if place is None else len(groups) + (place not in groups)
        line = _line(
            finding,
            number,
            None if place is None else cell_address(place[1], place[2]),
            state_of(finding),
        )
        listed.append(line)
        if place is not None:
            groups.setdefault(place, []).append(line)
    looks: list[tuple[int, str]] = []
    comments = {
        name: Comments(package, sheets[name].part, worksheets[name])
        for name in {place[0] for place in groups}
    }
    for (name, row, column), lines in groups.items():
        cell = worksheets[name].cell(row, column)
        looks.append((int(cell.get("s", "0")), f"{name}!{cell_address(row, column)}"))
        worst = min((line.severity for line in lines), key=_ORDER.index)
        cell.set("s", str(styles.filled(looks[-1][0], COLOURS[worst.partition("_")[0]])))
        heading = f"BAO PHỦ – {'LƯU Ý' if worst == 'warn' else 'CẦN SỬA'} (số {len(looks)})"
        comments[name].say(row, column, heading, "\n".join([*map(_words, lines), _END]))
    for of_sheet in comments.values():
        of_sheet.close()
    return listed, looks


def _states(findings: Sequence[Finding]) -> Callable[[Finding], str]:
    """What gives the words for what a finding does: true of the row as it stands with all of its
    findings, and with those of its file."""
    is_whole_file = any(f.severity in ("reject_file", "hold_file") for f in findings)
    worst: dict[tuple[str | None, int | None], Severity] = {}
    for finding in findings:
        row = (finding.sheet, finding.row)
        worst[row] = min(worst.get(row, "warn"), finding.severity, key=_ORDER.index)

    def state(finding: Finding) -> str:
        severity = finding.severity
        if severity in ("reject_row", "hold_row"):
            return capital(
                TO_MEND.vi if is_whole_file else STATES[worst[finding.sheet, finding.row]].vi
            )
        return capital(STATES[severity].vi)

    return state


def _line(finding: Finding, number: int, cell: str | None, state: str) -> Listed:
    said, rule = explain(finding), rules()[finding.code]
    example: str = said.get("example_vi") or getattr(rule, "example_vi", None) or ""
    if not example and rule.scope == "cell" and "ví dụ" not in said["fix_vi"].lower():
        example = example_of(finding.field)
    place = (finding.sheet or "", cell or finding.cell or "")
    return Listed(
        number, *place, finding.severity, state, said["message_vi"], said["fix_vi"], example
    )


def example_of(field: str | None) -> str:
    """How a cell of this field is written rightly; invented."""
    types = {c.field: c.type for form in forms() for c in form.columns}
    return _EXAMPLES.get(field or "") or _EXAMPLES_BY_TYPE.get(types.get(field or "", ""), "")


def _words(line: Listed) -> str:
    return "\n".join(
        [
            f"• {line.wrong} ({line.state})",
            f"→ Cách sửa: {line.fix}",
            *([f"→ Ví dụ: {line.example}"] if line.example else []),
        ]
    )


def _unmark(package: Package, styles: Styles) -> set[str]:
    """Take every mark of an earlier copy off: our words, our colours, our sheets. Returns the parts
    that were ours."""
    before = set(package.parts)
    by_name = {sheet.name: sheet for sheet in package.sheets()}
    looks: dict[int, int] = {}
    places: dict[str, int] = {}
    if HIDDEN in by_name:
        titles, looks, places = remembered(package, by_name[HIDDEN])
        for name in (HIDDEN, *titles):
            if (sheet := next((s for s in package.sheets() if s.name == name), None)) is not None:
                package.remove_sheet(sheet)
    coloured = styles.looks_filled(_OUR_COLOURS)
    for sheet in package.sheets():
        commented = any(
            b"BAO PH" in package.parts[part] for _, part in package.related(sheet.part, "comments")
        )
        if not coloured and not commented:
            continue
        worksheet = Worksheet(package, sheet.part)
        numbers = {}
        if commented:
            comments = Comments(package, sheet.part, worksheet)
            numbers = comments.cut(_OURS)
            comments.close()
        for row, column, cell in worksheet.cells():
            look = int(cell.get("s", "0"))
            if look in coloured:
                number = numbers.get((row, column)) or places.get(
                    f"{sheet.name}!{cell_address(row, column)}", 0
                )
                cell.set("s", str(styles.refilled(look, looks.get(number))))
    return before - set(package.parts)


def _drop_signature(package: Package) -> list[str]:
    """A changed file is no longer the signed one: a signature that fails would be worse than
    none."""
    signed = [part for part in package.parts if part.startswith("_xmlsignatures/")]
    if signed:
        package.remove(*signed)
        root = package.edit("_rels/.rels")
        for relation in [r for r in root if "_xmlsignatures/" in (r.get("Target") or "")]:
            root.remove(relation)
    return [_PARTS["_xmlsignatures"]] if signed else []


def _quote(package: Package, styles: Styles) -> None:
    """Text that begins like a formula is marked as text, so that a touch of the cell does not make
    it one."""
    part = next((target for _, target in package.related(package.workbook, "sharedStrings")), None)
    if part is None or not re.search(rb"<(?:\w+:)?t(?: [^<>]*)?>[=+\-@]", package.parts[part]):
        return
    texts = [
        "".join(t.text or "" for t in item.iter(f"{{{MAIN}}}t")) for item in package.look(part)
    ]
    risky = {str(i) for i, text in enumerate(texts) if _BEGINS_A_FORMULA.match(text)}
    for sheet in package.sheets() if risky else ():
        for _, _, cell in Worksheet(package, sheet.part).cells():
            if cell.get("t") == "s" and cell.findtext(f"{{{MAIN}}}v") in risky:
                cell.set("s", str(styles.quoted(int(cell.get("s", "0")))))


def _free(title: str, taken: dict[str, Sheet]) -> str:
    """The title, or with a number where the agent has a sheet of that name."""
    lower = {name.lower() for name in taken}
    return next(
        name
        for n in range(1, len(taken) + 2)
        if (name := title if n == 1 else f"{title} ({n})").lower() not in lower
    )
