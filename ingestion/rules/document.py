"""docs/rules.md and the seed of `dim_rule`, written from the suites; docs/fields.md, from the
fields of a row and the frames of the rules.

`python -m ingestion.rules.document` writes all three again.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from core.data_folder import PROJECT_ROOT, RULE_SEED
from core.errors import WrongDataFile
from ingestion.forms.fields import fields
from ingestion.rules.frames import (
    files_frame,
    places_frame,
    reference_frame,
    shares_frame,
    subtotals_frame,
)
from ingestion.rules.row_frame import rows_frame
from ingestion.rules.rulebook import (
    ROW_SUITES,
    SUITES,
    Group,
    Rule,
    Scope,
    rules,
    suite_entries,
    suite_names,
)

PAGE = PROJECT_ROOT / "docs" / "rules.md"
FIELDS_PAGE = PROJECT_ROOT / "docs" / "fields.md"

GROUPS: dict[Group, str] = {
    "structure": "Cấu trúc tệp · Structure",
    "identity": "Người tham gia · Identity",
    "dates": "Ngày và tháng · Dates and months",
    "money": "Tiền · Money",
    "subtotals": "Số cộng · Subtotals",
    "rows": "Dòng với dòng · Rows against rows",
    "register": "Danh mục · Register",
    "plausibility": "Hợp lý · Plausibility",
    "across": "Giữa các tệp và lịch sử · Across files and history",
}

SEVERITIES = {
    "reject_file": "loại tệp · rejects the file",
    "hold_file": "giữ cả tệp · holds the file",
    "reject_row": "loại dòng · rejects the row",
    "hold_row": "giữ dòng · holds the row",
    "warn": "nhắc · warns",
}

SCOPES: dict[Scope, str] = {
    "cell": "ô · cell",
    "row": "dòng · row",
    "file": "tệp · file",
    "register": "danh mục · register",
    "across": "nhiều tệp · across",
}

HEAD = """# Sổ quy tắc · The rule book

Không sửa trang này: `make docs` viết lại từ các bộ quy tắc trong `expectations/`. Thêm một quy tắc: [runbooks/a-new-rule.md](runbooks/a-new-rule.md). ·
Not written by hand: `make docs` writes it from the suites in `expectations/`. To add a rule: [runbooks/a-new-rule.md](runbooks/a-new-rule.md).

Quy tắc áp dụng theo tháng đóng của dòng (ngày biên lai, nếu không có thì tháng của biểu); quy tắc về tệp theo tháng của biểu. Điều không biết thì không bị bắt lỗi. Một lỗi chỉ báo một lần:
tổng sai (BP-306) thì chưa xét số tiền theo luật (BP-307), số tiền sai thì chưa xét mức hỗ trợ (BP-309, BP-310). · A rule applies by the month in which the row was paid (the receipt's day, else the
month of the sheet); a rule about files by the month of the sheet. What is not known breaks no rule. One mistake is told once: where the sum is wrong (BP-306) the law of money is not asked
(BP-307), and where that is broken support is not (BP-309, BP-310).
"""


def page(folder: Path = SUITES) -> str:
    """The whole page, both languages, one section per group, in the order of the codes."""
    known = rules(folder)
    refuse_unknown_columns(folder)
    parts = [HEAD]
    for group, title in GROUPS.items():
        of_group = [rule for _, rule in sorted(known.items()) if rule.group == group]
        if of_group:
            parts.append(f"## {title}\n")
            parts += ["\n".join(_lines(rule, folder)) + "\n" for rule in of_group]
    return "\n".join(parts)


def _lines(rule: Rule, folder: Path) -> Iterator[str]:
    yield f"### {rule.code} · {SEVERITIES[rule.severity]}"
    yield f"{rule.message_vi} · {rule.message_en}"
    yield ""
    yield f"- Cách sửa · To do: {rule.fix_vi} Ví dụ · Example: `{rule.example_vi}`"
    yield f"- Ngăn · Prevents: {rule.prevents}"
    yield f"- Phạm vi · Scope: {SCOPES[rule.scope]} · Người phụ trách · Owner: {rule.owner} · Căn cứ · Source: {rule.source}"
    if dates := _dates(rule.code, folder):
        yield f"- Hiệu lực · In force: {dates}"
    for suite, condition in _conditions(rule.code, folder):
        yield f"- `{suite}`: `{condition}`"


def _conditions(code: str, folder: Path) -> Iterator[tuple[str, str]]:
    for name in suite_names(folder):
        for entry in suite_entries(name, folder):
            if entry["meta"]["code"] == code:
                kwargs = entry["kwargs"]
                yield (
                    name,
                    kwargs["condition"] + (f" when {kwargs['when']}" if kwargs["when"] else ""),
                )


def _dates(code: str, folder: Path) -> str:
    spans = {
        (entry["meta"].get("valid_from"), entry["meta"].get("valid_to"))
        for name in suite_names(folder)
        for entry in suite_entries(name, folder)
        if entry["meta"]["code"] == code
    } - {(None, None)}
    return "; ".join(
        f"{since or '…'} – {until or '…'}"
        for since, until in sorted(spans, key=lambda s: (s[0] or "", s[1] or ""))
    )


FIELDS_HEAD = """# Trường của một dòng · The fields of a row

