"""`baophu trace`: the rows behind a figure, and the figures that a file counts in. Every use is
recorded before anything is shown."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from baophu.commands import DONE
from baophu.terminal import PlainConsole, print_json
from core.data_folder import DataFolder
from core.errors import OfficeFault, machine_faults
from core.private import refuse_published
from core.vietnamese import NOT_KNOWN, day, number
from core.whole_files import write_new
from core.words import FATES
from ingestion.arrival.uses import record_use
from publishing.trace import (
    FACTS,
    HOLDERS,
    Line,
    NamedRow,
    Touched,
    Trace,
    named_rows,
    touched,
    trace,
    trace_fact,
)
from publishing.trace.words import DECISIONS, holder_words

_SHOWN = 40
"""Lines that a terminal shows; --format json and --out have all."""
_CELLS_OF_PEOPLE = ("bhxh_number", "from_month", "months", "paid_from", "paid_until")
_CELLS_OF_MONEY = {
    "contributions_vnd": ("participant_vnd",),
    "state_support_vnd": ("state_support_vnd",),
}


def run(asked: argparse.Namespace) -> int:
    """The command, once its words are understood."""
    folder = DataFolder.resolve(asked.data)
    if asked.file is not None and asked.kpi is None:
        return _of_a_file(asked, folder)
    if asked.kpi is None:
        raise OfficeFault("say which figure: --kpi CODE, or --file SHA256 for those of a file")
    found = _trace(asked, folder)
    about = {
        "kpi": found.kpi,
        "holder": found.holder,
        "code": found.code,
        "on": found.on.isoformat(),
        "known_on": found.known_on.isoformat(),
        "lines": len(found.lines),
        "with_names": asked.out is not None or asked.open is not None,
    }
    record_use(folder, "trace", about, datetime.now(UTC))
    written = _write(asked, folder, found)
    if asked.format == "json":
        print_json({**_told(found), "written": written})
    else:
        _show(found)
        if asked.out is not None:
            print(f"{written[0]}: có thông tin cá nhân, chỉ người kiểm tra được xem.")
        if asked.open is not None:
            copies = number(len(written) - (asked.out is not None))
            print(f"{asked.open}: {copies} bản sao bảng kê đã tô màu ô; có thông tin cá nhân.")
    return DONE


def _trace(asked: argparse.Namespace, folder: DataFolder) -> Trace:
    days = asked.on, asked.known_on
    named = {
        key: value for key in ("method", "rule", "agent", "file") if (value := getattr(asked, key))
    }
    if asked.kpi in FACTS and set(named) & {"method", "rule", "file"}:
        return trace_fact(folder.root, asked.kpi, named, *days)
    if set(named) - {"agent"}:
        raise OfficeFault(f"no table has {asked.kpi!r} by {' and '.join(sorted(named))}")
    holder = next((name for name in HOLDERS if getattr(asked, name) is not None), "district")
    return trace(folder.root, asked.kpi, *days, holder, getattr(asked, holder))


def _of_a_file(asked: argparse.Namespace, folder: DataFolder) -> int:
    figures = touched(folder.root, asked.file.lower(), asked.on, asked.known_on)
    record_use(
        folder, "trace", {"file": asked.file[:12], "figures": len(figures)}, datetime.now(UTC)
    )
    if asked.format == "json":
        print_json([vars(figure) for figure in figures])
    else:
        _show_touched(asked.file, figures)
    return DONE


def _told(found: Trace) -> dict[str, Any]:
    """The object of `--format json`: no address in the warehouse, nothing of a participant."""
    lines = [{k: v for k, v in vars(line).items() if k != "row_id"} for line in found.lines]
    parts = [vars(part) for part in found.parts]
    return {**vars(found), "lines": lines, "parts": parts}


def _show(found: Trace) -> None:
    console = PlainConsole()
    console.print(
        f"{found.name_vi}: {_value(found.value)} · {holder_words(found.holder, found.code)} · "
        f"{day(found.on)}, theo hồ sơ nhận đến đêm {day(found.known_on)}",
        highlight=False,
    )
    if found.value is None:
        console.print("Chưa rõ, nên không có dòng nào đứng sau số này.", highlight=False)
    if found.parts:
        console.print(f"Cách tính: {found.formula_vi}", highlight=False)
        for part in found.parts:
            console.print(f"  {part.kpi} = {_value(part.value)}", highlight=False)
    if not found.lines:
        return
    table = Table(box=box.SIMPLE)
    for title in ("Tính", "Tệp", "Trang tính", "Dòng", "Mục", "Đại lý", "Xã", "Đêm", "Trạng thái"):
        table.add_column(title, justify="right" if title in ("Tính", "Dòng") else "left")
    for line in found.lines[:_SHOWN]:
        table.add_row(*_texts(line))
    console.print(table)
    if (rest := len(found.lines) - _SHOWN) > 0:
        console.print(f"và {number(rest)} dòng nữa: --format json hoặc --out TỆP", highlight=False)


def _texts(line: Line) -> Iterator[str]:
    fate = FATES[line.fate].vi if line.fate else NOT_KNOWN
    decision = DECISIONS.get(line.decision or "")
    yield number(line.counts)
    yield line.file or NOT_KNOWN
    yield line.sheet or NOT_KNOWN
    yield (str(line.row) if line.row is not None else line.key or NOT_KNOWN)
    yield line.section or NOT_KNOWN
    yield line.agent_code or NOT_KNOWN
    yield line.commune_code or NOT_KNOWN
    yield day(line.night)
    yield f"{fate} ({decision})" if decision else fate


def _value(value: float | int | None) -> str:
    if value is None or isinstance(value, int):
        return number(value)
    return f"{value:.6g}".replace(".", ",")


def _show_touched(file: str, figures: tuple[Touched, ...]) -> None:
    console = PlainConsole()
    table = Table(box=box.SIMPLE)
    for title in ("Của", "Số liệu", "Dòng của tệp", "Tính"):
        table.add_column(title)
    for figure in figures:
        table.add_row(
            holder_words(figure.holder, figure.code),
            figure.kpi,
            number(figure.lines),
            number(figure.counts),
        )
    console.print(f"Tệp {file[:12]}: {number(len(figures))} số liệu", highlight=False)
    console.print(table)


def _write(asked: argparse.Namespace, folder: DataFolder, found: Trace) -> list[str]:
    """The workbook of the rows, and the marked copies, where they are asked for."""
    if asked.out is None and asked.open is None:
        return []
    from core.workers import apart
    from publishing.trace.workbook import write_trace

    named = named_rows(folder.root, found)
    written = []
    if asked.out is not None:
        written.append(str(apart(write_trace, found, named, asked.out, folder.root)))
    if asked.open is not None:
        written += [str(path) for path in _mark(asked.open, folder, found, named)]
    return written


def _mark(
    out: Path, folder: DataFolder, found: Trace, named: dict[str, NamedRow]
) -> Iterator[Path]:
    """A copy of each workbook, its cells that the figure rests on filled. Named by its hash."""
    from ingestion.arrival.landing import read_arrivals
    from ingestion.feedback.marked_copy import NotMarked
    from ingestion.feedback.traced_copy import ToTrace, trace_all

    out = out.resolve()
    refuse_published(folder, out)
    rows: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for line in found.lines:
        row = named.get(line.row_id or "")
        if row is not None and line.row is not None:
            rows[row.sha256].add((row.sheet_index, line.row))
    paths = {a.sha256: folder.landing / a.bytes_path for a in read_arrivals(folder, found.known_on)}
    words = (
        f"{found.name_vi}: {holder_words(found.holder, found.code)}, ngày {day(found.on)}, "
        f"theo hồ sơ nhận đến đêm {day(found.known_on)}"
    )
    fields = _CELLS_OF_MONEY.get(found.kpi, _CELLS_OF_PEOPLE)
    wanted = [
        ToTrace(paths[sha256], sha256, tuple(sorted(places)), fields, words)
        for sha256, places in sorted(rows.items())
        if sha256 in paths
    ]
    with machine_faults(f"write to {out}"):
        out.mkdir(parents=True, exist_ok=True)
    for file, made in zip(wanted, trace_all(wanted), strict=True):
        if isinstance(made, Exception):
            raise made
        if isinstance(made, NotMarked):
            raise OfficeFault(f"no copy of file {file.sha256[:12]} could be made: {made.why}")
        path = out / f"{file.sha256[:12]}.xlsx"
        with machine_faults(f"write {path}"):
            try:
                with write_new(path) as stream:
                    stream.write(made.content)
            except FileExistsError:
                raise OfficeFault(f"{path} exists already; it was left as it is") from None
        yield path
