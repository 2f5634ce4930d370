"""A sheet of QĐ 595 with rows of any values, also such as no person has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support import printed


def write_sheet(path: Path, parts: list[tuple[str, list[tuple[Any, ...]], bool]]) -> int:
    """Write the form with these parts: section, people (their columns after STT), and whether a
    line adds them up. The first part begins in row 11.

    Returns how many rows stand between the code row and the foot, blank ones not counted.
    """
    sheet = printed.headed(printed.D05_595, above=1)
    written = 0
    for section, people, has_subtotal in parts:
        lines: list[list[Any]] = [[section, printed.D05_595.sections[not section.endswith("1")]]]
        lines += [[ordinal, *person] for ordinal, person in enumerate(people, start=1)]
        if has_subtotal:
            lines.append([None, "Cộng tăng", None, None, None, None, 123_000])
        written += len(lines)
        sheet.grid += [*lines, []] if has_subtotal else lines
    sheet.grid += [[], [printed.D05_595.foot]]
    path.write_bytes(printed.xlsx({"D05-TS": sheet}))
    return written
