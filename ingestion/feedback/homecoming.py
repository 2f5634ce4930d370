"""What goes back to the senders of a night: a marked copy of every file with findings and a receipt
of every file, in `outbox/`."""

from __future__ import annotations

import json
import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.data_folder import DataFolder
from core.errors import Consequence, MachineFault, machine_faults
from core.settings import DIRECT
from core.whole_files import safe_name, write_whole
from core.words import FATES
from ingestion.arrival.decisions import SENT_AGAIN_CODE
from ingestion.arrival.landed import read_receipts, with_sound_bytes
from ingestion.arrival.sent_again import SENT_AGAIN, finding_of, held_totals
from ingestion.feedback.marked_copy import Marked, NotMarked, ToMark, mark_all
from ingestion.feedback.receipt import Receipt, receipt_html
from ingestion.forms.normalise import read_code
from ingestion.model import OFFICE, Finding, Repair
from ingestion.rules.across import across_codes
from ingestion.rules.rulebook import explain, rules
from ingestion.rules.versions import newest_register, planned_versions
from ingestion.warehouse.load import open_warehouse

log = logging.getLogger(__name__)
UNKNOWN = "_khong-ro-dai-ly"
"""Folder of what came from nobody in the register."""
OFFICE_FOLDER = "_co-quan"
"""Folder of what the office itself brought: the reference workbook, the opening roster."""
_PLACES_AT_MOST = 200
"""Places named on a receipt that has no marked copy beside it."""
_DOING = "write to the outbox"
_RETURNED, _UNMAILED = ".returned", ".unmailed"
"""Folders in the outbox: a mark for every paper that went home, and what of it is not mailed yet.
"""
_OWED_SCHEMA = pa.schema([("sha256", pa.string()), ("told", pa.string())])
_OWED = {
    "submissions": """
        SELECT owed.told, submissions.*
        FROM owed INNER JOIN raw.submissions AS submissions USING (sha256)
        ORDER BY submissions.verdict = 'duplicate', submissions.received_at, submissions.arrival_id
    """,
    "totals": """
        SELECT sha256, fate, count(*) AS rows, cast(sum(amount_vnd) AS BIGINT) AS amount_vnd
        FROM raw.sheet_rows WHERE sha256 IN (SELECT sha256 FROM owed) GROUP BY sha256, fate ORDER BY sha256, fate
    """,
    # of a file alone: what other files say of it is for the office
    "findings": f"""
        SELECT * FROM ops.findings
        WHERE sha256 IN (SELECT sha256 FROM owed) AND list_contains($across, code) = false AND code <> '{SENT_AGAIN_CODE}' ORDER BY rowid
    """,
    "again": f"SELECT * FROM ({SENT_AGAIN}) WHERE night <= $night",
    "repairs": "SELECT * FROM raw.repairs WHERE sha256 IN (SELECT sha256 FROM owed) ORDER BY rowid",
}


@dataclass(frozen=True)
class Returned:
    """What went home for one file. Paths are relative to `outbox/`."""

    sha256: str
    agent: str
    night: date
    paths: tuple[str, ...]
    waits: bool
    """Whether something is to be mended."""
    told: str
    """Digest of what the receipt rests on."""

    @property
    def name(self) -> str:
        """One paper: of a file judged anew with another outcome there is another."""
        return f"{self.sha256[:32]}-{self.told[:16]}"


@dataclass(frozen=True)
class Agent:
    """Of a sender, as the register says."""

    name: str | None
    email: str | None


@dataclass(frozen=True, repr=False)
class _Paper:
    """What is to go home of one file. Holds values."""

    submission: Mapping[str, Any]
    receipt: Mapping[str, Any]
    agent: str
    sender: str | None
    sender_name: str | None
    totals: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    repairs: tuple[Repair, ...] = ()
    is_again: bool = False  # of bytes that came again after they were taken back

    @property
    def place(self) -> str:
        """Path in the outbox, without its ending."""
        stem = safe_name(Path(self.receipt["original_name"]).stem)
        again = f"-gui-lai-{self.submission['arrival_id'][:6]}" if self.is_again else ""
        return f"{self.agent}/{self.submission['night'].isoformat()}/{stem}-{self.submission['sha256'][:12]}{again}"


