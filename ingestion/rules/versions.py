"""Versions of the reference workbook, and the register that a file is judged by: the one of its
night."""

from __future__ import annotations

import json
import traceback
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from core.data_folder import DataFolder
from core.errors import BaophuError, MachineFault
from core.workers import OurFailure
from ingestion.arrival.landed import read_receipts, with_sound_bytes
from ingestion.arrival.night_plan import NightPlan
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

    @property
    def parsed(self) -> ParsedFile:
        return self.judgement.file.parsed

    @property
    def is_sound(self) -> bool:
        return self.register is not None


@dataclass(frozen=True)
class KeptVersion:
    """A version that the plan of a night has judged, read back from the work folder when it is
    needed."""

    arrival: Arrival
    kept: Path | None
    """Where its tables lie; None: it is wrong."""

    @property
    def is_sound(self) -> bool:
        """Known without reading what is kept."""
        return self.kept is not None

    @cached_property
    def parsed(self) -> ParsedFile:
        """The tables alone: no row, no cell."""
        assert self.kept is not None, "a version that was refused is never asked for its tables"
        tables = json.loads(self.kept.read_text(encoding="utf-8"), object_hook=_from_json)
        return ParsedFile(self.arrival.sha256, form=REFERENCE_FORM, tables=tables)

    @cached_property
    def register(self) -> Register | None:
        return Register.of(self.parsed) if self.is_sound else None


AnyVersion = Version | KeptVersion


def keep_versions(work: Path, versions: Sequence[Version]) -> list[str]:
    """Write the tables of the sound versions into the work folder of a night, for `kept_versions`.
    Their sha256."""
    sound = [version for version in versions if version.is_sound]
    for version in sound:
        _kept_path(work, version.arrival).write_text(
            json.dumps(version.parsed.tables, default=_to_json), encoding="utf-8"
        )
    return [version.arrival.sha256 for version in sound]


def planned_versions(folder: DataFolder, work: Path) -> Sequence[AnyVersion]:
    """The versions that the plan in this work folder names, oldest first: as it judged them, once
    for all chunks of the night. A plan of before they were kept only names them: then they are
    judged here."""
    plan = NightPlan.read(work)
    arrivals = sorted(
        read_receipts(folder, plan.references), key=lambda a: (a.received_at, a.sha256)
    )
    if plan.sound_references is None:
        return reference_versions(folder, arrivals, plan.accepted)
    return [
        KeptVersion(a, _kept_path(work, a) if a.sha256 in plan.sound_references else None)
        for a in arrivals
    ]


def _kept_path(work: Path, arrival: Arrival) -> Path:
    return work / f"reference-{arrival.sha256}.json"


def _to_json(value: object) -> dict[str, str]:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(type(value).__name__)


def _from_json(value: dict[str, Any]) -> Any:
    return date.fromisoformat(value["date"]) if value.keys() == {"date"} else value


def prepare(
    files: Sequence[tuple[Path, Arrival]], versions: Sequence[AnyVersion]
) -> list[FileToJudge]:
    """Read and parse files, in order, each with the register of its night and, a reference
    workbook, the version before it. What the sender did wrong stands in the parsed file.

    Raises MachineFault, or OurFailure at a bug of ours.
    """
    prepared = []
    for (_, arrival), outcome in zip(files, parse_files(files), strict=True):
        if isinstance(outcome, Exception):
            raise outcome
        prepared.append(
            ready(
                arrival,
                outcome,
                choose_register(versions, arrival.night),
                version_before(versions, arrival),
            )
        )
    return prepared


def reference_versions(
    folder: DataFolder,
    arrivals: Sequence[Arrival],
    accepted: Collection[str] = (),
    failed: list[str] | None = None,
) -> list[Version]:
    """Every version of the reference workbook among `arrivals` of the office, oldest first, each
    judged beside the one in force when it came. One of `accepted` stays so, whatever rules have
    come since.

    A file on which our own code fails is left out here; its own chunk says so. `failed` gets each
    of these, and where our code failed.
    """
    failed = failed if failed is not None else []
    first: dict[str, Arrival] = {}
    for arrival in arrivals:
        if arrival.is_from_office:
            first.setdefault(arrival.sha256, arrival)
    found = sorted(first.values(), key=lambda a: (a.received_at, a.sha256))
    found = with_sound_bytes(folder, found, [])
    versions: list[Version] = []
    for arrival, outcome in zip(
        found, parse_files([(folder.landing / a.bytes_path, a) for a in found]), strict=True
    ):
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
            register = (
                Register.of(judgement.file.parsed) if judgement.verdict == "accepted" else None
            )
            versions.append(Version(arrival, judgement, register))
    return versions


def failure_of(sha256: str, error: Exception) -> str:
    """Where our own code failed on a file, without a value of it."""
    if isinstance(error, OurFailure):
        return f"{sha256[:12]}: {error.kind} at {error.place}"
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{sha256[:12]}: {type(error).__name__} at {Path(at.filename).name}:{at.lineno}"


def version_before(versions: Sequence[AnyVersion], arrival: Arrival) -> ParsedFile | None:
    """The version of the reference workbook in force when this one came."""
    before = [
        v
        for v in versions
        if v.is_sound
        and (v.arrival.received_at, v.arrival.sha256) < (arrival.received_at, arrival.sha256)
    ]
    return before[-1].parsed if before else None


def choose_register(versions: Sequence[AnyVersion], night: date) -> Register | None:
    """The register a file of this night is judged by: the newest sound version whose night is not
    later; before the first, the first."""
    sound = [v for v in versions if v.is_sound]
    past = [v for v in sound if v.arrival.night <= night]
    chosen = past[-1:] or sound[:1]
    return chosen[0].register if chosen else None


def newest_register(versions: Sequence[AnyVersion]) -> Register | None:
    """That of the newest sound version; None when none is."""
    return next((version.register for version in reversed(versions) if version.is_sound), None)


def refusal(version: Version) -> str:
    """What is wrong with a version that is refused, with the file, the rules and the first
    cells."""
    wrong = [f for f in version.judgement.findings if f.severity != "warn"]
    places = [
        f"{f.code}{f' at sheet {f.sheet}, cell {f.cell}' if f.cell else f' ({f.detail})' if f.detail else ''}"
        for f in wrong[:3]
    ]
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return f"file {version.arrival.sha256[:12]} (received {version.arrival.received_at:%Y-%m-%d %H:%M}) breaks {', '.join(places)}{more}"
