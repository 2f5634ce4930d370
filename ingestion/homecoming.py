"""What goes back to the senders of a night: a marked copy of every file with findings and a receipt of every file, in `outbox/`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingestion.errors import Consequence, UnreadableWorkbook, machine_faults
from ingestion.feedback import Marked, mark
from ingestion.landing import read_receipts
from ingestion.model import FATES, Finding, Page, Repair
from ingestion.nightly import DIRECT, prepare
from ingestion.receipt import Receipt, receipt_html
from ingestion.rulebook import explain, rules
from ingestion.settings import DataFolder
from ingestion.workbook import read_workbook

UNKNOWN = "_khong-ro-dai-ly"
"""Folder of what came from nobody in the register."""
_RETURNED = "returned.json"
_NAME_AT_MOST = 80


@dataclass(frozen=True)
class Returned:
    """What went home for one file. Paths are relative to `outbox/`."""

    sha256: str
    agent: str
    night: date
    paths: tuple[str, ...]
    waits: bool
    """Whether something is to be mended."""


def return_files(folder: DataFolder, night: date, run: str = DIRECT) -> dict[str, int]:
    """Stage after load: marked copies and receipts of the files that the run judged, each under its sender and its own night.

    Safe to repeat: what has been told already is not written again, so a copy that an agent is mending in place is left alone. Writes
    `returned.json` in the run's work folder for the delivery. Returns counts: `files`, `marked`, `written`.
    Raises Consequence when the run has no plan; RuntimeError, after all other files, when our own code failed on some.
    """
    work = folder.work(night.isoformat(), run)
    if not (work / "plan.json").exists():
        raise Consequence(f"the night of {night} was not planned, so nothing goes back to its senders")
    plan = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    known = register_of(folder, plan["references"])
    returned, crashed, written = [], [], 0
    for chunk in plan["chunks"]:
        said = {name: _table(work, chunk, name) for name in ("raw.submissions", "raw.sheet_rows", "ops.findings", "raw.repairs")}
        by_file = {name: _by_file(rows) for name, rows in said.items()}
        for sha256, arrivals in by_file["raw.submissions"].items():
            try:
                home, is_new = _return_file(folder, arrivals[0], known, *(by_file[name].get(sha256, []) for name in list(said)[1:]))
            except (OSError, MemoryError):
                raise
            except Exception as exc:  # noqa: BLE001 - a bug of ours: said loudly below, and never blamed on the file
                crashed.append(f"{sha256[:12]} ({type(exc).__name__})")
                continue
            returned.append(home)
            written += is_new
    with machine_faults("write to the work folder"):
        (work / _RETURNED).write_text(json.dumps([asdict(r) | {"night": r.night.isoformat()} for r in returned]), encoding="utf-8")
    if crashed:
        raise RuntimeError(f"our code failed on the way home of {len(crashed)} file(s): {', '.join(crashed)}")
    return {"files": len(returned), "marked": sum(len(r.paths) > 1 for r in returned), "written": written}


def read_returned(folder: DataFolder, night: date, run: str = DIRECT) -> list[Returned]:
    """What `return_files` of this run has put into the outbox; empty when it has not run."""
    path = folder.work(night.isoformat(), run) / _RETURNED
    said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [Returned(s["sha256"], s["agent"], date.fromisoformat(s["night"]), tuple(s["paths"]), s["waits"]) for s in said]


def addresses(folder: DataFolder, night: date, run: str = DIRECT) -> dict[str, str | None]:
    """agent's folder in the outbox -> e-mail (None: none given), by the register that the run's plan names."""
    plan = json.loads((folder.work(night.isoformat(), run) / "plan.json").read_text(encoding="utf-8"))
    return {safe_name(code): email for code, email in register_of(folder, plan["references"]).items()}


def register_of(folder: DataFolder, references: Sequence[str]) -> dict[str, str | None]:
    """agent code -> e-mail (None: none given), of everyone in the newest of these versions of the reference workbook (receipt paths)."""
    arrivals = read_receipts(folder, references[-1:])
    prepared = prepare([(folder.landing / a.bytes_path, a) for a in arrivals], [])
    agents = prepared[0].parsed.tables.get("ref_agents", []) if prepared else []
    return {agent["agent_code"]: agent.get("email") for agent in sorted(agents, key=lambda a: a["valid_from"])}


def mark_path(path: Path, findings: Sequence[Finding], repairs: Sequence[Repair]) -> Marked:
    """The marked copy of a file that lies somewhere. What could not be read apart from this process (BP-001) is not opened in it."""
    container, pages = _opened(path) if all(f.code != "BP-001" for f in findings) else ("", None)
    return mark(path, container, findings, repairs, pages)


def waiting(findings: Iterable[Finding]) -> list[tuple[str, int]]:
    """What is to be mended, once for each rule, with the number of places; the gravest first. Names no cell and no value."""
    counts = Counter((f.code, f.detail) for f in findings)
    order = ("reject_file", "hold_file", "reject_row", "hold_row", "warn")
    by_weight = sorted(counts.items(), key=lambda c: (order.index(rules()[c[0][0]].severity), c[0][0], c[0][1] or ""))
    return [(_without_place(code, detail), count) for (code, detail), count in by_weight]


def safe_name(name: str, default: str = "tep") -> str:
    """A sender's name for a file or a folder, as every file system takes it: no path, no sign that means something, no leading dot."""
    text = unicodedata.normalize("NFC", name).replace("/", "_").replace("\\", "_")
    text = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    text = re.sub(r"\s+", " ", text).strip(" ._")
    while len(text.encode()) > _NAME_AT_MOST:
        text = text[:-1].rstrip(" ._")
    return text or default


