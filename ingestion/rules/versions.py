"""Versions of the reference workbook, and the register that a file is judged by: the one of its night."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.data_folder import DataFolder
from core.errors import BaophuError, MachineFault
from core.workers import OurFailure
from ingestion.arrival.landed import with_sound_bytes
from ingestion.forms.reading import parse_files
from ingestion.forms.reference import FORM as REFERENCE_FORM
from ingestion.forms.reference import Register
from ingestion.model import Arrival, ParsedFile
from ingestion.rules.accepted import still_accepted
from ingestion.rules.frames import FileToJudge
from ingestion.rules.placing import ready
from ingestion.rules.validate import Judgement, judge_apart


@dataclass(frozen=True)
class Version:
    """One landed version of the reference workbook."""

    arrival: Arrival
    judgement: Judgement
    register: Register | None
    """None: it is wrong."""


def prepare(files: Sequence[tuple[Path, Arrival]], versions: Sequence[Version]) -> list[FileToJudge]:
    """Read and parse files, in order, each with the register of its night and, a reference workbook, the version before it. What the sender did wrong stands in the parsed file.

    Raises MachineFault, or OurFailure at a bug of ours.
    """
    prepared = []
    for (_, arrival), outcome in zip(files, parse_files(files), strict=True):
        if isinstance(outcome, Exception):
            raise outcome
        prepared.append(ready(arrival, outcome, choose_register(versions, arrival.night), version_before(versions, arrival)))
    return prepared


def reference_versions(
    folder: DataFolder, arrivals: Sequence[Arrival], accepted: Collection[str] = (), failed: list[str] | None = None
) -> list[Version]:
    """Every version of the reference workbook among `arrivals` of the office, oldest first, each judged beside the one in force when it came.
    One of `accepted` stays so, whatever rules have come since.

    A file on which our own code fails is left out here; its own chunk says so. `failed` gets each of these, and where our code failed.
    """
    failed = failed if failed is not None else []
    first: dict[str, Arrival] = {}
    for arrival in arrivals:
        if arrival.is_from_office:
            first.setdefault(arrival.sha256, arrival)
    found = sorted(first.values(), key=lambda a: (a.received_at, a.sha256))
    found = with_sound_bytes(folder, found, [])
    versions: list[Version] = []
    for arrival, outcome in zip(found, parse_files([(folder.landing / a.bytes_path, a) for a in found]), strict=True):
        if isinstance(outcome, MachineFault):
            raise outcome
        if isinstance(outcome, OurFailure):
            failed.append(failure_of(arrival.sha256, outcome))
            continue
        if outcome.form != REFERENCE_FORM:
            continue
        try:
            version = ready(arrival, outcome, None, version_before(versions, arrival))
        except BaophuError:
            raise
        except Exception as exc:  # noqa: BLE001 - a bug of ours: the file's own chunk says it loudly
            failed.append(failure_of(arrival.sha256, exc))
            continue
        judgements, not_judged = judge_apart([version], [])
        failed += [failure_of(file.arrival.sha256, error) for file, error in not_judged]
        for judgement in still_accepted(judgements, accepted):
            tables = judgement.file.parsed.tables
            sound = judgement.verdict == "accepted"
            register = Register(arrival.sha256, tuple(tables["ref_agents"]), tuple(tables["ref_villages"])) if sound else None
            versions.append(Version(arrival, judgement, register))
    return versions


def failure_of(sha256: str, error: Exception) -> str:
    """Where our own code failed on a file, without a value of it."""
    if isinstance(error, OurFailure):
        return f"{sha256[:12]}: {error.kind} at {error.place}"
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{sha256[:12]}: {type(error).__name__} at {Path(at.filename).name}:{at.lineno}"


def version_before(versions: Sequence[Version], arrival: Arrival) -> ParsedFile | None:
    """The version of the reference workbook in force when this one came."""
    before = [
        v for v in versions if v.register is not None and (v.arrival.received_at, v.arrival.sha256) < (arrival.received_at, arrival.sha256)
    ]
    return before[-1].judgement.file.parsed if before else None


def choose_register(versions: Sequence[Version], night: date) -> Register | None:
    """The register a file of this night is judged by: the newest sound version whose night is not later; before the first, the first."""
    sound = [v for v in versions if v.register is not None]
    past = [v for v in sound if v.arrival.night <= night]
    chosen = past[-1:] or sound[:1]
    return chosen[0].register if chosen else None


def refusal(version: Version) -> str:
    """What is wrong with a version that is refused, with the file, the rules and the first cells."""
    wrong = [f for f in version.judgement.findings if f.severity != "warn"]
    places = [f"{f.code}{f' at sheet {f.sheet}, cell {f.cell}' if f.cell else f' ({f.detail})' if f.detail else ''}" for f in wrong[:3]]
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return f"file {version.arrival.sha256[:12]} (received {version.arrival.received_at:%Y-%m-%d %H:%M}) breaks {', '.join(places)}{more}"
