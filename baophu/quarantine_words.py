"""The words of `quarantine` and `withdraw`: what is asked on the command line, and how the answer
is printed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from core.clock import month_index
from core.vietnamese import NOT_KNOWN, day
from core.words import FATES, VERDICTS

Command = Callable[[str, Any, str], argparse.ArgumentParser]

_DECISIONS_VI = {
    "release": "cho ghi nhận",
    "reject": "loại",
    "withdraw": "rút lại tệp",
    "hold": "hệ thống giữ",
    "undo": "hủy quyết định",
}
_FATES_VI = {name: word.vi for name, word in {**VERDICTS, **FATES}.items()}
"""Of rows, and of files that are listed as one."""


def add_quarantine(
    command: Command, run: Callable[[argparse.Namespace], int], instant: Callable[[str], datetime]
) -> None:
    """`quarantine list|show|release|reject|undo`. `command` makes a subcommand of its own kind."""
    sub = command(
        "list",
        run,
        "files and rows that are still open, oldest first: places and codes, no value of a cell",
    )
    sub.add_argument("--officer", metavar="CODE", help="those of this officer's communes only")
    sub.add_argument("--agent", metavar="CODE", help="those of this agent only")
    sub.add_argument(
        "--month", type=_month, metavar="YYYY-MM", help="those of reports for this month only"
    )
    sub = command("show", run, "what is wrong with a file, or with one of its rows")
    sub.add_argument(
        "name",
        metavar="SHA256[:ROW]",
        help="at least 12 letters of the hash; after a colon, a row as the sheet numbers it",
    )
    sub.add_argument(
        "--with-values",
        action="store_true",
        help="print what the rows say: names and numbers of people",
    )
    for name, words in (
        ("release", "let what waits count, from the next night on"),
        ("reject", "what is open is refused and closed: it must come again"),
    ):
        sub = command(name, run, words)
        sub.add_argument("name", metavar="SHA256", help="at least 12 letters of the hash")
        sub.add_argument(
            "--row",
            type=int,
            action="append",
            default=[],
            metavar="N",
            help="this row only; may be said again",
        )
        sub.add_argument(
            "--sheet", metavar="NAME", help="the sheet of the rows, where more than one has them"
        )
        _add_who(sub, instant)
    sub = command("undo", run, "take back a decision")
    sub.add_argument("name", metavar="DECISION", help="at least 12 letters of its id")
    _add_who(sub, instant)


def add_withdraw(
    command: Command, run: Callable[[argparse.Namespace], int], instant: Callable[[str], datetime]
) -> None:
    """`withdraw SHA256`."""
    sub = command("withdraw", run, "take back a file that counts; --undo lets it count again")
    sub.add_argument("name", metavar="SHA256", help="at least 12 letters of the hash")
    sub.add_argument("--undo", action="store_true", help="take back the withdrawal")
    _add_who(sub, instant)


def print_waiting(console: Console, told: dict[str, Any]) -> None:
    """What is still open, oldest first: a table, and the marked copy of each file under it."""
    if told["is_night_at_work"]:
        console.print("Một đêm đang chạy; dưới đây là tình hình của đêm đã công bố gần nhất.")
    if not told["waiting"]:
        console.print(
            f"Không có tệp hay dòng nào còn phải giải quyết, tính đến đêm {day(told['known_on'])}."
        )
        return
    table = Table(
        title=f"Còn phải giải quyết, tính đến đêm {day(told['known_on'])}", box=box.SIMPLE_HEAVY
    )
    for title in (
        "Tệp",
        "Đại lý",
        "Tháng",
        "Xã",
        "Trang tính",
        "Dòng",
        "Tình trạng",
        "Quy tắc",
        "Từ đêm",
        "Số ngày",
        "Sắp có hiệu lực",
    ):
        table.add_column(title, overflow="fold")
    for item in told["waiting"]:
        row = str(item["row"]) if item["row"] else f"cả tệp ({item['rows']} dòng)"
        cells = (
            *(
                item["file_id"],
                item["agent_code"] or NOT_KNOWN,
                item["month"] or NOT_KNOWN,
                item["commune_code"] or NOT_KNOWN,
            ),
            *(item["sheet"] or NOT_KNOWN, row, _FATES_VI[item["fate"]], ", ".join(item["codes"])),
            *(day(item["waiting_since"]), str(item["age_days"]), item["decided"] or ""),
        )
        table.add_row(*cells)
    console.print(table)
    # here: it brings the rule book, which a question for help need not read
    from baophu.status import (
        print_held,
    )

    print_held(console, told["held_by_system"])
    for copy in dict.fromkeys(
        item["marked_copy"] for item in told["waiting"] if item["marked_copy"]
    ):
        console.print(f"  Bản đánh dấu: {copy}", highlight=False, soft_wrap=True)


def print_shown(console: Console, told: dict[str, Any]) -> None:
    """One file or row."""
    console.print(
        f"Tệp {told['file_id']}, đại lý {told['agent_code'] or NOT_KNOWN}, nhận đêm {day(told['received_night'])}: {VERDICTS[told['verdict']].vi}",
        highlight=False,
    )
    for finding in told["findings"]:
        console.print(
            f"  {finding['cell'] or NOT_KNOWN}  {finding['code']}  {finding['message_vi']} {finding['fix_vi']}",
            highlight=False,
        )
    for row in told["rows"]:
        lacks = f" (không thể ghi nhận khi chưa sửa: {row['lacks_vi']})" if row["lacks"] else ""
        mended = f" (tệp {row['resolved_by']} gửi sau đã sửa xong)" if row["resolved_by"] else ""
        console.print(
            f"  Dòng {row['row']}, trang tính {row['sheet']}: {_FATES_VI[row['fate']]}{lacks}{mended}",
            highlight=False,
        )
        for name, value in row.get("values", {}).items():
            console.print(f"    {name}: {value}", highlight=False)
    for made in told["decisions"]:
        console.print(decided(made), highlight=False)


def decided(made: dict[str, Any]) -> str:
    """One decision in a line."""
    rows = f", dòng {', '.join(map(str, made['rows']))}" if made["rows"] else ""
    counted = (
        f" {made['rows_that_count']} dòng sẽ được ghi nhận."
        if made["decision"] == "release" and "rows_that_count" in made
        else ""
    )
    left = f" {made['rows_left_open']} dòng vẫn chờ." if made.get("rows_left_open") else ""
    return (
        f"Quyết định {made['sequence']} ({made['id'][:12]}): {_DECISIONS_VI[made['decision']]}, tệp {made['file_id']}{rows}; "
        f"{made['who']}: {made['why']}. Có hiệu lực từ đêm {day(made['takes_effect'])}.{counted}{left}"
    )


def _month(text: str) -> int:
    """`2019-06` or `06/2019` -> year * 12 + month."""
    for form in ("%Y-%m", "%m/%Y"):
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - a month, no instant
        except ValueError:
            continue
        return month_index(found.year, found.month)
    raise argparse.ArgumentTypeError(f"{text!r} is not a month written 06/2019 or 2019-06")


def _add_who(sub: argparse.ArgumentParser, instant: Callable[[str], datetime]) -> None:
    sub.add_argument(
        "--who", required=True, metavar="CODE", help="who decides: a code or working name"
    )
    sub.add_argument(
        "--why",
        required=True,
        metavar="TEXT",
        help="the reason, without names or numbers of participants",
    )
    sub.add_argument(
        "--decided-at", type=instant, metavar="ISO", help="when it was decided (default: now)"
    )
