"""What each command does, once its words are understood. Returns the exit code; trouble leaves as
an error with one clear sentence."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from baophu.terminal import PlainConsole, print_json
from core.clock import last_night, night_of, refuse_future
from core.data_folder import DataFolder
from core.errors import OfficeFault, machine_faults
from core.foreign_text import all_visible, visible
from ingestion.arrival.landing import nights_of_inbox, read_arrivals
from publishing.errors import NothingPublished

DONE, WITH_FINDINGS, NOT_DONE = 0, 1, 2
SAMPLE_NIGHT = date(2019, 6, 30)
"""The night of a fresh sample: it takes in all history."""
_STEPS = {
    "ingest": "Nhận và kiểm tra hồ sơ",
    "build_marts": "Tính số liệu",
    "publish_kpis": "Công bố",
}


def submit(asked: argparse.Namespace) -> int:
    """Land files and judge them."""
    from baophu import intake

    return _show_judged(
        asked,
        intake.submit(
            _folder(asked), asked.paths, asked.agent, asked.received_at, office=asked.office
        ),
    )


def check(asked: argparse.Namespace) -> int:
    """Judge files where they lie."""
    from baophu import intake

    return _show_judged(
        asked,
        intake.check(_folder(asked), asked.paths, asked.agent, asked.out, office=asked.office),
    )


def night(asked: argparse.Namespace) -> int:
    """One night, by the real DAGs in this process."""
    folder, now = _folder(asked), datetime.now(UTC)
    night = asked.date or last_night(now)
    refuse_future(night, now)
    told, code = _run_night(folder, night)
    if asked.format == "json":
        print_json(told)
    else:
        _print_night(told)
    return code


def kpi(asked: argparse.Namespace) -> int:
    """The KPI table."""
    from publishing.kpi import read_kpi
    from publishing.sentences import direction_of_the_year, truth_of_the_day
    from publishing.terminal import kpi_table

    root = _folder(asked).root
    table = read_kpi(root, asked.on, asked.known_on, asked.by)
    if asked.format == "json":
        print_json(list(table.rows))
        return DONE
    districts = (
        table
        if asked.by == "district"
        else read_kpi(root, table.reporting_date, table.known_on, "district")
    )
    console = PlainConsole()
    console.print(kpi_table(table, districts if asked.by == "commune" else None))
    for district in districts.rows:
        console.print(truth_of_the_day(district), highlight=False)
        if direction := direction_of_the_year(district):
            console.print(direction, highlight=False)
    return DONE


def due(asked: argparse.Namespace) -> int:
    """Who must renew in 30 and 60 days, by name, in a workbook for one reader. Nobody's name is
    printed."""
    from core.workers import apart
    from publishing.due import LATER, SOON, read_due
    from publishing.due_workbook import write_due

    root = _folder(asked).root
    reader, code = (
        ("officer", asked.officer) if asked.officer is not None else ("agent", asked.agent)
    )
    found = read_due(root, reader, code, asked.on, asked.known_on)
    told = {
        "path": str(apart(write_due, found, asked.out, root)),
        "on": found.on,
        "known_on": found.known_on,
        "already_due": found.within(None, 0),
        f"within_{SOON}_days": found.within(1, SOON),
        f"within_{LATER}_days": found.within(1, LATER),
    }
    if asked.format == "json":
        print_json(told)
    else:
        print(
            f"{told['path']}: {len(found.people)} người; đã đến hạn {told['already_due']}, trong {SOON} ngày tới {told[f'within_{SOON}_days']}, "
            f"trong {LATER} ngày tới {told[f'within_{LATER}_days']}. Danh sách có tên người: chỉ giao cho {code}."
        )
    return DONE


def template(asked: argparse.Namespace) -> int:
    """The form of the day for one agent, with the people due to renew. Nobody's name is printed."""
    from baophu.agent_template import write_for_agent

    path, people = write_for_agent(_folder(asked), asked.agent, asked.on, asked.out)
    if asked.format == "json":
        print_json({"path": str(path), "people": people})
    else:
        print(
            f"{path}: đã điền sẵn {people} người đến hạn. Tệp có tên người: chỉ giao cho {asked.agent}."
        )
    return DONE


