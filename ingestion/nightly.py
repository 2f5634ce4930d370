"""The stages of a night, one function each, in order: land, plan, judge (per chunk), load. Only
names and counts pass between them.

`run` names one run of a night: two runs of the same night at once keep their plans and verdicts in
folders of their own.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.data_folder import DataFolder
from core.errors import Consequence, MachineFault, OfficeFault, OurCrash, machine_faults
from core.settings import DIRECT, FILES_PER_CHUNK
from core.workers import OurFailure
from ingestion.arrival.decisions import verify_audit
from ingestion.arrival.inbox import land_inbox
from ingestion.arrival.landed import read_arrivals, read_receipts, verify_landing, with_sound_bytes
from ingestion.arrival.night_plan import NightPlan
from ingestion.arrival.uses import read_uses
from ingestion.forms.reading import parse_files
from ingestion.forms.reference import FORM as REFERENCE_FORM
from ingestion.model import Arrival
from ingestion.rules.accepted import accepted_references, still_accepted
from ingestion.rules.frames import KINDS, OFFICE_KINDS, FileToJudge
from ingestion.rules.placing import ready
from ingestion.rules.rulebook import RuleResult
from ingestion.rules.validate import judge_apart
from ingestion.rules.versions import (
    Version,
    choose_register,
    keep_versions,
    planned_versions,
    reference_versions,
    refusal,
    version_before,
)
from ingestion.warehouse import not_judged
from ingestion.warehouse.load import (
    COLUMNS,
    LoadedFile,
    Tables,
    known_decisions,
    load,
    loaded_files,
    records,
    to_arrow,
)

KEPT_RUNS = 5


@dataclass(frozen=True)
class Again:
    """Files to judge again though they are loaded: one by the beginning of its hash, or all
    received in a range of nights."""

    sha256: str | None = None
    first_night: date | None = None
    last_night: date | None = None

    def means(self, sha256: str, night: date) -> bool:
        """Whether this file, received for that night, is asked for."""
        if self.sha256 is not None:
            return sha256.startswith(self.sha256)
        if self.first_night is None and self.last_night is None:
            return False
        return (self.first_night or date.min) <= night <= (self.last_night or date.max)


def land(folder: DataFolder, notes: list[str] | None = None) -> int:
    """Stage 1: empty the inbox into landing. Number of files landed; `notes` gets a sentence for
    what could not be."""
    return len(land_inbox(folder, notes))


def plan(
    folder: DataFolder, night: date, run: str = DIRECT, again: Again | None = None
) -> list[str]:
    """Stage 2: which files the night takes in, in chunks; writes `plan.json` in the run's work
    folder and gives the names of the chunks, each with the beginning of its first file's hash.

    A file is taken in when an arrival of it (night <= this one) is not in the warehouse yet, when
    the reference it is to be judged by has changed under it (a reference that came late), or when
    it is asked for `again`. A version of the reference workbook that is wrong is refused, and the
    newest accepted one stays in force. Raises OfficeFault when there is no reference workbook, when
    none can be used, when a decision that was landed has been altered or removed, or when no landed
    file is the one asked for.
    """
    work = folder.work(night.isoformat(), run)
    # an older plan of this run must not be loaded in its place
    shutil.rmtree(work, ignore_errors=True)
    verify_audit(folder, known_decisions(folder.warehouse))
    loaded = loaded_files(folder.warehouse)
    known = {receipt for file in loaded.values() for receipt in file.receipts}
    problems = verify_landing(folder)
    new = with_sound_bytes(folder, read_arrivals(folder, night, known, problems), problems)
    accepted = accepted_references(folder)
    failed: list[str] = []
    versions = reference_versions(folder, _candidates(folder, night, new, loaded), accepted, failed)
    if failed and not any(version.is_sound for version in versions):
        raise OurCrash(
            f"our own code failed on what the office sent ({', '.join(failed)}) and no other reference workbook can be used: "
            "nothing was loaded; the fault is ours, the office need not send it again"
        )
    if not versions:
        raise OfficeFault(
            "no reference workbook has been received from the office; put reference.xlsx into inbox/office/ "
            "(`baophu reference --template FILE` makes an empty one)"
        )
    if not any(version.is_sound for version in versions):
        raise OfficeFault(
            f"no version of the reference workbook can be used: {refusal(versions[-1])}; nothing was loaded, send it again mended"
        )
    due = _due(night, new, loaded, versions, again or Again())
    due = _still_sound(folder, due, new, problems)
    if again and again.sha256 and not any(sha256.startswith(again.sha256) for sha256 in due):
        raise OfficeFault(f"no file landed by {night} has a hash that begins with {again.sha256}")
    with machine_faults("write to the work folder"):
        _forget_old_runs(work.parent)
        work.mkdir(parents=True)
        chunks = [list(due)[i : i + FILES_PER_CHUNK] for i in range(0, len(due), FILES_PER_CHUNK)]
        names = [f"chunk-{i:04d}-{chunk[0][:12]}" for i, chunk in enumerate(chunks)]
        NightPlan(
            night=night,
            chunks=dict(zip(names, chunks, strict=True)),
            receipts=due,
            references=[version.arrival.receipt for version in versions],
            accepted=sorted(accepted),
            landing_problems=problems,
            refused=[
                refusal(v) for v in versions if v.register is None and v.arrival.sha256 in due
            ],
            sound_references=keep_versions(work, versions),
        ).write(work)
    return names


def landing_problems(folder: DataFolder, night: date, run: str = DIRECT) -> list[str]:
    """What the plan of this run found altered, missing or foreign in landing, a sentence each."""
    planned = NightPlan.read_if_planned(folder.work(night.isoformat(), run))
    return planned.landing_problems if planned else []


def judge_chunk(folder: DataFolder, night: date, chunk: str, run: str = DIRECT) -> dict[str, int]:
    """Stage 3: read and judge the files of one chunk, and write what the warehouse is to be told as
    Parquet beside the plan.

    A file on which our own code fails costs that file alone: the others are judged and written,
    then RuntimeError is raised.
    """
    work = folder.work(night.isoformat(), run)
    planned = NightPlan.read(work)
    by_file: dict[str, list[Arrival]] = {sha256: [] for sha256 in planned.chunks[chunk]}
    for arrival in read_receipts(
        folder, [receipt for sha256 in by_file for receipt in planned.receipts[sha256]]
    ):
        by_file[arrival.sha256].append(arrival)
    versions = planned_versions(folder, work)
    files: list[FileToJudge] = []
    crashed: list[tuple[str, str]] = []
    arrivals = [group[0] for group in by_file.values()]
    for arrival, outcome in zip(
        arrivals, parse_files([(folder.landing / a.bytes_path, a) for a in arrivals]), strict=True
    ):
        if isinstance(outcome, MachineFault):
            raise outcome
        if isinstance(outcome, OurFailure):  # said loudly below, and never blamed on the file
            crashed.append((arrival.sha256, f"{outcome.kind} at {outcome.place}"))
        else:
            # the office's own arrival speaks, whoever sent the same bytes before it
            if KINDS.get(outcome.form or "") in OFFICE_KINDS:
                by_file[arrival.sha256].sort(key=lambda a: not a.is_from_office)
                arrival = by_file[arrival.sha256][0]
            try:
                files.append(
                    ready(
                        arrival,
                        outcome,
                        choose_register(versions, arrival.night),
                        version_before(versions, arrival),
                    )
                )
            except Exception as exc:  # noqa: BLE001 - as above
                crashed.append((arrival.sha256, type(exc).__name__))
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    results: list[RuleResult] = []
    judgements, failed = judge_apart(files, results)
    crashed += [(file.parsed.sha256, f"{type(exc).__name__} in judging") for file, exc in failed]
    tables["ops.rule_results"] = [
        {"night": night, "chunk": chunk, **asdict(result)} for result in results
    ]
    for judgement in still_accepted(judgements, planned.accepted):
        for name, rows in records(judgement, by_file[judgement.file.parsed.sha256], night).items():
            tables[name] += rows
    with machine_faults("write to the work folder"):
        for name, rows in tables.items():
            pq.write_table(to_arrow(name, rows), work / f"{chunk}.{name}.parquet")
        (work / f"{chunk}.{'partly' if crashed else 'done'}").write_text(
            "\n".join(sha256 for sha256, _ in crashed), encoding="utf-8"
        )
    if crashed:
        names = ", ".join(f"{sha256[:12]} ({kind})" for sha256, kind in crashed)
        raise RuntimeError(
            f"our code failed on {len(crashed)} file(s), which wait for a mended version: {names}"
        )
    severities = [f.severity for j in judgements for f in j.findings]
    return {
        "files": len(judgements),
        "findings": sum(s != "warn" for s in severities),
        "warnings": sum(s == "warn" for s in severities),
    }


def load_night(folder: DataFolder, night: date, run: str = DIRECT) -> dict[str, int]:
    """Stage 4: the verdicts of all finished chunks into the warehouse, in one transaction. Safe to
    repeat.

    Files on which our own code failed are loaded as `not_judged`, those of a chunk that crashed
    too. Returns chunks `planned`, `loaded` and `partly` (our own code failed on a file of it; its
    other files are loaded), and what was loaded: `files`, `not_judged` ones among them, `rows` (of
    data), `accepted_rows`. Raises Consequence when the run has no plan, TooManyNotJudged when so
    many failed that nothing is loaded.
    """
    work = folder.work(night.isoformat(), run)
    planned = NightPlan.read_if_planned(work)
    if planned is None:
        raise Consequence(
            f"the night of {night} was not planned, so nothing was loaded; what kept it from being planned is said before"
        )
    chunks = planned.chunks
    done = [c for c in chunks if (work / f"{c}.done").exists()]
    partly = [c for c in chunks if (work / f"{c}.partly").exists()]
    tables = {
        name: pa.concat_tables(
            [to_arrow(name, [])]
            + [pq.read_table(work / f"{c}.{name}.parquet") for c in (*done, *partly)]
        )
        for name in COLUMNS
    }
    _all_is_told(
        planned, work, (*done, *partly), set(tables["raw.submissions"]["receipt"].to_pylist())
    )
    for name, rows in _not_judged(
        folder, work, planned, set(tables["raw.submissions"]["sha256"].to_pylist())
    ).items():
        tables[name] = pa.concat_tables([tables[name], to_arrow(name, rows)])
    # all that are landed: the models ask for the night of each
    decisions = verify_audit(folder, known_decisions(folder.warehouse))
    load(folder.warehouse, night, tables, decisions, read_uses(folder))
    fates = Counter(tables["raw.sheet_rows"]["fate"].to_pylist())
    return {
        "planned": len(chunks),
        "loaded": len(done),
        "partly": len(partly),
        "files": tables["raw.submissions"].num_rows,
        "not_judged": tables["raw.submissions"]["verdict"].to_pylist().count("not_judged"),
        "rows": fates.total() - fates["not_data"],
        "accepted_rows": fates["accepted"],
    }


def refused_references(folder: DataFolder, night: date, run: str = DIRECT) -> list[str]:
    """What is wrong with each version of the reference workbook that this run takes in and refuses:
    one sentence each, for the office and the engineer."""
    planned = NightPlan.read_if_planned(folder.work(night.isoformat(), run))
    return [
        f"{words}; the version accepted before stays in force"
        for words in (planned.refused if planned else ())
    ]


def _all_is_told(planned: NightPlan, work: Path, chunks: Sequence[str], told: set[str]) -> None:
    """Every file of the chunks that were judged, but those on which our code failed, is among those
    told to the warehouse.

    Raises RuntimeError that names the others: a bug of ours, after which nothing is loaded, and so
    nothing published.
    """
    left_out = {
        sha256
        for chunk in chunks
        if (work / f"{chunk}.partly").exists()
        for sha256 in (work / f"{chunk}.partly").read_text().split()
    }
    expected = {
        receipt: sha256
        for chunk in chunks
        for sha256 in planned.chunks[chunk]
        if sha256 not in left_out
        for receipt in planned.receipts[sha256]
    }
    if lost := sorted({sha256[:12] for receipt, sha256 in expected.items() if receipt not in told}):
        raise RuntimeError(
            f"what was judged of file(s) {', '.join(lost)} has not come as far as the warehouse; nothing of this night is loaded"
        )


def _not_judged(folder: DataFolder, work: Path, planned: NightPlan, judged: set[str]) -> Tables:
    """What the warehouse is told of the planned files that no chunk has judged. One that was judged
    by an earlier night keeps what was said then."""
    night = planned.night
    failed = {
        sha256: read_receipts(folder, planned.receipts[sha256])
        for sha256 in planned.files
        if sha256 not in judged
    }
    if not failed:
        return {}
    known = not_judged.not_judged_files(folder.warehouse)
    register = choose_register(planned_versions(folder, work), night)
    not_judged.refuse_too_many(
        [arrivals[0] for sha256, arrivals in failed.items() if sha256 not in known],
        len(planned.files),
        register,
        night,
    )
    loaded = loaded_files(folder.warehouse)
    return not_judged.records_of(
        [arrivals for sha256, arrivals in failed.items() if sha256 not in loaded], night
    )


def _candidates(
    folder: DataFolder, night: date, new: Sequence[Arrival], loaded: Mapping[str, LoadedFile]
) -> list[Arrival]:
    """What may be a version of the reference: every file that is not known to be something else."""
    references = {sha256: file for sha256, file in loaded.items() if file.form == REFERENCE_FORM}
    known = [
        receipt
        for file in references.values()
        for receipt, of in file.receipts.items()
        if of <= night
    ]
    unknown = [a for a in new if a.sha256 in references or a.sha256 not in loaded]
    known_arrivals = read_receipts(folder, known)
    problems: list[str] = []
    if len(with_sound_bytes(folder, known_arrivals, problems)) < len(known_arrivals):
        # without it every file would be judged by another register: worse than no night
        raise OfficeFault(
            f"a reference workbook that counts was altered in landing, nothing was loaded: {problems[0]}"
        )
    return sorted([*known_arrivals, *unknown], key=lambda a: (a.received_at, a.arrival_id))


def _due(
    night: date,
    new: Sequence[Arrival],
    loaded: Mapping[str, LoadedFile],
    versions: Sequence[Version],
    again: Again,
) -> dict[str, list[str]]:
    """sha256 -> receipts, of every file that this night takes in: with a new arrival, judged by
    another reference, or asked for again."""
    receipts: dict[str, list[str]] = {}
    registers: dict[date, str | None] = {}
    for arrival in new:
        receipts.setdefault(arrival.sha256, []).append(arrival.receipt)
    for sha256, file in loaded.items():
        nights = {receipt: of for receipt, of in file.receipts.items() if of <= night}
        if not nights:
            continue
        first = next(iter(nights.values()))
        if first not in registers:
            register = choose_register(versions, first)
            registers[first] = register.sha256 if register else None
        if (
            sha256 in receipts
            or file.reference_sha256 != registers[first]
            or any(again.means(sha256, of) for of in nights.values())
        ):
            receipts[sha256] = [*nights, *receipts.get(sha256, [])]
    return receipts


def _still_sound(
    folder: DataFolder, due: Mapping[str, list[str]], new: Sequence[Arrival], problems: list[str]
) -> dict[str, list[str]]:
    """What is due without the files that were altered, or a receipt of which was, since they were
    loaded."""
    good = {arrival.receipt for arrival in new}
    others = [receipt for receipts in due.values() for receipt in receipts if receipt not in good]
    good |= {
        arrival.receipt
        for arrival in with_sound_bytes(folder, read_receipts(folder, others, problems), problems)
    }
    return {sha256: receipts for sha256, receipts in due.items() if good.issuperset(receipts)}


def _forget_old_runs(night: Path) -> None:
    """Keep the newest few runs of a night for who looks into a fault."""
    runs = sorted(night.glob("run-*"), key=lambda path: path.stat().st_mtime)
    for old in runs[: -(KEPT_RUNS - 1)]:
        shutil.rmtree(old, ignore_errors=True)
