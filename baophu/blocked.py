"""A publish that the marts' tests blocked: the files that they are about are held by the system, so
that the nights after it go on without them."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time

from baophu.cases import SHORTEST
from core.data_folder import DataFolder
from core.errors import machine_faults
from core.settings import NIGHT_HOUR, TIMEZONE, Settings
from ingestion.arrival.decisions import SYSTEM, held_by_system, read_decisions, record
from publishing.errors import NothingPublished, PublishBlocked
from publishing.marts import BuildResult, build_marts
from publishing.store import read_store, read_warehouse


def build_or_hold(folder: DataFolder, until: date = date.max) -> BuildResult:
    """Build and test the marts. Where a test fails, hold the senders' new files that it is about,
    and raise PublishBlocked that says so.

    Raises as `build_marts` does.
    """
    try:
        return build_marts(folder.root, until=until)
    except PublishBlocked as blocked:
        held = hold_files(folder, blocked)
        if not held:
            raise
        names = ", ".join(sha256[:SHORTEST] for sha256 in held)
        consequence = f"; held by the system, the next night goes on without: {names}"
        raise PublishBlocked(
            blocked.failed_tests, blocked.found, blocked.known_on, consequence
        ) from blocked


def hold_files(folder: DataFolder, blocked: PublishBlocked) -> list[str]:
    """Land a hold of each file that a failed test is about, from the blocked night on; returns
    their hashes.

    Only files that were not published yet: the others had passed the tests. None where more than
    one and more than a set share of these (BAOPHU_NOT_JUDGED_SHARE) is concerned: that is a bug of
    ours, and no sender's fault.
    """
    known_on, new = blocked.known_on, _not_published(folder)
    decisions = read_decisions(folder)
    held = sorted(
        {about.sha256 for about in blocked.found} & new - held_by_system(decisions).keys()
    )
    if known_on is None or len(held) > max(
        1, Settings.from_environment().not_judged_share * len(new)
    ):
        return []
    for sha256 in held:
        rows = ", ".join(
            f"{about.sheet}:{about.row}"
            for about in blocked.found
            if about.sha256 == sha256 and about.row is not None
        )
        why = f"đêm {known_on:%d/%m/%Y} không công bố được: {', '.join(blocked.failed_tests[:3])}{f'; trang:dòng {rows[:200]}' if rows else ''}"
        # from the blocked night itself, so that it can be run again; never before a decision that
        # stands already
        at = datetime.combine(known_on, time(NIGHT_HOUR), TIMEZONE)
        at = max([at, *(made.decided_at for made in decisions[-1:])])
        decisions.append(record(folder, "hold", sha256, who=SYSTEM, why=why, decided_at=at))
    return held


def _not_published(folder: DataFolder) -> set[str]:
    """sha256 of the files that are loaded and stand in no published version."""
    published: set[str] = set()
    query = "select distinct sha256 from raw.submissions"
    with contextlib.suppress(NothingPublished), read_store(folder.as_of, "raw.submissions") as con:
        published = {sha256 for (sha256,) in con.execute(query).fetchall()}
    with machine_faults("read the warehouse"), read_warehouse(folder.warehouse) as con:
        return {sha256 for (sha256,) in con.execute(query).fetchall()} - published