def status(asked: argparse.Namespace) -> int:
    """Who reported, what was rejected."""
    from baophu.status import needs_work, print_status, read_status

    told = read_status(_folder(asked), asked.date, asked.known_on)
    if asked.format == "json":
        print_json(told)
    else:
        print_status(PlainConsole(), all_visible(told))
    return WITH_FINDINGS if needs_work(told) else DONE


def quarantine(asked: argparse.Namespace) -> int:
    """What waits, and what a person decides about it."""
    from baophu import quarantine as waiting
    from baophu import quarantine_words as words

    folder = _folder(asked)
    if asked.action == "list":
        told = waiting.read_waiting(
            folder, officer=asked.officer, agent=asked.agent, month=asked.month
        )
        print_json(told) if asked.format == "json" else words.print_waiting(
            PlainConsole(), all_visible(told)
        )
        return DONE
    if asked.action == "show":
        name, _, row = asked.name.partition(":")
        if row and not row.isdecimal():
            raise OfficeFault(f"{row!r} is not the number of a row")
        told = waiting.show(folder, name, int(row) if row else None, with_values=asked.with_values)
        print_json(told) if asked.format == "json" else words.print_shown(
            PlainConsole(), all_visible(told)
        )
        return DONE
    said = waiting.Said(asked.who, asked.why, asked.decided_at)
    if asked.action == "undo":
        made = waiting.undo(folder, asked.name, said)
    else:
        made = waiting.decide(folder, asked.action, asked.name, asked.row, asked.sheet, said)
    print_json(made) if asked.format == "json" else print(visible(words.decided(made)))
    return DONE


def withdraw(asked: argparse.Namespace) -> int:
    """Take back a file that counts, or take that back."""
    from baophu import quarantine as waiting
    from baophu import quarantine_words as words

    act = waiting.undo_withdrawal if asked.undo else waiting.withdraw
    made = act(_folder(asked), asked.name, waiting.Said(asked.who, asked.why, asked.decided_at))
    print_json(made) if asked.format == "json" else print(visible(words.decided(made)))
    return DONE


def publish(asked: argparse.Namespace) -> int:
    """Publish what the marts hold."""
    from publishing.release import publish as release

    made = release(_folder(asked).root)
    said = {
        "version": made.version,
        "content_hash": made.content_hash,
        "unchanged": made.unchanged,
        "repaired": made.repaired,
        "path": str(made.path),
    }
    copy = None
    if asked.to:
        from publishing.serving import serve

        copy = serve(_folder(asked).root, asked.to)
    let_out = None
    if asked.outward:
        from publishing.outward import publish_outward

        let_out = publish_outward(_folder(asked).root, asked.outward, asked.names)
    if asked.format == "json":
        print_json(
            said
            | ({"served": dataclasses.asdict(copy)} if copy else {})
            | (
                {"outward": dataclasses.asdict(let_out) | {"path": str(let_out.path)}}
                if let_out
                else {}
            )
        )
    else:
        done = (
            "Đã làm lại tệp công bố bị hỏng hoặc thiếu"
            if made.repaired
            else "Không đổi"
            if made.unchanged
            else "Đã công bố"
        )
        print(f"{done}: phiên bản {made.version}, {made.path}")
        if copy:
            print(
                f"PostgreSQL: {'không đổi' if copy.unchanged else 'đã chép'} phiên bản {copy.version}, {copy.tables} bảng, {copy.rows} dòng"
            )
        if let_out:
            from core.vietnamese import number

            print(
                f"Bản công bố ra ngoài{' không đổi' if let_out.unchanged else ''}: {let_out.path}, {let_out.tables} bảng; "
                f"không cho biết {number(let_out.hidden)} trên {number(let_out.figures)} số người"
            )
        for alarm in made.alarms:
            print(f"baophu publish: {alarm}", file=sys.stderr)
    return DONE


