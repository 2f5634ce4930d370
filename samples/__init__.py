"""The invented nights of Ân Thi, June 2017 to June 2019, with what comes in July. Every person in
them is invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

__all__ = ["SampleSummary", "write_sample"]


@dataclass(frozen=True)
class SampleSummary:
    """How many files lie in `inbox` and in `later`."""

    inbox: int
    later: int


def write_sample(
    out: Path, seed: int = 2019, progress: Callable[[int, int], None] | None = None
) -> SampleSummary:
    """Write `out/inbox` and `out/later`: workbooks, each with a side file that says when it came,
    from whom, by which way; what the office brings lies in `inbox/office`.

    The same seed makes the same bytes. `progress` is told (files written, files in all).
    Raises FileExistsError when there is something in either folder.
    """
    from random import Random

    from samples.people import Population, invent_history
    from samples.places import invent_district
    from samples.sheets import HANOI, monthly_sheets
    from samples.workbooks import d05_workbook, reference_workbook, roster_workbook

    for place in (out / "inbox", out / "later"):
        if place.exists() and any(place.iterdir()):
            raise FileExistsError(f"{place} is not empty; the sample was not written")
    random = Random(seed)
    district = invent_district(random)
    population = Population(random)
    silent, damaged = random.sample(district.not_alone(), 2)
    history = invent_history(random, district, population, (silent, damaged))
    sheets = monthly_sheets(random, district, history, population, silent, damaged)
    total = len(sheets) + 3 + sum(s.comes_again_at is not None for s in sheets)
    written = {"inbox": 0, "later": 0}

    def write(
        name: str,
        content: bytes,
        received_at: datetime,
        agent_code: str | None,
        where: str = "inbox",
    ) -> None:
        path = out / where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        said = {
            "received_at": received_at.isoformat(),
            "agent_code": agent_code,
            "channel": "folder",
        }
        path.with_name(path.name + ".json").write_text(json.dumps(said) + "\n", encoding="utf-8")
        written[where] += 1
        if progress:
            progress(sum(written.values()), total)

    write(
        "office/2017-05/danh-muc.xlsx",
        reference_workbook(district, date(2017, 5, 31)),
        datetime(2017, 5, 31, 9, tzinfo=HANOI),
        None,
    )
    write(
        "office/2017-05/danh-sach-dau-ky.xlsx",
        roster_workbook(history, district),
        datetime(2017, 5, 31, 15, tzinfo=HANOI),
        None,
    )
    write(
        "office/2018-12/danh-muc-2019.xlsx",
        reference_workbook(district, date(2018, 12, 31)),
        datetime(2018, 12, 31, 10, tzinfo=HANOI),
        None,
    )
    for sheet in sheets:
        stem = ("" if sheet.is_late else f"{sheet.received_at:%Y-%m}/") + sheet.file_stem
        content = d05_workbook(sheet, district, random)
        if sheet.is_damaged:
            content = content[: len(content) * 2 // 3]
        write(
            f"{stem}.xlsx",
            content,
            sheet.received_at,
            sheet.agent.code,
            "later" if sheet.is_late else "inbox",
        )
        if sheet.comes_again_at:
            write(f"{stem} (1).xlsx", content, sheet.comes_again_at, sheet.agent.code)
    return SampleSummary(**written)
