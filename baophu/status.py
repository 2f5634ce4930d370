"""`status`: who reported, what was rejected and why, and the nothing-lost equation of every
file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from baophu.cases import SHORTEST
from core.data_folder import DataFolder
from core.settings import Settings
from core.vietnamese import NOT_KNOWN, day, number
from core.words import FATES, VERDICTS
from ingestion.arrival.decisions import SENT_AGAIN_CODE, held_by_system, read_decisions
from ingestion.model import Finding
from ingestion.rules.rulebook import explain
from publishing.as_of import last_night
from publishing.reports import Reports, read_reports


def read_status(
    folder: DataFolder, on: date | None, known_on: date | None = None
) -> dict[str, Any]:
    """The whole status as plain values, for `--format json`; days as in `read_reports`, but that
    without any, until the office's last day for reports (BAOPHU_STATUS_DEADLINE_DAY), those of the
    month before are asked for."""
    asked = known_on or on
    if asked is None:
        night = last_night(folder)
        if night.day <= Settings.from_environment().status_deadline_day:
            on, known_on = night.replace(day=1) - timedelta(days=1), night
    return as_object(
        read_reports(folder.root, on, known_on), _failures(folder, asked), read_held(folder)
    )


def read_held(folder: DataFolder) -> list[dict[str, Any]]:
    """Files that the system holds, because they kept a night from being published: (file_id, why,
    since)."""
    held = held_by_system(read_decisions(folder)).values()
    return [
        {"file_id": made.sha256[:SHORTEST], "why": made.why, "since": made.night} for made in held
    ]


def as_object(
    reports: Reports, failures: list[dict[str, Any]], held: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Reports, with the sentences of the rule book, and the equation per file and in all. `held`:
    files that the system holds."""
    findings: dict[str, list[dict[str, Any]]] = {}
    for f in reports.findings:
        place = {
            "sheet": f["sheet"],
            "cell": f["cell"],
            "row": f["row_number"],
            "field": f["field"],
        }
        said = explain(Finding("", f["code"], f["severity"], detail=f["detail"], **place))
        rule = {
            "code": f["code"],
            "severity": f["severity"],
            "is_closed": f["row_id"] in reports.closed_rows,
        }
        findings.setdefault(f["file_id"], []).append({**place, **rule, **said})
    files = []
    seen: set[str] = set()
    for row in sorted(reports.files, key=lambda row: (row["received_at"], row["arrival_id"])):
        names = ("arrival_id", "file_id", "agent_code", "form", "night", "verdict")
        rows = {fate: row[f"rows_{fate}"] for fate in ("received", *FATES)}
        amounts = {fate: row[f"amount_{fate}_vnd"] for fate in ("received", *FATES)}
        # another arrival of the same bytes is told of itself, not of the first
        is_again = row["file_id"] in seen
        seen.add(row["file_id"])
        apart = {
            "BP-020": row["verdict"] == "duplicate",
            SENT_AGAIN_CODE: is_again and row["verdict"] == "held",
        }
        is_held_again = apart[SENT_AGAIN_CODE]
        about = [
            f for f in findings.get(row["file_id"], []) if apart.get(f["code"], not is_held_again)
        ]
        files.append(
            {
                **{name: row[name] for name in names},
                "rows": rows,
                "amount_vnd": amounts,
                "rows_resolved": row["rows_resolved"],
                "rows_open": row["rows_open"],
                "amount_open_vnd": row["amount_open_vnd"],
                "is_closed": row["is_closed"],
                "balances": _balances(rows, amounts),
                "findings": about,
            }
        )
    return {
        "on": reports.on,
        "known_on": reports.known_on,
        "agents_expected": reports.expected,
        "agents_missing": reports.missing,
        "agents_late": reports.late,
        "agents_empty": reports.empty,
        "failures": failures,
        "held_by_system": list(held),
        "files": files,
    }


def needs_work(status: dict[str, Any]) -> bool:
    """Whether anything is wrong beyond warnings."""
    return bool(status["failures"]) or any(_is_wrong(file) for file in status["files"])