def report(asked: argparse.Namespace) -> int:
    """A month's report to print and sign, and the workbook of its figures."""
    from publishing.report.files import save_reports

    paths = save_reports(
        _folder(asked).root, asked.out.resolve(), last_day=asked.month, template=asked.template
    )
    if asked.format == "json":
        print_json([str(path) for path in paths])
    else:
        for path in paths:
            print(f"Đã tạo {path}")
    return DONE


def reference(asked: argparse.Namespace) -> int:
    """The empty reference workbook."""
    from baophu.reference_template import write_template

    path = write_template(asked.template)
    print_json({"path": str(path)}) if asked.format == "json" else print(f"Đã tạo {path}")
    return DONE


def sample(asked: argparse.Namespace) -> int:
    """The invented nights."""
    written = _write_sample(asked.out, asked.seed)
    if asked.format == "json":
        print_json(written)
    else:
        print(
            f"Đã tạo dữ liệu mẫu (người trong đó là hư cấu): {written['inbox']} tệp trong {asked.out / 'inbox'}, {written['later']} tệp trong {asked.out / 'later'}"
        )
    return DONE


def run(asked: argparse.Namespace) -> int:
    """`make run`: the sample where nothing is, the night, the KPI table, and where the files lie.
    Findings count as success."""
    from publishing.report.files import published_reports

    folder, started = _folder(asked), time.monotonic()
    is_fresh = not _has_files(folder.inbox) and not _has_files(folder.landing)
    if is_fresh:
        _write_sample(folder.root, 2019)
    told, code = _run_night(folder, SAMPLE_NIGHT if is_fresh else _night_to_run(folder))
    if code == NOT_DONE:
        return NOT_DONE
    asked.on = asked.known_on = None
    asked.by = "commune"
    if asked.format == "table":
        _print_night(told)
    kpi(asked)
    if asked.format == "table":
        print(f"Trang số liệu, mở bằng trình duyệt: {folder.page}")
        for path in published_reports(folder.root):
            print(f"Báo cáo tháng để in và ký: {path}")
        print(
            f"Tệp công bố: {folder.published}\nKho riêng: {folder.warehouse}\nNhật ký: {folder.airflow_home / 'logs'}"
        )
        print(
            f"Thời gian: {time.monotonic() - started:.0f} giây. Xem chi tiết tệp có vấn đề: baophu status"
        )
    return DONE


