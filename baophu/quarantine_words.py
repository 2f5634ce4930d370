"""The words of `quarantine` and `withdraw`: what is asked on the command line, and how the answer is printed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from ingestion.words import FATES, VERDICTS
from publishing.vietnamese import NOT_KNOWN, day

Command = Callable[[str, Any, str], argparse.ArgumentParser]

_DECISIONS_VI = {"release": "cho ghi nhận", "reject": "loại", "withdraw": "rút lại tệp", "undo": "hủy quyết định"}
_FATES_VI = {fate: word.vi for fate, word in FATES.items()}


def add_quarantine(command: Command, run: Callable[[argparse.Namespace], int], instant: Callable[[str], datetime]) -> None:
    """`quarantine list|show|release|reject|undo`. `command` makes a subcommand of its own kind."""
    command("list", run, "files and rows that wait for a person: places and codes, no value of a cell")
    sub = command("show", run, "what is wrong with a file, or with one of its rows")
    sub.add_argument("name", metavar="SHA256[:ROW]", help="at least 12 letters of the hash; after a colon, a row as the sheet numbers it")
    sub.add_argument("--with-values", action="store_true", help="print what the rows say: names and numbers of people")
    for name, words in (
        ("release", "let what waits count, from the next night on"),
        ("reject", "what waits is refused: it must come again"),
    ):
        sub = command(name, run, words)
        sub.add_argument("name", metavar="SHA256", help="at least 12 letters of the hash")
        sub.add_argument("--row", type=int, action="append", default=[], metavar="N", help="this row only; may be said again")
        sub.add_argument("--sheet", metavar="NAME", help="the sheet of the rows, where more than one has them")
        _add_who(sub, instant)
    sub = command("undo", run, "take back a decision")
    sub.add_argument("name", metavar="DECISION", help="at least 12 letters of its id")
    _add_who(sub, instant)


def add_withdraw(command: Command, run: Callable[[argparse.Namespace], int], instant: Callable[[str], datetime]) -> None:
    """`withdraw SHA256`."""
    sub = command("withdraw", run, "take back a file that counts; --undo lets it count again")
    sub.add_argument("name", metavar="SHA256", help="at least 12 letters of the hash")
    sub.add_argument("--undo", action="store_true", help="take back the withdrawal")
    _add_who(sub, instant)


def print_waiting(console: Console, told: dict[str, Any]) -> None:
    """What waits, as a table."""
    if not told["waiting"]:
        console.print(f"Không có tệp hay dòng nào đang chờ, tính đến đêm {day(told['known_on'])}.")
        return
    table = Table(title=f"Đang chờ quyết định, tính đến đêm {day(told['known_on'])}", box=box.SIMPLE_HEAVY)
    for title in ("Tệp", "Đại lý", "Trang", "Dòng", "Quy tắc", "Chờ từ đêm", "Quyết định sắp có hiệu lực"):
        table.add_column(title, overflow="fold")
    for item in told["waiting"]:
        row = str(item["row"]) if item["row"] else f"cả tệp ({item['rows']} dòng)"
        where = (item["file_id"], item["agent_code"] or NOT_KNOWN, item["sheet"] or NOT_KNOWN, row)
        table.add_row(*where, ", ".join(item["codes"]), day(item["waiting_since"]), item["decided"] or "")
    console.print(table)


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
        lacks = " (không thể ghi nhận khi chưa sửa)" if row["lacks"] else ""
        console.print(f"  Dòng {row['row']}, trang {row['sheet']}: {_FATES_VI[row['fate']]}{lacks}", highlight=False)
        for name, value in row.get("values", {}).items():
            console.print(f"    {name}: {value}", highlight=False)
    for made in told["decisions"]:
        console.print(decided(made), highlight=False)


def decided(made: dict[str, Any]) -> str:
    """One decision in a line."""
    rows = f", dòng {', '.join(map(str, made['rows']))}" if made["rows"] else ""
    return (
        f"Quyết định {made['sequence']} ({made['id'][:12]}): {_DECISIONS_VI[made['decision']]}, tệp {made['file_id']}{rows}; "
        f"{made['who']}: {made['why']}. Có hiệu lực từ đêm {day(made['takes_effect'])}."
    )


def _add_who(sub: argparse.ArgumentParser, instant: Callable[[str], datetime]) -> None:
    sub.add_argument("--who", required=True, metavar="CODE", help="who decides: a code or working name")
    sub.add_argument("--why", required=True, metavar="TEXT", help="the reason, without names or numbers of participants")
    sub.add_argument("--decided-at", type=instant, metavar="ISO", help="when it was decided (default: now)")