Không sửa trang này: `make docs` viết lại từ `ingestion/forms/fields.yaml` và các khung dữ liệu của quy tắc. ·
Not written by hand: `make docs` writes it from `ingestion/forms/fields.yaml` and from the frames of the rules.

`type`: cách đọc một ô · how a cell is read. `stored`: kiểu cột trong `raw.sheet_rows` · its column there.
`rules`: quy tắc được hỏi · a rule may ask, by this name, and by `<field>__problem` for what was wrong with the cell:
`missing`, `unreadable`, `ambiguous`, `shortened`, `uncached`, …; a date is a count of days there.

| field | tên · title | type | stored | rules |
|---|---|---|---|---|
"""

FRAMES_HEAD = """
## Những cột khác một quy tắc được dùng · What else a rule may use

Tên bộ quy tắc, rồi các cột của khung mà nó xét (quy tắc `across`: `ingestion/rules/across.sql`). ·
The suite, then the columns of the frame it looks at (for `across`: `ingestion/rules/across.sql`).
"""


METHODS = ("abs", "fillna", "fullmatch", "isin", "isna", "notna", "str")
"""What a condition may ask of a column."""


def frames() -> dict[str, Collection[str]]:
    """Suite -> the columns that its rules may name."""
    return {
        "rows": rows_frame([], "d05-ts")[0].columns,
        "d05_ts_subtotals": subtotals_frame([])[0].columns,
        "files": files_frame([], {}).columns,
        "files_by_rows": shares_frame([], []).columns,
        "places": places_frame([])[0].columns,
        "reference_cells": reference_frame([])[0].columns,
    }


def refuse_unknown_columns(folder: Path = SUITES) -> None:
    """Raises WrongDataFile for a condition that names a column which its frame does not have, or
    asks of it what it cannot answer."""
    known = frames()
    of_rows = set(ROW_SUITES.values())
    for name in suite_names(folder):
        columns = known.get("rows" if name in of_rows else name)
        if columns is None:  # `across` has its conditions in across.sql
            continue
        for entry in suite_entries(name, folder):
            for text in filter(None, (entry["kwargs"]["condition"], entry["kwargs"]["when"])):
                file = f"{'rows' if name in of_rows else name}.json"
                where = f"{file}, rule {entry['meta']['code']}"
                _refuse_unknown(text, columns, where)


def _refuse_unknown(text: str, columns: Collection[str], where: str) -> None:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as exc:
        raise WrongDataFile(f"{where}: {text!r} is no condition: {exc.msg}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in columns:
            near = ", ".join(get_close_matches(node.id, list(columns), 3)) or "see docs/fields.md"
            raise WrongDataFile(f"{where}: no column {node.id!r}; near it: {near}")
        if isinstance(node, ast.Attribute) and node.attr not in METHODS:
            raise WrongDataFile(f"{where}: {node.attr!r} is not one of: {', '.join(METHODS)}")


def fields_page() -> str:
    """The fields of a row, then the columns of every frame that are no field."""
    lines = [
        f"| `{f.field}` | {f.title_vi} | {f.type} | {f.stored_as if f.stored else '–'} | {'✓' if f.rules else '–'} |"
        for f in fields().values()
    ]
    of_fields = {f"{name}{end}" for name in fields() for end in ("", "__problem")}
    others = [
        f"- `{suite}`: "
        + ", ".join(
            f"`{name}`" for name in sorted(set(columns) - (of_fields if suite == "rows" else set()))
        )
        for suite, columns in frames().items()
    ]
    return FIELDS_HEAD + "\n".join(lines) + "\n" + FRAMES_HEAD + "\n" + "\n".join(others) + "\n"


SEED_COLUMNS = (
    "rule_code",
    "severity",
    "scope",
    "rule_group",
    "message_vi",
    "message_en",
    "fix_vi",
    "owner",
    "rule_source",
)


def seed(folder: Path = SUITES) -> str:
    """The rule book as a table for `dim_rule`: a line per code, in the order of the codes."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(SEED_COLUMNS)
    for _, rule in sorted(rules(folder).items()):
        sentences = (in_general(rule.message_vi), in_general(rule.message_en))
        # one that only the finding knows
        fix = "" if rule.fix_vi == "{detail}" else in_general(rule.fix_vi)
        lines.writerow(
            [
                rule.code,
                rule.severity,
                rule.scope,
                rule.group,
                *sentences,
                fix,
                rule.owner,
                rule.source,
            ]
        )
    return text.getvalue()


def in_general(sentence: str) -> str:
    """A rule's sentence without the place and the details that a finding gives it: 'Ô {cell}: không
    đọc được ngày.' → 'Không đọc được ngày.'"""
    general = re.sub(r"^[^:]*\{(?:cell|row|sheet)\}[^:{]*:\s*", "", sentence)
    general = re.sub(r"\s*\([^()]*\{detail\}\)|:\s*\{detail\}", "", general)
    general = re.sub(r"\{\w+\}", "…", general)
    return general[:1].upper() + general[1:]


if __name__ == "__main__":
    for file, text in ((PAGE, page()), (FIELDS_PAGE, fields_page()), (RULE_SEED, seed())):
        file.write_text(text, encoding="utf-8")
        print(file)
