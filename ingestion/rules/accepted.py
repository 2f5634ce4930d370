"""A version of the reference workbook that a night has accepted stays accepted, whatever rules the
program has learnt since."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import replace

import duckdb

from core.data_folder import DataFolder
from core.words import Fate
from ingestion.rules.validate import Judgement


def accepted_references(folder: DataFolder) -> set[str]:
    """sha256 of the versions of the reference workbook that a night has accepted, by the warehouse
    and by the snapshot of the last night published: the warehouse is built anew when the program
    changes, the snapshot then still knows."""
    accepted: set[str] = set()
    for path in (folder.warehouse, folder.as_of):
        if path.exists():
            with (
                contextlib.suppress(duckdb.Error),
                duckdb.connect(str(path), read_only=True) as con,
            ):
                accepted |= {
                    sha256
                    for (sha256,) in con.execute(
                        "SELECT reference_sha256 FROM raw.ref_versions"
                    ).fetchall()
                }
    return accepted


def still_accepted(judgements: Sequence[Judgement], accepted: Collection[str]) -> list[Judgement]:
    """The judgements, where those of versions that a night has accepted stay so: what newer rules
    find in them is told as a warning."""

    def stays(fates: list[Fate]) -> list[Fate]:
        return ["accepted" if fate == "rejected" else fate for fate in fates]

    return [
        replace(
            judgement,
            verdict="accepted",
            fates=stays(judgement.fates),
            own_fates=stays(judgement.own_fates),
            findings=[replace(finding, severity="warn") for finding in judgement.findings],
        )
        if judgement.file.parsed.sha256 in accepted and judgement.verdict == "rejected"
        else judgement
        for judgement in judgements
    ]