def write_whole(path: Path, content: bytes, *, is_lasting: bool = True) -> None:
    """Whole or not at all, readable by the owner and the group alone. `is_lasting`: it is on the disk before this returns; a receipt need
    not be, for its night makes it again. Raises MachineFault when the machine cannot write."""
    with machine_faults("write to the outbox"):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.tmp-{os.getpid()}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as out:
                out.write(content)
                if is_lasting:
                    out.flush()
                    os.fsync(out.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _return_file(
    folder: DataFolder,
    submission: Mapping[str, Any],
    known: Mapping[str, str | None],
    rows: Sequence[Mapping[str, Any]],
    said_findings: Sequence[Mapping[str, Any]],
    said_repairs: Sequence[Mapping[str, Any]],
) -> tuple[Returned, bool]:
    receipt = json.loads((folder.landing / submission["receipt"]).read_text(encoding="utf-8"))
    # another arrival of the same bytes is told in the figures, not on the first one's sheet
    findings = [_finding(f) for f in said_findings if f["code"] != "BP-020" or submission["verdict"] == "duplicate"]
    repairs = [
        Repair(r["sheet"], r["cell"], r["row_number"], r["field"], r["kind"], r["before"] or "", r["after"] or "") for r in said_repairs
    ]
    # who brought it counts before whom its head names: a sheet in another's name must not go home to that other
    sender = receipt.get("agent_code") or submission["agent_code"]
    agent = safe_name(sender) if sender in known else UNKNOWN
    sha256 = str(submission["sha256"])
    place = f"{agent}/{submission['night'].isoformat()}/{safe_name(Path(receipt['original_name']).stem)}-{sha256[:12]}"
    paper = folder.outbox / f"{place}.html"
    totals = _totals(submission, rows)
    told = hashlib.sha256(
        json.dumps([submission["verdict"], totals, [asdict(f) for f in findings], [asdict(r) for r in repairs]], default=str).encode()
    ).hexdigest()[:32]
    waits = bool(findings)
    copies = sorted(p.name for p in paper.parent.glob("*.xls[xm]") if p.stem == paper.stem) if paper.exists() else []
    if paper.exists() and f'content="{told}"' in paper.read_text(encoding="utf-8") and bool(copies) == waits:
        return _returned(submission, agent, place, copies, waits), False
    marked = mark_path(folder.landing / receipt["bytes"], findings, repairs) if waits else None
    if marked is not None:
        write_whole(folder.outbox / f"{place}{marked.extension}", marked.content)
        copies = [Path(place).name + marked.extension]
    write_whole(
        paper,
        receipt_html(
            Receipt(
                file_name=receipt["original_name"],
                sha256=sha256,
                received_at=submission["received_at"].replace(tzinfo=UTC),
                agent_code=sender if sender in known else None,
                verdict=submission["verdict"],
                rows=totals["rows"],
                amount_vnd=totals["amount_vnd"],
                waiting=waiting(findings),
                repairs=len(repairs),
                lost=marked.lost if marked else (),
                marked_name=copies[0] if copies else None,
                told=told,
            )
        ).encode(),
        is_lasting=False,
    )
    return _returned(submission, agent, place, copies, waits), True


def _returned(submission: Mapping[str, Any], agent: str, place: str, copies: Sequence[str], waits: bool) -> Returned:
    paths = (f"{place}.html", *(f"{Path(place).parent.as_posix()}/{name}" for name in copies))
    return Returned(str(submission["sha256"]), agent, submission["night"], paths, waits)


def _totals(submission: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    counts, amounts = dict.fromkeys(FATES, 0), dict.fromkeys(FATES, 0)
    for row in rows:
        fate = "duplicate" if submission["verdict"] == "duplicate" and row["fate"] != "not_data" else row["fate"]
        counts[fate] += 1
        amounts[fate] += row["amount_vnd"]
    return {
        "rows": {"received": submission["rows_received"], **counts},
        "amount_vnd": {"received": submission["amount_received_vnd"], **amounts},
    }


def _finding(said: Mapping[str, Any]) -> Finding:
    place = {name: said[name] for name in ("sheet", "cell", "field", "row_id", "detail")}
    return Finding(said["sha256"], said["code"], said["severity"], row=said["row_number"], **place)


def _table(work: Path, chunk: str, name: str) -> list[dict[str, Any]]:
    path = work / f"{chunk}.{name}.parquet"
    return pq.read_table(path).to_pylist() if path.exists() else []


def _by_file(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["sha256"]].append(row)
    return found


def _without_place(code: str, detail: str | None) -> str:
    """A rule's sentence without the cell it speaks of."""
    said = explain(Finding("", code, rules()[code].severity, cell="…", detail=detail))
    words = re.sub(r"^(?:Ô|Dòng|Sheet)[^:]*[–…]:\s*", "", said["message_vi"])
    return f"{words[:1].upper()}{words[1:]} {said['fix_vi']}"


def _opened(path: Path) -> tuple[str, list[Page] | None]:
    """(container, pages): a workbook that is marked in place is not read for it; "" for what cannot be opened."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return ("xlsm" if "xl/vbaProject.bin" in names else "xlsx"), None
    try:
        workbook = read_workbook(path)
    except UnreadableWorkbook:
        return "", None
    return workbook.container, list(workbook.pages)
