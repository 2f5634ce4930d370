"""Where a form's table stands in a sheet: code row, printed titles, columns. Titles and codes must
agree; position alone is never enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from ingestion.forms.contracts import Form, form_named, forms, title_key
from ingestion.forms.normalise import clean_text, text_key
from ingestion.model import Grid, cell_address

_HEADER_ROWS_AT_MOST = 6
_THOUSANDS = re.compile(r"(?:nghin|ngan)\s*dong|\b1[.,]?000\s*(?:dong|d)\b")


@dataclass(frozen=True)
class Table:
    """Where a form's table stands: 0-based rows and columns."""

    form: Form
    top: int
    """First row of the printed titles."""
    code_row: int
    columns: dict[str, int]
    missing: list[str]
    unknown: list[str]
    titles: dict[int, frozenset[str]] = field(default_factory=dict)
    """column -> keys of the titles and of the code above it: a row of nothing else is the head of a
    new page."""
    thousands: frozenset[str] = frozenset()
    """Fields of money that are printed in thousands of đồng."""

    @property
    def wrong(self) -> int:
        """How many columns do not fit."""
        return len(self.missing) + len(self.unknown)


def find_table(grid: Grid) -> Table | None:
    """The best match of any known form in the sheet, or None: the first without a fault, else the
    one with the fewest."""
    best: Table | None = None
    for row, cells in enumerate(grid):
        codes = _codes(cells)
        if len(codes) < _fewest_codes():
            continue
        for form in forms():
            if len(codes & form.codes) * 5 < len(form.columns) * 3:
                continue
            table = _match_columns(grid, row, form)
            if not table.wrong:
                return table
            if len(table.columns) * 2 >= len(form.columns) and (
                best is None or table.wrong < best.wrong
            ):
                best = table
    return best


def is_repeated_head(cells: Sequence[object], table: Table) -> bool:
    """Whether the row is one of the printed titles or codes again, as at the top of a new page."""
    number = cells[table.columns["bhxh_number"]]
    # told at once, for nearly every row
    if number not in (None, "") and (not isinstance(number, str) or number[:1].isdigit()):
        return False
    keys = [
        (index, title_key(clean_text(value)) or _code(value))
        for index, value in enumerate(cells)
        if value not in (None, "")
    ]
    return len(keys) >= 2 and all(key in table.titles.get(index, ()) for index, key in keys)


@cache
def _fewest_codes() -> int:
    return min(-(-len(form.columns) * 3 // 5) for form in forms())


def _codes(cells: Sequence[object]) -> set[str]:
    codes = {_code(value) for value in cells if value not in (None, "")}
    return codes | {code.split("=")[0] for code in codes}


def _code(value: object) -> str:
    return clean_text(value).replace(" ", "").strip("()")


def _match_columns(grid: Grid, code_row: int, form: Form) -> Table:
    has_header = any(c.headers for c in form.columns)
    top = _top(grid, code_row, form) if has_header else code_row
    of_table = any(
        _THOUSANDS.search(text_key(v))
        for row in grid[max(0, top - 3) : top]
        for v in row
        if v and isinstance(v, str)
    )
    return _match_band(form.name, tuple(map(tuple, grid[top : code_row + 1])), top, of_table)


# Agents fill in the same few printed tables: each is matched once.
@lru_cache(maxsize=256)
def _match_band(
    form_name: str, band: tuple[tuple[object, ...], ...], top: int, of_table: bool
) -> Table:
    """The columns of a form under the printed titles, `band`, whose last row are the codes;
    `of_table`: the lines above speak of thousands of đồng."""
    form, code_row = form_named(form_name), top + len(band) - 1
    by_path = {
        (path, code): column
        for column in form.columns
        for path in column.headers or ((),)
        for code in column.codes
    }
    has_header = any(c.headers for c in form.columns)
    paths = _header_paths(band)
    columns: dict[str, int] = {}
    unknown: list[str] = []
    thousands: set[str] = set()
    titles: dict[int, frozenset[str]] = {}
    for index, value in enumerate(band[-1]):
        code, path = _code(value), tuple(title_key(title) for title in paths.get(index, ()))
        if not code and not path:
            continue
        column = by_path.get((path if has_header else (), code)) or by_path.get(
            (path if has_header else (), code.split("=")[0])
        )
        titles[index] = frozenset((*path, code, code.casefold(), title_key(code)))
        if column is None or column.field in columns:
            unknown.append(cell_address(code_row + 1, index))
            continue
        columns[column.field] = index
        if column.type == "money" and (
            of_table or any(_THOUSANDS.search(title) for title in paths.get(index, ()))
        ):
            thousands.add(column.field)
    missing = [c.label for c in form.columns if c.field not in columns]
    return Table(form, top, code_row, columns, missing, unknown, titles, frozenset(thousands))


def _top(grid: Grid, code_row: int, form: Form) -> int:
    """The first row above the code row in which two titles of the form stand."""
    rows = range(max(0, code_row - _HEADER_ROWS_AT_MOST), code_row)
    return next((r for r in rows if _begins_titles(form.name, tuple(grid[r]))), code_row)


@lru_cache(maxsize=1 << 10)
def _begins_titles(form_name: str, cells: tuple[object, ...]) -> bool:
    first_titles = {path[0] for c in form_named(form_name).columns for path in c.headers}
    return sum(title_key(clean_text(v)) in first_titles for v in cells if v not in (None, "")) >= 2


def _header_paths(printed: Sequence[Sequence[object]]) -> dict[int, tuple[str, ...]]:
    """column -> keys of the titles above it, units kept. A merged title shows in its first cell
    only: a blank one inherits from the left, as long as a title stands below it and the titles
    above are the same. The same title again below itself is one that was not merged."""
    band = [[text_key(value) for value in row] for row in printed[:-1]]
    paths: dict[int, list[str]] = {i: [] for i in range(len(printed[-1]))}
    for level, titles in enumerate(band):
        above = {i: tuple(path) for i, path in paths.items()}
        for i in paths:
            title = titles[i]
            has_title_below = any(row[i] for row in band[level + 1 :])
            if (
                not title
                and has_title_below
                and i > 0
                and above[i] == above[i - 1]
                and len(paths[i - 1]) > len(above[i - 1])
            ):
                title = paths[i - 1][-1]
            if title and (not paths[i] or paths[i][-1] != title):
                paths[i].append(title)
    return {i: tuple(path) for i, path in paths.items()}
