"""`submit` and `check`: files judged by the night's own rules, one object per file."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.clock import night_of
from core.data_folder import DataFolder
from core.errors import OfficeFault
from core.foreign_text import visible
from core.whole_files import safe_name, write_whole
from ingestion.arrival.decisions import read_decisions, withdrawal_of, withdrawal_words
from ingestion.arrival.landing import (
    CLOCKS_DIFFER_BY,
    FromTheFuture,
    Landed,
    Landing,
    StillWritten,
    describe_all,
    files_under,
    read_arrivals,
    verify_time,
)
from ingestion.arrival.side_files import side_files_in
from ingestion.feedback.homecoming import about_copy, waiting
from ingestion.feedback.marked_copy import Marked, NotMarked, ToMark, mark_all
from ingestion.feedback.receipt import Receipt, receipt_html
from ingestion.model import OFFICE, Arrival
from ingestion.rules.accepted import accepted_references
from ingestion.rules.frames import FileToJudge
from ingestion.rules.reference_lists import changes
from ingestion.rules.rulebook import explain
from ingestion.rules.validate import Judgement, judge, not_checked
from ingestion.rules.versions import prepare, reference_versions

FILES_AT_ONCE = 100


def submit(
    folder: DataFolder,
    paths: list[Path],
    agent_code: str | None,
    received_at: datetime | None,
    *,
    office: bool = False,
) -> list[dict[str, Any]]:
    """Land files as if they had arrived at `received_at` (default: now; a side file says better),
    with `office` from the office itself, and judge them. One object per file, in order; after a zip
    of workbooks, one per member (`x.zip/member.xlsx`)."""
    landing = Landing(folder)
    landed: list[tuple[str, Landed]] = []
    files = _files(paths)
    for path in files:
        try:
            verify_time(path, received_at)
        except FromTheFuture as exc:
            raise OfficeFault(f"{path}: {exc}; nothing was landed") from exc
    for path in files:
        try:
            items = landing.land_all(
                path,
                received_at=received_at or datetime.now(UTC),
                agent_code=agent_code,
                channel=OFFICE if office else "submit",
            )
        except StillWritten as exc:
            raise OfficeFault(
                f"{path} is still being written; submit it again when it is whole"
            ) from exc
        landed += [(_shown(path, item.member), item) for item in items]
    objects = _judged(
        folder,
        [(shown, item.arrival, folder.landing / item.arrival.bytes_path) for shown, item in landed],
    )
    for told, (_, item) in zip(objects, landed, strict=True):
        told["already_known"] = item.already_known
        told["received_at"] = item.arrival.received_at.isoformat()
    return objects


def check(
    folder: DataFolder,
    paths: list[Path],
    agent_code: str | None,
    out: Path | None = None,
    *,
    office: bool = False,
) -> list[dict[str, Any]]:
    """Judge files where they lie; nothing is stored in the data folder. One object per file, in
    order; after a zip of workbooks, one per member.

    With `out`, a marked copy of every file with findings and a receipt of every file are written
    there; `copies` names them.
    """
    with tempfile.TemporaryDirectory(prefix="baophu-check-") as scratch:
        files = [
            (_shown(path, member), arrival, where)
            for path in _files(paths)
            for member, arrival, where in describe_all(
                path,
                Path(scratch),
                received_at=datetime.now(UTC),
                agent_code=agent_code,
                channel=OFFICE if office else "check",
            )
        ]
        return _judged(folder, files, out)


def _shown(path: Path, member: str | None) -> str:
    return f"{path}/{member}" if member else str(path)


def _files(paths: list[Path]) -> list[Path]:
    for path in paths:
        if not path.exists():
            raise OfficeFault(f"there is no file or folder {path}")
        if not (path.is_file() or path.is_dir()):
            raise OfficeFault(f"{path} is neither a file nor a folder")
    # `later/*` names the side files too; they say when and from whom a file came, and are not files
    # themselves. A link that was named on purpose means the file behind it.
    found = [file for path in paths for file in files_under(path)]
    side_files = set().union(
        *map(side_files_in, {file.parent for file in found if file.suffix.lower() == ".json"})
    )
    found = [file for file in found if file not in side_files]
    return [file.resolve() if file.is_symlink() else file for file in found]


def _judged(
    folder: DataFolder, files: list[tuple[str, Arrival, Path]], out: Path | None = None
) -> list[dict[str, Any]]:
    arrivals = read_arrivals(folder, night_of(datetime.now(UTC) + CLOCKS_DIFFER_BY))
    versions = reference_versions(folder, arrivals, accepted_references(folder))
    decisions = read_decisions(folder)
    objects: list[dict[str, Any]] = []
    for start in range(0, len(files), FILES_AT_ONCE):
        group = files[start : start + FILES_AT_ONCE]
        prepared = prepare([(where, arrival) for _, arrival, where in group], versions)
        for file in prepared:
            if made := withdrawal_of(
                decisions, file.parsed.sha256, before=file.arrival.received_at
            ):
                file.withdrawn = withdrawal_words(made.who, made.why, made.decided_at)
        judgements = judge(prepared)
        objects += [
            _told(shown, judgement)
            for (shown, _, _), judgement in zip(group, judgements, strict=True)
        ]
        if out is not None:
            marks = mark_all(
                [
                    ToMark(where, tuple(judgement.findings), tuple(judgement.file.parsed.repairs))
                    for (_, _, where), judgement in zip(group, judgements, strict=True)
                    if judgement.findings
                ]
            )
            for told, (shown, _, _), judgement in zip(
                objects[start:], group, judgements, strict=True
            ):
                marked = next(marks) if judgement.findings else None
                if isinstance(marked, Exception):
                    raise marked
                told["copies"] = [
                    str(made) for made in _send_home(out, Path(shown), judgement, marked)
                ]
    return objects


def _send_home(
    out: Path, path: Path, judgement: Judgement, marked: Marked | NotMarked | None
) -> list[Path]:
    """The marked copy (if there is one) and the receipt of one file, in `out`."""
    file, totals = judgement.file, judgement.totals()
    stem = f"{safe_name(path.stem)}-{file.parsed.sha256[:12]}"
    copies = [out / f"{stem}.xlsx"] if isinstance(marked, Marked) else []
    if isinstance(marked, Marked):
        write_whole(copies[0], marked.content, "write the papers of the check")
    receipt = Receipt(
        file_name=visible(path.name),
        sha256=file.parsed.sha256,
        received_at=file.arrival.received_at,
        agent_code=file.agent_code,
        agent_name=_name_of(file),
        head_month=file.head_month,
        verdict=judgement.verdict,
        rows=totals["rows"],
        amount_vnd=totals["amount_vnd"],
        waiting=waiting(judgement.findings),
        repairs=len(file.parsed.repairs),
        **about_copy(marked, f"{stem}.xlsx", judgement.findings),
        is_trial=True,
    )
    write_whole(
        out / f"{stem}.html", receipt_html(receipt).encode(), "write the papers of the check"
    )
    return [*copies, out / f"{stem}.html"]


def _name_of(file: FileToJudge) -> str | None:
    """The agent's name, by the newest row of the register."""
    rows = [
        agent
        for agent in (file.register.agents if file.register else ())
        if agent["agent_code"] == file.agent_code
    ]
    return str(max(rows, key=lambda agent: agent["valid_from"])["agent_name"]) if rows else None


def _told(shown: str, judgement: Judgement) -> dict[str, Any]:
    file = judgement.file
    told: dict[str, Any] = (
        {}
        if file.previous is None
        else {"changes": [asdict(c) for c in changes(file.parsed.tables, file.previous.tables)]}
    )
    return told | {
        "path": shown,
        "sha256": file.parsed.sha256,
        "form": file.parsed.form,
        "agent_code": file.agent_code,
        "verdict": judgement.verdict,
        **judgement.totals(),
        "not_checked": not_checked(has_register=file.register is not None),
        "findings": [
            {
                "sheet": f.sheet,
                "cell": f.cell,
                "row": f.row,
                "field": f.field,
                "code": f.code,
                "severity": f.severity,
                **explain(f),
            }
            for f in judgement.findings
        ],
    }
