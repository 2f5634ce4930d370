"""A figure of a KPI table, and the lines that add up to it.

The lines are read again from the models, apart from those that count the figure; where they do not
add up to what the table holds, that is a bug of ours, and the trace crashes rather than lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from core.data_folder import DataFolder
from publishing.store import read_store
from publishing.trace.evidence import evidence_of, how_traced, lines_of, stated_lines
from publishing.trace.standing import Asked, Line, Part, Trace, TraceRefused, answer, standing

HOLDERS = ("district", "commune", "officer", "agent", "system", "association")
"""Whose figure can be traced: the KPI tables."""
KPI_TABLES = tuple(f"kpi_by_{holder}" for holder in HOLDERS)


@dataclass(frozen=True)
class Touched:
    """A figure that rows of a file count in. `counts`: what they add, in the figure's unit."""

    kpi: str
    holder: str
    code: str
    lines: int
    counts: int


def trace(
    data: Path,
    kpi: str,
    on: date | None = None,
    known_on: date | None = None,
    holder: str = "district",
    code: str | None = None,
) -> Trace:
    """The figure `kpi` of `kpi_by_<holder>` for one reporting date, and what it rests on.

    Days default as for the KPI table. `code` may be left out where there is one holder of its kind.
    Raises TraceRefused for a figure or a holder that the table does not have, AsOfRefused for days
    that cannot be answered, NothingPublished before the first night.
    """
    how = how_traced().get(kpi)
    if how is None:
        raise TraceRefused(f"no KPI table has a figure {kpi!r} that counts something")
    with standing(DataFolder(data), [f"kpi_by_{holder}"], on, known_on) as (con, day, known):
        code = _holder_code(con, holder, code, day.on)
        figures = _figures(con, holder, code, day.on)
        if kpi not in figures:
            raise TraceRefused(f"kpi_by_{holder} has no figure {kpi!r}")
        value = figures[kpi]
        lines: tuple[Line, ...] | None = None
        if how.parts is None and value is not None:
            lines = (
                stated_lines(con, how.stated, holder, code, day, figures.get("target_period"))
                if how.stated
                else lines_of(con, evidence_of(kpi, how, holder, day), code)
            )
        parts = tuple(Part(p, figures[p]) for p in how.parts or () if p in figures)
        asked = Asked(f"kpi_by_{holder}", kpi, day.on, known, holder, code)
        return answer(con, asked, value, lines, parts)


@dataclass(frozen=True, repr=False)
class NamedRow:
    """The row of a line as its sheet has it, with the person: for the workbook alone. Says nothing
    of itself in a log or a traceback. `sheet_index`: the place of its sheet, from 0."""

    sha256: str
    sheet_index: int
    full_name: str | None
    bhxh_number: str | None
    from_month: int | None
    months: int | None
    participant_vnd: int | None


def named_rows(data: Path, found: Trace) -> dict[str, NamedRow]:
    """Key of a row -> the row, for the lines of a trace that rest on rows of sheets."""
    with read_store(DataFolder(data).as_of, "ops.compiled_models") as con:
        rows = con.execute(
            """
            select row_id, sha256, sheet_index, full_name, bhxh_number, from_month, months,
                participant_vnd
            from raw.sheet_rows where row_id in (select unnest(?))
            """,
            [[line.row_id for line in found.lines if line.row_id]],
        ).fetchall()
    return {row_id: NamedRow(*values) for row_id, *values in rows}


def touched(
    data: Path, file: str, on: date | None = None, known_on: date | None = None
) -> tuple[Touched, ...]:
    """Every figure of the KPI tables for one reporting date that a file counts in.

    `file`: its SHA-256, or at least the first 12 characters. Raises TraceRefused where no such file
    has been received.
    """
    places = DataFolder(data)
    found: dict[tuple[str, str, str], list[int]] = {}
    with standing(places, KPI_TABLES, on, known_on) as (con, day, _):
        sha256 = whole_hash(con, file)
        for holder in HOLDERS:
            columns = _columns(con, holder)
            figures = _all_figures(con, holder, day.on)
            for kpi, how in how_traced().items():
                if kpi not in columns or how.parts is not None or how.stated or how.villages:
                    continue
                for code, lines, counts in con.execute(
                    f"""
                    select holder_code, count(*), sum(counts)
                    from ({evidence_of(kpi, how, holder, day)})
                    where file = ? group by holder_code
                    """,
                    [sha256],
                ).fetchall():
                    if figures.get(code, {}).get(kpi) is not None:
                        found[(kpi, holder, code)] = [lines, counts]
    return tuple(
        Touched(kpi, holder, code, lines, counts)
        for (kpi, holder, code), (lines, counts) in sorted(
            found.items(), key=lambda item: (HOLDERS.index(item[0][1]), item[0][2], item[0][0])
        )
    )


def whole_hash(con: duckdb.DuckDBPyConnection, file: str) -> str:
    """The SHA-256 of a received file that begins so. Raises TraceRefused where there is none."""
    if len(file) < 12 or not set(file) <= set("0123456789abcdef"):
        raise TraceRefused("a file is named by its SHA-256, or by at least the first 12 characters")
    found = con.execute(
        "select distinct sha256 from staging.stg_intake__submissions where starts_with(sha256, ?)",
        [file],
    ).fetchall()
    if len(found) != 1:
        raise TraceRefused(f"no file {file[:12]} has been received")
    return str(found[0][0])


def _columns(con: duckdb.DuckDBPyConnection, holder: str) -> set[str]:
    return {str(c[0]) for c in con.execute(f"describe marts.kpi_by_{holder}").fetchall()}


def _all_figures(
    con: duckdb.DuckDBPyConnection, holder: str, on: date
) -> dict[str, dict[str, Any]]:
    """Code of a holder -> its row of the KPI table."""
    found = con.execute(f"from marts.kpi_by_{holder} where reporting_date = ?", [on])
    columns = [c[0] for c in found.description]
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return {row[f"{holder}_code"]: row for row in rows}


def _figures(con: duckdb.DuckDBPyConnection, holder: str, code: str, on: date) -> dict[str, Any]:
    figures = _all_figures(con, holder, on).get(code)
    if figures is None:
        raise TraceRefused(f"kpi_by_{holder} has no {holder} {code!r} on {on}")
    return figures


def _holder_code(con: duckdb.DuckDBPyConnection, holder: str, code: str | None, on: date) -> str:
    if code is not None:
        return code
    codes = sorted(_all_figures(con, holder, on))
    if len(codes) != 1:
        raise TraceRefused(f"say whose figure: kpi_by_{holder} has {len(codes)} rows on {on}")
    return codes[0]