def _run_night(folder: DataFolder, of: date) -> tuple[dict[str, Any], int]:
    """Run a night and tell what came of it. Raises as `run_night` does."""
    from baophu.airflow_night import run_night
    from baophu.status import as_object, read_held
    from publishing.reports import known_arrivals, read_reports

    known = known_arrivals(folder.root)
    started, times = time.monotonic(), {}
    with Progress(
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        shown = progress.add_task("Airflow", total=None)

        def step(dag_id: str) -> None:
            times[dag_id] = time.monotonic() - started
            progress.update(shown, description=f"Đêm {of:%d/%m/%Y}: {_STEPS[dag_id]}")

        ran = run_night(folder, of, step)
    seconds = time.monotonic() - started
    marks = [*times.values(), seconds]
    stages = {
        "start": marks[0],
        **{
            dag: later - earlier
            for dag, earlier, later in zip(times, marks, marks[1:], strict=False)
        },
    }
    reports = as_object(read_reports(folder.root), ran.failures, read_held(folder))
    new_files = [file for file in reports["files"] if file["arrival_id"] not in known]
    wrong = [
        file
        for file in new_files
        if file["verdict"] in ("partial", "held", "rejected", "not_judged")
    ]
    told = {
        "night": of,
        "states": ran.states,
        "seconds": {name: round(value, 1) for name, value in stages.items()},
        "files": len(new_files),
        "files_with_findings": wrong,
        "failures": ran.failures,
        "held_by_system": reports["held_by_system"],
        "on": reports["on"],
    }
    return told, WITH_FINDINGS if wrong or ran.failures else DONE


def _print_night(told: dict[str, Any]) -> None:
    from baophu.status import print_files, print_held

    console = PlainConsole()
    stages = ", ".join(f"{name} {seconds:.0f} giây" for name, seconds in told["seconds"].items())
    console.print(
        f"Đêm {told['night']:%d/%m/%Y}: nhận {told['files']} tệp, {len(told['files_with_findings'])} tệp có vấn đề ({stages}).",
        highlight=False,
    )
    for failure in told["failures"]:
        words = f"Chưa trọn vẹn (degraded): {failure['dag']}.{failure['task']}: {failure['message'] or failure['kind']}"
        console.print(visible(words), style="red", highlight=False)
    print_held(console, told["held_by_system"])
    print_files(console, all_visible(told["files_with_findings"]))


def _night_to_run(folder: DataFolder) -> date:
    """The latest of the last night that ran and the nights in the inbox; of what is landed, where
    no night has run. A night that has not come is nobody's: a file with a wrong clock waits, and
    that is said."""
    from publishing.as_of import last_night as last_published

    now = datetime.now(UTC)
    nights = nights_of_inbox(folder)
    try:
        nights.append(last_published(folder))
    except NothingPublished:
        nights += [arrival.night for arrival in read_arrivals(folder, night_of(now))]
    have_come = [night for night in nights if night <= night_of(now)]
    if len(have_come) < len(nights):
        print(
            f"{len(nights) - len(have_come)} đêm ở tương lai được bỏ qua; tệp ghi ngày giờ đó chờ đến ngày ấy.",
            file=sys.stderr,
        )
    return max(have_come, default=last_night(now))


def _write_sample(out: Path, seed: int) -> dict[str, int]:
    from samples import write_sample

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        shown = progress.add_task("Tạo dữ liệu mẫu", total=None)
        try:
            with machine_faults(f"write the sample to {out}"):
                made = write_sample(
                    out,
                    seed,
                    lambda done, total: progress.update(shown, completed=done, total=total),
                )
        except FileExistsError as exc:
            raise OfficeFault(str(exc)) from exc
    return {"inbox": made.inbox, "later": made.later}


def _show_judged(asked: argparse.Namespace, objects: list[dict[str, Any]]) -> int:
    if asked.format == "json":
        print_json(objects)
    else:
        from baophu.status import equation
        from core.words import VERDICTS

        console = PlainConsole()
        for told in all_visible(objects):
            known = " (đã nhận từ trước)" if told.get("already_known") else ""
            console.print(
                f"{Path(told['path']).name}: {VERDICTS[told['verdict']].vi}{known}, mẫu {told['form'] or 'không nhận ra'}",
                style="bold",
                highlight=False,
            )
            for finding in told["findings"]:
                console.print(
                    f"  {finding['cell'] or '–'}  {finding['code']}  {finding['message_vi']} {finding['fix_vi']}",
                    highlight=False,
                )
            for line in _changes_of(told.get("changes", [])):
                console.print(line, highlight=False, markup=False)
            for copy in told.get("copies", ()):
                console.print(f"  → {copy}", highlight=False, soft_wrap=True)
        console.print(equation(objects), highlight=False)
    return (
        WITH_FINDINGS
        if any(told["verdict"] in ("partial", "held", "rejected") for told in objects)
        else DONE
    )


def _changes_of(changes: list[dict[str, str]]) -> list[str]:
    """What a version of the reference workbook changes against the one in force: one line per sheet
    and kind of change."""
    words = {"added": "thêm", "ended": "kết thúc", "changed": "sửa", "removed": "bỏ"}
    keys: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        keys.setdefault((change["sheet"], change["change"]), []).append(change["key"])
    return [
        f"  So với bản đang dùng, trang tính {sheet}: {words[kind]} {len(of)} dòng ({'; '.join(of[:5])}{'; …' if len(of) > 5 else ''})"
        for (sheet, kind), of in keys.items()
    ]


def _has_files(folder: Path) -> bool:
    return folder.exists() and any(
        path.is_file() and not path.name.startswith(".") for path in folder.rglob("*")
    )


def _folder(asked: argparse.Namespace) -> DataFolder:
    return DataFolder.resolve(asked.data)
