"""The command `baophu`. Exit code 0: done · 1: done, with findings · 2: not done, one clear line on
stderr · 3: a crash of ours, one line that says where the details lie."""

from __future__ import annotations

import argparse
import os
import re
import sys
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from baophu import (
    bulletin_command,
    commands,
    quarantine_words,
    rebuild_command,
    server_commands,
)
from baophu.env_file import use_env_file
from baophu.help_vi import speak
from core.clock import parse_instant
from core.data_folder import DataFolder
from core.errors import BaophuError, OfficeFault, OurCrash
from core.foreign_text import visible
from core.private import keep_private
from core.settings import TIMEZONE, Settings, text_setting

NOT_DONE, CRASHED = 2, 3
_BY = ("commune", "district", "officer", "agent", "system", "association")
"""Whose figures there are: publishing.kpi.BY, which a question for help need not import."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. With BAOPHU_DEBUG set, a bug of ours shows its whole
    traceback, values too."""
    words = sys.argv[1:] if arguments is None else arguments
    command = next((word for word in words if not word.startswith("-")), "")
    asked: argparse.Namespace | None = None
    try:
        use_env_file()
        asked = speak(_parser()).parse_args(words)
        Settings.from_environment()  # refused before anything is done
        keep_private(DataFolder.resolve(asked.data))
        code = int(asked.run(asked))
        sys.stdout.flush()
        return code
    except OurCrash as exc:
        print(f"baophu {visible(command)}: {visible(str(exc))}", file=sys.stderr)
        return CRASHED
    except BaophuError as exc:
        print(f"baophu {visible(command)}: {visible(str(exc))}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"baophu {command}: interrupted", file=sys.stderr)
    except BrokenPipeError:  # who reads us has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as exc:
        if text_setting("debug"):
            raise
        from baophu.crash_log import kind_and_place, write_crash

        details = write_crash(exc, DataFolder.resolve(getattr(asked, "data", None)).root)
        print(
            f"baophu {command}: crashed with {kind_and_place(exc)}: a bug of ours; the details: {details}",
            file=sys.stderr,
        )
        return CRASHED
    return NOT_DONE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of the usage: `--help` shows that."""
        raise OfficeFault(f"{message}; see `{self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="baophu", description="Voluntary social insurance, commune by commune, every night."
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, run: Any, words: str, among: Any = subparsers
    ) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = among.add_parser(name, help=words, description=words)
        sub.add_argument(
            "--data", metavar="DIR", help="data folder (default: BAOPHU_DATA, then ./data)"
        )
        sub.add_argument(
            "--format",
            choices=("table", "json"),
            default="table",
            help="table for people, json for programs",
        )
        sub.set_defaults(run=run)
        return sub

    sub = command(
        "submit",
        commands.submit,
        "land files as if they had arrived, and say how they will be judged",
    )
    sub.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    sub.add_argument("--agent", metavar="CODE", help="agent that sends them")
    sub.add_argument(
        "--office",
        action="store_true",
        help="the office itself brings them: the reference workbook, the opening roster",
    )
    sub.add_argument(
        "--received-at", type=_instant, metavar="TIME", help="when they arrived (default: now)"
    )
    sub = command("check", commands.check, "judge files where they lie; nothing is stored")
    sub.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    sub.add_argument("--agent", metavar="CODE", help="agent that would send them")
    sub.add_argument("--office", action="store_true", help="the office itself would bring them")
    sub.add_argument(
        "--out", type=Path, metavar="DIR", help="write marked copies and receipts there"
    )
    sub = command(
        "night", commands.night, "run one night: ingest, build the marts, publish; safe to repeat"
    )
    sub.add_argument(
        "--date",
        type=_day,
        metavar="DATE",
        help="the night (default: the last 21:00 that has passed)",
    )
    sub = command("kpi", commands.kpi, "the KPI table for any reporting date, as known on any day")
    _add_days(sub)
    sub.add_argument(
        "--by",
        choices=_BY,
        default="commune",
    )
    sub.add_argument(
        "--boundaries",
        choices=("then",),
        default="then",
        help="communes as they were on the reporting date",
    )
    sub = command(
        "due",
        commands.due,
        "who must renew in 30 and 60 days: a workbook with names, for one officer or agent",
    )
    reader = sub.add_mutually_exclusive_group(required=True)
    reader.add_argument("--officer", metavar="CODE", help="the people of this officer's communes")
    reader.add_argument(
        "--agent", metavar="CODE", help="the people whose last payment this agent collected"
    )
    sub.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="the .xlsx to write; never over another file",
    )
    _add_days(sub, "day from which days are counted (default: the known-on)")
    sub = command(
        "trace",
        _trace,
        "the rows, files and cells that a figure rests on, or the figures that a file counts in",
    )
    sub.add_argument("--kpi", metavar="CODE", help="a figure of a KPI table, such as participants")
    _add_days(sub)
    whose = sub.add_mutually_exclusive_group()
    for holder in _BY:
        whose.add_argument(f"--{holder}", metavar="CODE", help=f"of this {holder}")
    whose.add_argument(
        "--file",
        metavar="SHA256",
        help="the figures that this file counts in, or with --kpi what became of its rows",
    )
    sub.add_argument("--method", metavar="CODE", help="of this method, for renewals and cohorts")
    sub.add_argument("--rule", metavar="CODE", help="of this rule, with --agent")
    sub.add_argument(
        "--out", type=Path, metavar="FILE", help="write the rows, with names, to this new .xlsx"
    )
    sub.add_argument(
        "--open",
        type=Path,
        metavar="DIR",
        help="write copies of the workbooks there, the cells filled; with names",
    )
    sub = command(
        "bulletin",
        bulletin_command.run,
        "what changed between two nights in figures that were published, and why",
    )
    sub.add_argument(
        "--from",
        dest="since",
        metavar="VERSION",
        help="version or night compared with (default: the one before)",
    )
    sub.add_argument("--to", metavar="VERSION", help="version or night (default: the last)")
    sub = command(
        "template",
        commands.template,
        "the D05-TS workbook of the day for one agent: head, people due to renew, cell checks",
    )
    sub.add_argument("--agent", required=True, metavar="CODE", help="the agent that fills it in")
    sub.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="the .xlsx to write; never over another file",
    )
    sub.add_argument(
        "--on",
        type=_day,
        metavar="DATE",
        help="day whose form and month it is (default: the last night that ran)",
    )
    sub = command(
        "status", commands.status, "who reported, what was rejected, and the nothing-lost equation"
    )
    sub.add_argument(
        "--date",
        type=_day,
        metavar="DATE",
        help="day in whose month reports are due (default: the last night that ran, or in the first days of a month the end of the month before)",
    )
    sub.add_argument(
        "--known-on",
        type=_day,
        metavar="DATE",
        help="last night whose files count: a later one shows who was late (default: DATE)",
    )
    words = (
        "what waits for a person, and what is decided about it: list, show, release, reject, undo"
    )
    actions = subparsers.add_parser("quarantine", help=words, description=words).add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    quarantine_words.add_quarantine(partial(command, among=actions), commands.quarantine, _instant)
    quarantine_words.add_withdraw(command, commands.withdraw, _instant)
    sub = command(
        "publish",
        commands.publish,
        "publish again what the marts hold; with --to, copy it into PostgreSQL too; with --outward, write a version for outside",
    )
    sub.add_argument(
        "--to",
        metavar="ADDRESS",
        help="postgresql://user@host/database: a copy for many readers, each with rights of their own",
    )
    sub.add_argument(
        "--outward",
        type=Path,
        metavar="DIR",
        help="the folder of all versions for outside: one more, with small counts of people hidden",
    )
    sub.add_argument(
        "--names",
        choices=("code", "working"),
        default="code",
        help="with --outward, how staff are called: by code or by working name",
    )
    sub = command(
        "rebuild",
        rebuild_command.run,
        "build the warehouse anew from landing and publish; with --verify, change nothing and hold every published version against landing",
    )
    sub.add_argument(
        "--verify",
        action="store_true",
        help="reproduce every version ever published, and name what was altered",
    )
    sub = command(
        "report",
        commands.report,
        "a month's report to print and sign (PDF, Word), and the workbook of its figures",
    )
    sub.add_argument(
        "--month", type=_month, metavar="YYYY-MM", help="the month (default: the last whole month)"
    )
    sub.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder to write to; never over another file",
    )
    sub.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        help="the office's own Word template (default: the shipped one)",
    )
    sub = command(
        "reference",
        commands.reference,
        "an empty reference.xlsx with its sheets, headers and cell checks",
    )
    sub.add_argument("--template", type=Path, required=True, metavar="FILE")
    sub = command("sample", commands.sample, "the invented nights of Ân Thi, 2017 to 2019")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument("--seed", type=int, default=2019, metavar="N")
    command(
        "up",
        server_commands.up,
        "start Airflow and its database, component by component; says what already runs",
    )
    command("down", server_commands.down, "end them all, and leave no process")
    command(
        "watch",
        server_commands.watch,
        "is the night published by its hour? mails the engineer once when it is not; needs no Airflow",
    )
    sub = command(
        "airflow",
        server_commands.airflow,
        "an Airflow command that speaks to what `up` started, such as `airflow backfill create ...`",
    )
    sub.add_argument("words", nargs=argparse.REMAINDER, metavar="...")
    sub = command(
        "run", commands.run, "what `make run` does: sample where nothing is, the night, the table"
    )
    return parser


def _add_days(
    sub: argparse.ArgumentParser, on: str = "reporting date (default: the known-on)"
) -> None:
    """The options of a question that any day can be asked, as known on any day."""
    sub.add_argument("--on", type=_day, metavar="DATE", help=on)
    sub.add_argument(
        "--known-on",
        type=_day,
        metavar="DATE",
        help="last night whose files count (default: the last that ran)",
    )


def _trace(asked: argparse.Namespace) -> int:
    # here: it brings DuckDB, which a question for help need not import
    from baophu.trace_command import run

    return run(asked)


_AS_WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}:\d{2}))?")


def _day(text: str) -> date:
    """`2019-06-30`, or `30/06/2019` as people here write it."""
    try:
        said = _AS_WRITTEN.fullmatch(text)
        return (
            date(int(said[3]), int(said[2]), int(said[1]))
            if said and not said[4]
            else date.fromisoformat(text)
        )
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date written 30/06/2019 or 2019-06-30"
        ) from None


def _month(text: str) -> date:
    """`2019-06`, or `06/2019` as people here write it, as the month's last day."""
    try:
        month, year = text.split("/") if "/" in text else reversed(text.split("-"))
        return date(int(year), int(month), monthrange(int(year), int(month))[1])
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a month written 06/2019 or 2019-06"
        ) from None


def _instant(text: str) -> datetime:
    """ISO 8601, or `30/06/2019 20:15` of the office's clock."""
    try:
        if (said := _AS_WRITTEN.fullmatch(text)) and said[4]:
            hour, minute = map(int, said[4].split(":"))
            moment = datetime(
                int(said[3]), int(said[2]), int(said[1]), hour, minute, tzinfo=TIMEZONE
            )
        else:
            moment = parse_instant(text)
        if not 2000 <= moment.year < 2100:
            raise ValueError
        return moment
    except ValueError:
        words = f"{text!r} is not an instant such as 2019-06-30T20:15:00+07:00 (ISO 8601) or '30/06/2019 20:15'"
        raise argparse.ArgumentTypeError(words) from None


if __name__ == "__main__":
    sys.exit(main())