def print_status(console: Console, status: dict[str, Any]) -> None:
    """For people: missing agents, every file that is not wholly accepted, with its reasons, and the
    equation."""
    missing = status["agents_missing"]
    console.print(
        f"Tình hình {_days(status)}: {status['agents_expected'] - len(missing)}/{status['agents_expected']} đại lý đã báo cáo."
    )
    for agent in missing:
        console.print(f"  Chưa báo cáo: {agent['agent_code']} · {agent['agent_name']}")
    for agent in status["agents_late"]:
        console.print(
            f"  Báo cáo muộn (nhận đêm {day(agent['first_reported_on'])}): {agent['agent_code']} · {agent['agent_name']}"
        )
    if status["agents_empty"]:
        console.print(
            f"  Báo cáo không phát sinh: {', '.join(agent['agent_code'] for agent in status['agents_empty'])}",
            highlight=False,
        )
    for failure in status["failures"]:
        console.print(
            f"  Lỗi hệ thống {failure['dag']}.{failure['task']}: {failure['message'] or failure['kind']}",
            style="red",
            highlight=False,
        )
    print_held(console, status["held_by_system"])
    print_files(console, [file for file in status["files"] if _is_wrong(file)])
    console.print(equation(status["files"]))
    console.print(still_open(status["files"]))


def print_held(console: Console, held: Sequence[dict[str, Any]]) -> None:
    """The files that the system holds, one line each, with why and what to do."""
    for file in held:
        console.print(
            f"  Hệ thống giữ tệp {file['file_id']} từ đêm {day(file['since'])}: {file['why']}. Kiểm tra rồi quyết định: "
            f"baophu quarantine release hoặc reject {file['file_id']}",
            highlight=False,
            soft_wrap=True,
        )


def _days(status: dict[str, Any]) -> str:
    on, known_on = status["on"], status["known_on"]
    return (
        f"đến {day(on)}"
        if on == known_on
        else f"báo cáo tháng {on:%m/%Y}, biết đến {day(known_on)}"
    )


def print_files(console: Console, files: list[dict[str, Any]]) -> None:
    """Files that are not wholly accepted and why; nothing when there are none."""
    if not files:
        return
    table = Table(title="Tệp có vấn đề", box=box.SIMPLE_HEAVY, show_lines=False)
    for title in ("Tệp", "Đại lý", "Kết luận", "Ô", "Vì sao, cần làm gì"):
        table.add_column(title, overflow="fold")
    for file in files:
        heads = (file["file_id"], file["agent_code"] or NOT_KNOWN, VERDICTS[file["verdict"]].vi)
        errors = [f for f in file["findings"] if f["severity"] != "warn" and not f["is_closed"]]
        for index, finding in enumerate(errors or [None]):
            place = finding["cell"] or NOT_KNOWN if finding else NOT_KNOWN
            why = (
                f"{finding['code']} {finding['message_vi']} {finding['fix_vi']}" if finding else ""
            )
            table.add_row(*(heads if index == 0 else ("", "", "")), place, why)
    console.print(table)


def equation(files: list[dict[str, Any]]) -> str:
    """The nothing-lost equation over files, in rows and in đồng."""
    lines = []
    for key, name, unit in (("rows", "Dòng", ""), ("amount_vnd", "Tiền", " đ")):
        sums = {fate: sum(file[key][fate] for file in files) for fate in ("received", *FATES)}
        parts = " + ".join(f"{number(sums[fate])} {word.vi}" for fate, word in FATES.items())
        sign = "=" if sums["received"] == sum(sums[fate] for fate in FATES) else "≠"
        lines.append(f"{name}: nhận {number(sums['received'])}{unit} {sign} {parts}")
    return "\n".join(lines)


def still_open(files: list[dict[str, Any]]) -> str:
    """What of them waits to be mended or decided, in rows and in đồng."""
    rows, amount = (sum(file[name] for file in files) for name in ("rows_open", "amount_open_vnd"))
    return f"Còn phải giải quyết: {number(rows)} dòng, {number(amount)} đ, trong {number(sum(map(_is_wrong, files)))} tệp."


def _is_wrong(file: dict[str, Any]) -> bool:
    """Whether something of it is still to be done; what a later file brought right or a person
    decided is done."""
    return not file["is_closed"] or not file["balances"]


def _balances(rows: dict[str, int], amounts: dict[str, int]) -> bool:
    return all(side["received"] == sum(side[fate] for fate in FATES) for side in (rows, amounts))


def _failures(folder: DataFolder, on: date | None) -> list[dict[str, Any]]:
    """What failed in the machine in the last run of the night; without a day, of the newest night
    that left word."""
    if on is None:
        words = sorted(folder.work("*").parent.glob("*/failures.jsonl"))
        path = words[-1] if words else None
    else:
        path = folder.work(on.isoformat()) / "failures.jsonl"
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if path and path.exists()
        else []
    )
