"""The reference workbook: what the office keeps about agents, communes' populations and targets.
Every version is landed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from ingestion.forms.contracts import ReferenceSheet, reference_sheets
from ingestion.forms.normalise import READERS, Habits, clean_text
from ingestion.model import Grid, ParsedFile, SheetRow, cell_address

FORM = "reference/1"
_HABITS = Habits(date_order="dmy")


@dataclass(frozen=True)
class Register:
    """The agents and villages of one version of the reference workbook; two of one version are
    one."""

    sha256: str
    agents: tuple[dict[str, Any], ...] = field(repr=False, compare=False)
    villages: tuple[dict[str, Any], ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, parsed: ParsedFile) -> Register:
        """That of a reference workbook that was read."""
        return cls(
            parsed.sha256, tuple(parsed.tables["ref_agents"]), tuple(parsed.tables["ref_villages"])
        )

    def is_known(self, agent_code: str, month_end: date) -> bool:
        """Whether the agent stands in the register on some day up to `month_end` and has not ended
        before that month."""
        return bool(self._in_month(agent_code, month_end))

    def commune_of(self, agent_code: str, month_end: date) -> str | None:
        """The commune of the agent's collection point in that month; None where the register names
        no single one."""
        communes = {agent.get("commune_code") for agent in self._in_month(agent_code, month_end)}
        return communes.pop() if len(communes) == 1 else None

    def _in_month(self, agent_code: str, month_end: date) -> list[dict[str, Any]]:
        """The rows of an agent that hold on some day up to `month_end` and have not ended before
        that month."""
        first = month_end.replace(day=1)
        return [
            agent
            for agent in self._by_code.get(agent_code, ())
            if agent["valid_from"] <= month_end
            and (agent["valid_to"] is None or agent["valid_to"] >= first)
        ]

    @cached_property
    def _by_code(self) -> dict[str, list[dict[str, Any]]]:
        """Made once: every file of a night asks for its agent."""
        agents: dict[str, list[dict[str, Any]]] = {}
        for agent in self.agents:
            agents.setdefault(agent["agent_code"], []).append(agent)
        return agents


def is_reference(sheets: set[str]) -> bool:
    """Told by the names of its sheets, not by its own."""
    return bool(sheets & {"dai_ly", "chi_tieu", "dan_so"})


def parse_reference(sha256: str, sheets: dict[str, Grid]) -> ParsedFile:
    """Read every sheet of the reference. Problems of cells stand in the rows; a missing sheet or
    column in `missing_columns`."""
    parsed = ParsedFile(sha256, form=FORM)
    for index, spec in enumerate(reference_sheets()):
        grid = sheets.get(spec.sheet)
        if grid is None:
            parsed.missing_columns.append(spec.sheet)
            continue
        header = next(
            (
                r
                for r, cells in enumerate(grid[:5])
                if spec.columns[0].field in map(clean_text, cells)
            ),
            None,
        )
        codes = [clean_text(v) for v in grid[header]] if header is not None else []
        absent = [c.field for c in spec.columns if c.field not in codes and not c.optional]
        if header is None or absent:
            parsed.missing_columns.extend(f"{spec.sheet}.{name}" for name in absent)
            continue
        columns = {c.field: codes.index(c.field) for c in spec.columns if c.field in codes}
        parsed.columns.update({f"{spec.sheet}.{name}": column for name, column in columns.items()})
        rows = list(_rows(spec, index, grid, header, columns))
        _mark_overlaps(spec, rows)
        parsed.rows.extend(rows)
        parsed.rows_at_cells += sum(
            any(clean_text(v) for v in cells) for cells in grid[header + 1 :]
        )
        parsed.tables[spec.table] = [row.values for row in rows]
    return parsed


@dataclass(frozen=True)
class WrongCell:
    """A cell of a reference workbook that cannot stand."""

    row: SheetRow
    cell: str
    field: str
    problem: str


def reference_cells(parsed: ParsedFile) -> list[WrongCell]:
    """The cells that cannot stand, for the rule book."""
    required = {(s.sheet, c.field) for s in reference_sheets() for c in s.columns if c.required}
    return [
        WrongCell(
            row, cell_address(row.number, parsed.columns[f"{row.sheet}.{name}"]), name, problem
        )
        for row in parsed.rows
        for name, problem in row.problems.items()
        if problem != "missing" or (row.sheet, name) in required
    ]


def _rows(
    spec: ReferenceSheet, sheet_index: int, grid: Grid, header: int, columns: dict[str, int]
) -> Iterator[SheetRow]:
    for number, cells in enumerate(grid[header + 1 :], start=header + 2):
        if not any(clean_text(v) for v in cells):
            continue
        row = SheetRow(spec.sheet, sheet_index, number, section=None, is_data=True, amount_vnd=0)
        for column in (c for c in spec.columns if c.field in columns):
            value, problem = READERS[column.type](cells[columns[column.field]], _HABITS)[:2]
            if problem is None and column.choices and value not in column.choices:
                value, problem = None, "unreadable"
            row.values[column.field] = value
            if problem:
                row.problems[column.field] = problem
        yield row


def _mark_overlaps(spec: ReferenceSheet, rows: list[SheetRow]) -> None:
    """The same key twice on one day would give one question two answers."""
    names = {c.field for c in spec.columns}
    spans: dict[tuple[Any, ...], list[tuple[date, date]]] = {}
    for row in rows:
        key = tuple(row.values[k] for k in spec.key)
        start = row.values["valid_from"] or date.min if "valid_from" in names else date.min
        end = row.values["valid_to"] or date.max if "valid_to" in names else date.max
        earlier = spans.setdefault(key, [])
        if any(start <= e and s <= end for s, e in earlier):
            row.problems[spec.key[0]] = "overlapping"
        earlier.append((start, end))
