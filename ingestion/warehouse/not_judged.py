"""Files on which our own code failed: received, not judged. They are told to the warehouse as such,
so that no figure calls their senders silent; and where they are too many, nothing of the night is
loaded, so nothing false is published (decision 11).

They are tried again by every later night, and what is said here of them is replaced once they are
judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import TooManyNotJudged
from core.settings import Settings
from ingestion.forms.reference import Register
from ingestion.model import Arrival
from ingestion.warehouse.load import Tables, clocks, open_warehouse

LEAST_SENDERS = 2
"""Files of one sender alone never stop a night: one workbook that meets a bug of ours must not."""


def records_of(groups: Sequence[Sequence[Arrival]], night: date) -> Tables:
    """What the warehouse is told of files that were not judged, each given by its arrivals: no
    form, no row, the verdict `not_judged`; any further arrival of the same bytes is a `duplicate`,
    as everywhere."""
    tables: Tables = {"raw.submissions": [], "ops.stage_outcomes": []}
    for arrivals in groups:
        for arrival in arrivals:
            tables["raw.submissions"].append(
                {
                    **clocks(arrival),
                    "arrival_id": arrival.arrival_id,
                    "sha256": arrival.sha256,
                    "channel": arrival.channel,
                    "agent_code": arrival.agent_code,
                    "verdict": "not_judged" if arrival is arrivals[0] else "duplicate",
                    "is_empty_report": False,
                    "receipt": arrival.receipt,
                    **dict.fromkeys(_NOTHING, 0),
                }
            )
        first = arrivals[0]
        outcome = {"stage": "judge", "outcome": "not_judged", "code": None}
        tables["ops.stage_outcomes"].append(
            {"night": night, "arrival_id": first.arrival_id, "sha256": first.sha256, **outcome}
        )
    return tables


def refuse_too_many(
    failed: Sequence[Arrival], files: int, register: Register | None, night: date
) -> None:
    """Raise TooManyNotJudged when more than the set share (BAOPHU_NOT_JUDGED_SHARE) of the night's
    `files`, or of the agents of a commune on that night, is concerned. `failed`: those that were
    not told as not judged by an earlier night; fewer than LEAST_SENDERS senders never count."""
    share = Settings.from_environment().not_judged_share
    senders = {arrival.agent_code or arrival.sha256 for arrival in failed}
    names = ", ".join(sorted({arrival.sha256[:12] for arrival in failed})[:10]) + (
        " and others" if len(failed) > 10 else ""
    )
    if len(senders) < LEAST_SENDERS:
        return
    if len(failed) > share * files:
        raise TooManyNotJudged(
            f"our code failed on {len(failed)} of {files} files of the night of {night}, more than a share of {share:g}: "
            f"nothing was loaded and nothing is published; the files wait for a mended version: {names}"
        )
    communes = _communes(register, night)
    agents, concerned = (
        Counter(communes.values()),
        Counter(communes[code] for code in senders if code in communes),
    )
    for commune, count in sorted(concerned.items()):
        if count >= LEAST_SENDERS and count > share * agents[commune]:
            raise TooManyNotJudged(
                f"our code failed on files of {count} of {agents[commune]} agents of commune {commune} in the night of {night}, "
                f"more than a share of {share:g}: nothing was loaded and nothing is published; the files wait for a mended version: {names}"
            )


def not_judged_files(path: Path) -> set[str]:
    """sha256 of the files that an earlier night received and could not judge."""
    if not path.exists():
        return set()
    with open_warehouse(path) as connection:
        return {
            sha256
            for (sha256,) in connection.execute(
                "SELECT sha256 FROM raw.submissions WHERE verdict = 'not_judged'"
            ).fetchall()
        }


_NOTHING = (
    "rows_received",
    "amount_received_vnd",
    "rows_not_data",
    "amount_not_data_vnd",
    "participant_received_vnd",
    "state_support_received_vnd",
)


def _communes(register: Register | None, night: date) -> Mapping[str, Any]:
    """agent -> commune of its collection point, of the agents registered on a day."""
    entries = register.agents if register else ()
    return {
        a["agent_code"]: a["commune_code"]
        for a in entries
        if a["valid_from"] <= night and (a["valid_to"] is None or a["valid_to"] >= night)
    }
