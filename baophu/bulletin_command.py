"""`baophu bulletin`: what changed between two published nights, and why."""

from __future__ import annotations

import argparse
from itertools import groupby

from rich import box
from rich.table import Table

from baophu.commands import DONE
from baophu.terminal import PlainConsole, print_json
from core.data_folder import DataFolder
from core.vietnamese import NOT_KNOWN, day, number


def run(asked: argparse.Namespace) -> int:
    """The command, once its words are understood."""
    from publishing.bulletin import CAUSES, night_of_version, read_bulletin

    root = DataFolder.resolve(asked.data).root
    before, after = (
        night_of_version(root, name) if name is not None else None
        for name in (asked.since, asked.to)
    )
    found = read_bulletin(root, before, after)
    if asked.format == "json":
        lines = [vars(revision) for revision in found.revisions]
        print_json({"before": found.before, "after": found.after, "revisions": lines})
        return DONE
    console = PlainConsole()
    console.print(
        f"Số liệu đã công bố đêm {day(found.before)}, theo hồ sơ nhận đến đêm {day(found.after)}:",
        highlight=False,
    )
    if not found.revisions:
        console.print("không có số liệu nào thay đổi", highlight=False)
        return DONE
    table = Table(box=box.SIMPLE)
    for title in ("Ngày số liệu", "Xã", "Số liệu", "Nguyên nhân", "Đại lý", "Tệp", "Chênh lệch"):
        table.add_column(title, justify="right" if title == "Chênh lệch" else "left")
    for (on, commune), revisions in groupby(
        found.revisions, key=lambda r: (r.reporting_date, r.commune_code)
    ):
        for place, revision in enumerate(revisions):
            table.add_row(
                *(("", "") if place else (day(on), commune)),
                revision.kpi,
                CAUSES[revision.cause],
                revision.agent_code or NOT_KNOWN,
                revision.file or NOT_KNOWN,
                ("+" if revision.difference > 0 else "") + number(revision.difference),
            )
    console.print(table)
    return DONE
