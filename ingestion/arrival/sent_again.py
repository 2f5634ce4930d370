"""Bytes that come again after a person took them back: they wait, and say who did that, when and
why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

import duckdb

from core.words import FATES
from ingestion.arrival.decisions import SENT_AGAIN_CODE, withdrawal_words
from ingestion.model import Finding

SENT_AGAIN = """
    SELECT submissions.*, decisions.decision_id, decisions.who, decisions.why, decisions.decided_at
    FROM raw.submissions AS submissions
    INNER JOIN raw.decisions AS decisions
        ON submissions.sha256 = decisions.sha256 AND decisions.decision = 'withdraw' AND decisions.decided_at < submissions.received_at
    WHERE submissions.verdict = 'duplicate' AND decisions.night <= $night
        AND decisions.decision_id NOT IN (SELECT undoes FROM raw.decisions WHERE undoes IS NOT NULL AND night <= $night)
    ORDER BY submissions.received_at, submissions.arrival_id, decisions.sequence
"""
"""Arrivals of bytes that had been taken back before they came again, each with the withdrawal that
is in force."""


def hold_sent_again(connection: duckdb.DuckDBPyConnection, night: date) -> None:
    """The findings of bytes that came again after a withdrawal: anew in each night, because a
    withdrawal can be undone."""
    found = connection.execute(
        f"SELECT sha256, who, why, decided_at FROM ({SENT_AGAIN}) WHERE night <= $night ORDER BY decided_at",
        {"night": night},
    ).fetchall()
    connection.execute("DELETE FROM ops.findings WHERE code = ?", [SENT_AGAIN_CODE])
    for sha256, detail in {
        sha256: withdrawal_words(who, why, at.replace(tzinfo=UTC)) for sha256, who, why, at in found
    }.items():
        connection.execute(
            "INSERT INTO ops.findings (sha256, code, severity, detail) VALUES (?, ?, 'hold_file', ?)",
            [sha256, SENT_AGAIN_CODE, detail],
        )


def held_totals(arrival: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Rows and đồng of such an arrival (a row of `raw.submissions`), as a receipt counts them:
    every row of data is held."""
    totals = {}
    for side, received, not_data in (
        ("rows", arrival["rows_received"], arrival["rows_not_data"]),
        ("amount_vnd", arrival["amount_received_vnd"], arrival["amount_not_data_vnd"]),
    ):
        totals[side] = dict.fromkeys(FATES, 0) | {
            "received": received,
            "not_data": not_data,
            "held": received - not_data,
        }
    return totals


def finding_of(arrival: Mapping[str, Any]) -> Finding:
    """The finding of such an arrival (a row of SENT_AGAIN)."""
    words = withdrawal_words(
        arrival["who"], arrival["why"], arrival["decided_at"].replace(tzinfo=UTC)
    )
    return Finding(arrival["sha256"], SENT_AGAIN_CODE, "hold_file", detail=words)