def note_owed(folder: DataFolder, night: date, run: str = DIRECT) -> int:
    """Stage after load, while nobody else has the warehouse: what is owed to senders of this night
    and all before, noted for `return_files`.

    Owed is every paper of the warehouse (`ops.papers`) that has no mark of having gone home,
    whatever became of the run that judged the file.
    """
    known, work = _gone(folder), folder.work(night.isoformat(), run)
    with open_warehouse(folder.warehouse) as connection:
        papers = connection.execute(
            "SELECT DISTINCT sha256, told FROM ops.papers INNER JOIN raw.submissions USING (sha256) WHERE night <= ?",
            [night],
        ).fetchall()
        owed = [
            (sha256, told) for sha256, told in papers if f"{sha256[:32]}-{told[:16]}" not in known
        ]
        connection.register(
            "owed",
            pa.table(
                {"sha256": [s for s, _ in owed], "told": [t for _, t in owed]}, schema=_OWED_SCHEMA
            ),
        )
        with machine_faults("write to the work folder"):
            for name, query in _OWED.items():
                values = {
                    key: value
                    for key, value in {"across": across_codes(), "night": night}.items()
                    if f"${key}" in query
                }
                pq.write_table(
                    connection.sql(query, params=values).to_arrow_table(),
                    work / f"owed.{name}.parquet",
                )
    return len(owed)


def return_files(folder: DataFolder, night: date, run: str = DIRECT) -> dict[str, int]:
    """Stage after `note_owed`: marked copies and receipts of the files, each under its sender and
    its own night.

    Safe to repeat: what lies in the outbox already is not written again, so a copy that an agent is
    mending in place is left alone. What went home is marked as gone once it is on the disk; until
    then it is owed. Returns counts: `files`, `marked`, `alone` (by their receipt alone, for marking
    them broke a limit), `written`. Raises Consequence when the run has noted nothing; RuntimeError,
    after all other files, when our own code failed on some.
    """
    work = folder.work(night.isoformat(), run)
    if not (work / "owed.repairs.parquet").exists():
        raise Consequence(
            f"the night of {night} was not loaded, so nothing goes back to its senders"
        )
    known = register_of(folder, work)
    papers = _papers(folder, work, known)
    returned = [found for paper in papers if (found := _lying_there(folder, paper)) is not None]
    lying = {file.sha256 for file in returned}
    to_write = [paper for paper in papers if paper.submission["sha256"] not in lying]
    marks = mark_all(
        [
            ToMark(folder.landing / paper.receipt["bytes"], paper.findings, paper.repairs)
            for paper in to_write
            if paper.findings
        ]
    )
    crashed = []
    for paper in to_write:
        marked = next(marks) if paper.findings else None
        if isinstance(marked, MachineFault):
            raise marked
        if isinstance(marked, Exception):
            crashed.append(f"{paper.submission['sha256'][:12]} ({marked})")
        else:
            returned.append(_write(folder, paper, marked))
    again = [_write(folder, paper, None) for paper in _papers_of_sent_again(folder, work, known)]
    _note_returned(folder, [*returned, *again])
    if crashed:
        raise RuntimeError(
            f"our code failed on the way home of {len(crashed)} file(s): {', '.join(crashed)}"
        )
    marked_count = sum(len(file.paths) > 1 for file in returned)
    alone, written = (
        sum(file.waits for file in returned) - marked_count,
        len(to_write) - len(crashed) + len(again),
    )
    return {
        "files": len(returned) + len(again),
        "marked": marked_count,
        "alone": alone,
        "written": written,
    }


