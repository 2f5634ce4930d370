"""The stages of a night, one function each, in order: land, plan, judge (per chunk), load. Only paths and counts pass between them."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.errors import OfficeFault, UnreadableWorkbook, machine_faults
from ingestion.frames import FileToJudge
from ingestion.landing import land_inbox, read_arrivals
from ingestion.load import COLUMNS, load, loaded_files, records, to_arrow
from ingestion.model import Arrival, ParsedFile
from ingestion.parse import parse_form
from ingestion.reference import FORM as REFERENCE_FORM
from ingestion.reference import Register, is_reference, parse_reference
from ingestion.settings import FILES_PER_CHUNK, DataFolder
from ingestion.validate import Judgement, judge
from ingestion.workbook import read_sheets


@dataclass(frozen=True)
class Version:
    """One landed version of the reference workbook."""

    arrival: Arrival
    judgement: Judgement
    register: Register | None
    """None: it is wrong."""


def land(folder: DataFolder) -> int:
    """Stage 1: empty the inbox into landing. Number of files landed."""
    return len(land_inbox(folder))


def plan(folder: DataFolder, night: date) -> list[str]:
    """Stage 2: which files the night takes in, in chunks; writes `plan.json` in the night's work folder and gives the names of the chunks.

    A file is taken in when an arrival of it (night <= this one) is not in the warehouse yet, or when the reference it is to be judged by
    has changed under it (a reference that came late).
    Raises OfficeFault when there is no reference workbook, or when the newest is wrong.
    """
    shutil.rmtree(folder.work(night.isoformat()), ignore_errors=True)  # an older plan of this night must not be loaded in its place
    arrivals = read_arrivals(folder, night)
    loaded = loaded_files(folder.warehouse)
    by_file: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_file.setdefault(arrival.sha256, []).append(arrival)
    versions = reference_versions(folder, arrivals, {s for s, k in loaded.items() if k["form"] == REFERENCE_FORM})
    if not versions:
        raise OfficeFault(
            "no reference workbook has been received; put reference.xlsx into the inbox "
            "(`baophu reference --template FILE` makes an empty one)"
        )
    if versions[-1].register is None:
        finding = versions[-1].judgement.findings[0]
        place = f", sheet {finding.sheet}, cell {finding.cell}" if finding.cell else f" ({finding.detail})" if finding.detail else ""
        raise OfficeFault(
            f"the newest reference workbook (received {versions[-1].arrival.received_at:%Y-%m-%d %H:%M}) is wrong: "
            f"{finding.code}{place}; nothing was loaded, send it again mended"
        )
    due = [s for s, a in by_file.items() if _is_due(loaded.get(s), a, versions)]
    work = folder.work(night.isoformat())
    with machine_faults("write to the work folder"):
        work.mkdir(parents=True)
        chunks = [due[i : i + FILES_PER_CHUNK] for i in range(0, len(due), FILES_PER_CHUNK)]
        names = [f"chunk-{i:04d}" for i in range(len(chunks))]
        said = {
            "night": night.isoformat(),
            "chunks": dict(zip(names, chunks, strict=True)),
            "receipts": {s: [a.receipt for a in by_file[s]] for s in due},
        }
        (work / "plan.json").write_text(json.dumps(said), encoding="utf-8")
    return names


def judge_chunk(folder: DataFolder, night: date, chunk: str) -> dict[str, int]:
    """Stage 3: read and judge the files of one chunk, and write what the warehouse is to be told as Parquet beside the plan.

    A file on which our own code fails costs that file alone: the others are judged and written, then RuntimeError is raised.
    """
    work = folder.work(night.isoformat())
    said = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    wanted = set(said["chunks"][chunk])
    by_file: dict[str, list[Arrival]] = {s: [] for s in said["chunks"][chunk]}
    arrivals = read_arrivals(folder, night)
    for arrival in arrivals:
        if arrival.sha256 in wanted:
            by_file[arrival.sha256].append(arrival)
    versions = reference_versions(folder, arrivals)
    files: list[FileToJudge] = []
    crashed: list[str] = []
    for arrival in (group[0] for group in by_file.values()):
        try:
            files.append(prepare(folder, arrival, choose_register(versions, arrival)))
        except Exception as exc:  # noqa: BLE001 - a bug of ours: said loudly below, and never blamed on the file
            crashed.append(f"{arrival.sha256[:12]} ({type(exc).__name__})")
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    judgements = judge(files)
    for judgement in judgements:
        for name, rows in records(judgement, by_file[judgement.file.parsed.sha256], night).items():
            tables[name] += rows
    with machine_faults("write to the work folder"):
        for name, rows in tables.items():
            pq.write_table(to_arrow(name, rows), work / f"{chunk}.{name}.parquet")
        (work / f"{chunk}.{'partly' if crashed else 'done'}").touch()
    if crashed:
        raise RuntimeError(f"our code failed on {len(crashed)} file(s), which wait for a mended version: {', '.join(crashed)}")
    severities = [f.severity for j in judgements for f in j.findings]
    return {"files": len(files), "findings": sum(s != "warn" for s in severities), "warnings": sum(s == "warn" for s in severities)}


def load_night(folder: DataFolder, night: date) -> dict[str, int]:
    """Stage 4: the verdicts of all finished chunks into the warehouse, in one transaction. Safe to repeat.

    Returns planned, loaded and failed chunks, and the number of files: planned = loaded + failed. A chunk in which our own code failed on a file
    counts as failed, though its other files are loaded.
    """
    work = folder.work(night.isoformat())
    if not (work / "plan.json").exists():
        raise OfficeFault(f"the night of {night} was not planned, so nothing was loaded; what kept it from being planned is said before")
    chunks = json.loads((work / "plan.json").read_text(encoding="utf-8"))["chunks"]
    done = [c for c in chunks if (work / f"{c}.done").exists()]
    partly = [c for c in chunks if (work / f"{c}.partly").exists()]  # our code failed on a file of it: the others are loaded all the same
    tables = {
        name: pa.concat_tables([to_arrow(name, [])] + [pq.read_table(work / f"{c}.{name}.parquet") for c in (*done, *partly)])
        for name in COLUMNS
    }
    load(folder.warehouse, night, tables)
    files = tables["raw.submissions"]
    return {"planned": len(chunks), "loaded": len(done), "failed": len(chunks) - len(done), "files": files.num_rows}


def prepare(folder: DataFolder, arrival: Arrival, register: Register | None) -> FileToJudge:
    """Read and parse one landed file. What the sender did wrong stands in the parsed file; only our own bugs raise."""
    return FileToJudge(arrival, parse_file(folder.landing / arrival.bytes_path, arrival), register)


def parse_file(path: Path, arrival: Arrival) -> ParsedFile:
    """Bytes to rows, whatever the form."""
    try:
        sheets = read_sheets(path)
    except UnreadableWorkbook:
        return ParsedFile(arrival.sha256, form=REFERENCE_FORM if arrival.is_named_reference else None, container_problem="unreadable")
    if is_reference(sheets) or arrival.is_named_reference:
        return parse_reference(arrival.sha256, sheets)
    return parse_form(arrival.sha256, sheets)


def reference_versions(folder: DataFolder, arrivals: Sequence[Arrival], known: set[str] | None = None) -> list[Version]:
    """Every landed version of the reference workbook among `arrivals`, judged, oldest first."""
    first: dict[str, Arrival] = {}
    for arrival in arrivals:
        first.setdefault(arrival.sha256, arrival)
    found = [
        a
        for a in first.values()
        if a.is_named_reference or a.sha256 in (known or ()) or _has_reference_sheets(folder.landing / a.bytes_path)
    ]
    versions = []
    for judgement in judge([prepare(folder, a, None) for a in found]):
        sound = judgement.verdict == "accepted"
        register = Register(judgement.file.parsed.sha256, tuple(judgement.file.parsed.tables["ref_agents"])) if sound else None
        versions.append(Version(judgement.file.arrival, judgement, register))
    return sorted(versions, key=lambda v: (v.arrival.received_at, v.arrival.sha256))


def choose_register(versions: Sequence[Version], arrival: Arrival) -> Register | None:
    """The register a file is judged by: the newest sound version whose night is not after the file's; before the first, the first."""
    sound = [v for v in versions if v.register is not None]
    past = [v for v in sound if v.arrival.night <= arrival.night]
    chosen = past[-1:] or sound[:1]
    return chosen[0].register if chosen else None


def _is_due(known: dict[str, Any] | None, arrivals: Sequence[Arrival], versions: Sequence[Version]) -> bool:
    if known is None or not {a.receipt for a in arrivals} <= known["receipts"]:
        return True
    register = choose_register(versions, arrivals[0])
    judged_by: str | None = known["reference_sha256"]
    return judged_by != (register.sha256 if register else None)


def _has_reference_sheets(path: Path) -> bool:
    """A look at the list of sheets only: the whole workbook is opened when it is its turn."""
    try:
        with zipfile.ZipFile(path) as archive:
            return b'name="dai_ly"' in archive.read("xl/workbook.xml")
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError):
        return False