def read_unmailed(folder: DataFolder) -> list[Returned]:
    """What has gone into the outbox and has not been mailed since."""
    found = []
    for path in sorted((folder.outbox / _UNMAILED).glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        found.append(
            Returned(
                **told | {"night": date.fromisoformat(told["night"]), "paths": tuple(told["paths"])}
            )
        )
    return found


def forget_unmailed(folder: DataFolder, files: Iterable[Returned]) -> None:
    """These have been mailed, or nobody wants them to be."""
    for file in files:
        (folder.outbox / _UNMAILED / f"{file.name}.json").unlink(missing_ok=True)


def addresses(folder: DataFolder, night: date, run: str = DIRECT) -> dict[str, str | None]:
    """agent's folder in the outbox -> e-mail (None: none given), by the register that the run's
    plan names."""
    return {
        safe_name(code): agent.email
        for code, agent in register_of(folder, folder.work(night.isoformat(), run)).items()
    }


def register_of(folder: DataFolder, work: Path) -> dict[str, Agent]:
    """agent code -> agent, of everyone in the newest accepted version of the reference workbook
    that the plan in this work folder names."""
    register = newest_register(planned_versions(folder, work))
    agents = register.agents if register else ()
    return {
        agent["agent_code"]: Agent(agent.get("agent_name"), agent.get("email"))
        for agent in sorted(agents, key=lambda a: a["valid_from"])
    }


def waiting(findings: Iterable[Finding]) -> list[tuple[str, int]]:
    """What is to be mended, once for each rule, with the number of places; the gravest first. Names
    no cell and no value."""
    counts = Counter((f.code, f.detail) for f in findings)
    order = ("reject_file", "hold_file", "reject_row", "hold_row", "warn")
    by_weight = sorted(
        counts.items(),
        key=lambda c: (order.index(rules()[c[0][0]].severity), c[0][0], c[0][1] or ""),
    )
    return [(_without_place(code, detail), count) for (code, detail), count in by_weight]


def _gone(folder: DataFolder) -> set[str]:
    return (
        {mark.name for mark in path.iterdir()}
        if (path := folder.outbox / _RETURNED).exists()
        else set()
    )


def _papers(folder: DataFolder, work: Path, known: Mapping[str, Agent]) -> list[_Paper]:
    tables = {name: pq.read_table(work / f"owed.{name}.parquet").to_pylist() for name in _OWED}
    first: dict[str, dict[str, Any]] = {}
    for submission in tables["submissions"]:
        first.setdefault(submission["sha256"], submission)
    totals, findings, repairs = (
        _by_file(tables[name]) for name in ("totals", "findings", "repairs")
    )
    papers = []
    problems: list[str] = []
    arrivals = read_receipts(
        folder, [submission["receipt"] for submission in first.values()], problems
    )
    sound = {arrival.sha256 for arrival in with_sound_bytes(folder, arrivals, problems)}
    for (
        words
    ) in problems:  # a changed sender would send it to another: it is owed until it is put back
        log.warning("not sent home: %s", words)
    for sha256, submission in first.items():
        if sha256 not in sound:
            continue
        receipt = json.loads((folder.landing / submission["receipt"]).read_text(encoding="utf-8"))
        # who brought it counts before whom its head names: a sheet in another's name must not go
        # home to that other
        sender = _sender(receipt, submission["agent_code"])
        is_known = sender is not None and sender in known
        # another arrival of the same bytes is told in the figures, not on the first one's sheet
        of_file = [
            f
            for f in findings.get(sha256, [])
            if f["code"] != "BP-020" or submission["verdict"] == "duplicate"
        ]
        papers.append(
            _Paper(
                submission=submission,
                receipt=receipt,
                agent=_folder_of(receipt, sender if is_known else None),
                sender=sender if is_known else None,
                sender_name=known[sender].name if sender and is_known else None,
                totals=_totals(submission, totals.get(sha256, [])),
                findings=tuple(map(_finding, of_file)),
                repairs=tuple(
                    Repair(
                        r["sheet"],
                        r["cell"],
                        r["row_number"],
                        r["field"],
                        r["kind"],
                        r["before"] or "",
                        r["after"] or "",
                    )
                    for r in repairs.get(sha256, [])
                ),
            )
        )
    return papers


def _papers_of_sent_again(
    folder: DataFolder, work: Path, known: Mapping[str, Agent]
) -> list[_Paper]:
    """Receipts of bytes that came again after a withdrawal, once for each arrival and withdrawal:
    they are held, and say by whom, when and why."""
    gone, papers = _gone(folder), []
    owed = {
        submission["receipt"]: submission
        for submission in pq.read_table(work / "owed.again.parquet").to_pylist()
    }
    for submission in [owed[arrival.receipt] for arrival in read_receipts(folder, list(owed), [])]:
        receipt = json.loads((folder.landing / submission["receipt"]).read_text(encoding="utf-8"))
        sender = _sender(receipt, submission["agent_code"])
        is_known, told = (
            sender in known,
            f"{submission['decision_id'][:8]}{submission['arrival_id'][:8]}",
        )
        papers.append(
            _Paper(
                submission={**submission, "verdict": "held", "told": told},
                receipt=receipt,
                agent=_folder_of(receipt, sender if is_known else None),
                sender=sender if is_known else None,
                sender_name=known[sender].name if sender and is_known else None,
                totals=held_totals(submission),
                findings=(finding_of(submission),),
                is_again=True,
            )
        )
    return [paper for paper in papers if _returned(paper, has_copy=False).name not in gone]


def _sender(receipt: Mapping[str, Any], agent_code: str | None) -> str | None:
    """Who is answered: who brought it, else the agent that the file is counted for."""
    code = receipt.get("agent_code") or agent_code
    return str(read_code(code).value) if code else None


def _folder_of(receipt: Mapping[str, Any], sender: str | None) -> str:
    """Folder of the outbox; `sender`: one that the register knows."""
    return (
        OFFICE_FOLDER if receipt.get("role") == OFFICE else safe_name(sender) if sender else UNKNOWN
    )


def folders_of(folder: DataFolder, receipt: str, agent_code: str | None) -> list[str]:
    """Folders of the outbox where the papers of an arrival may lie: its sender's, or where they go
    if the register of its night does not know it."""
    try:
        said = json.loads((folder.landing / receipt).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a night says that it is missing or altered
        said = {}
    return list(dict.fromkeys((_folder_of(said, _sender(said, agent_code)), UNKNOWN)))


def _lying_there(folder: DataFolder, paper: _Paper) -> Returned | None:
    """What an earlier run has put into the outbox for this outcome, whole."""
    path = folder.outbox / f"{paper.place}.html"
    if not path.exists():
        return None
    text, told = path.read_text(encoding="utf-8"), paper.submission["told"]
    copy = path.with_suffix(".xlsx")
    is_whole = f'content="{told}"' in text and copy.exists() == bool(paper.findings)
    return (
        _returned(paper, copy.exists()) if is_whole or f'content="{told}-alone"' in text else None
    )


def _write(folder: DataFolder, paper: _Paper, marked: Marked | NotMarked | None) -> Returned:
    copy = folder.outbox / f"{paper.place}.xlsx"
    if isinstance(marked, Marked):
        write_whole(copy, marked.content, _DOING)
        copy.with_suffix(".xlsm").unlink(missing_ok=True)  # of a version that let macros travel
    submission = paper.submission
    receipt = Receipt(
        file_name=paper.receipt["original_name"],
        sha256=submission["sha256"],
        received_at=submission["received_at"].replace(tzinfo=UTC),
        agent_code=paper.sender,
        agent_name=paper.sender_name,
        head_month=submission["head_month"],
        verdict=submission["verdict"],
        rows=paper.totals["rows"],
        amount_vnd=paper.totals["amount_vnd"],
        waiting=waiting(paper.findings),
        repairs=len(paper.repairs),
        **about_copy(marked, copy.name, paper.findings),
        told=submission["told"] + ("-alone" if isinstance(marked, NotMarked) else ""),
    )
    write_whole(copy.with_suffix(".html"), receipt_html(receipt).encode(), _DOING, is_lasting=False)
    return _returned(paper, isinstance(marked, Marked))


def about_copy(
    marked: Marked | NotMarked | None, name: str, findings: Sequence[Finding]
) -> dict[str, Any]:
    """What a receipt says of the marked copy; where there is none, it names the places itself."""
    if isinstance(marked, Marked):
        return {"marked_name": name, "lost": marked.lost}
    if isinstance(marked, NotMarked):
        said = [explain(f) for f in findings[:_PLACES_AT_MOST]]
        places = [
            f"{f.sheet}: {s['message_vi']}" if f.sheet else s["message_vi"]
            for f, s in zip(findings, said, strict=False)
        ]
        return {
            "unmarked": marked.why,
            "places": places,
            "places_left_out": max(len(findings) - _PLACES_AT_MOST, 0),
        }
    return {}


def _note_returned(folder: DataFolder, files: Sequence[Returned]) -> None:
    """First what is to be mailed, then the mark; both after the papers are on the disk."""
    if not files:
        return
    with machine_faults(_DOING):
        os.sync()
        for name in (_UNMAILED, _RETURNED):
            (folder.outbox / name).mkdir(parents=True, exist_ok=True)
        for file in files:
            text = json.dumps(asdict(file) | {"night": file.night.isoformat()})
            write_whole(
                folder.outbox / _UNMAILED / f"{file.name}.json",
                text.encode(),
                _DOING,
                is_lasting=False,
            )
            (folder.outbox / _RETURNED / file.name).touch()


def _returned(paper: _Paper, has_copy: bool) -> Returned:
    submission = paper.submission
    paths = (f"{paper.place}.html", *([f"{paper.place}.xlsx"] if has_copy else []))
    return Returned(
        submission["sha256"],
        paper.agent,
        submission["night"],
        paths,
        bool(paper.findings),
        submission["told"],
    )


def _totals(
    submission: Mapping[str, Any], by_fate: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, int]]:
    counts, amounts = dict.fromkeys(FATES, 0), dict.fromkeys(FATES, 0)
    for of in by_fate:
        fate = (
            "duplicate"
            if submission["verdict"] == "duplicate" and of["fate"] != "not_data"
            else of["fate"]
        )
        counts[fate] += of["rows"]
        amounts[fate] += of["amount_vnd"]
    return {
        "rows": {"received": submission["rows_received"], **counts},
        "amount_vnd": {"received": submission["amount_received_vnd"], **amounts},
    }


def _finding(said: Mapping[str, Any]) -> Finding:
    place = {name: said[name] for name in ("sheet", "cell", "field", "row_id", "detail")}
    return Finding(said["sha256"], said["code"], said["severity"], row=said["row_number"], **place)


def _by_file(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["sha256"]].append(row)
    return found


def _without_place(code: str, detail: str | None) -> str:
    """A rule's sentence without the cell it speaks of."""
    said = explain(Finding("", code, rules()[code].severity, cell="…", detail=detail))
    words = re.sub(r"^(?:Ô|Dòng|Trang tính)[^:]*[–…]:\s*", "", said["message_vi"])
    return f"{words[:1].upper()}{words[1:]} {said['fix_vi']}"
