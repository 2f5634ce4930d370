"""Verdicts to the warehouse: Arrow tables in, one transaction a night. Column by column as docs/decisions/0002-raw-tables.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.contracts import reference_sheets
from ingestion.errors import MachineFault
from ingestion.model import Arrival
from ingestion.nights import known_from
from ingestion.reference import FORM as REFERENCE_FORM
from ingestion.validate import Judgement, row_id

Tables = dict[str, list[dict[str, Any]]]
"""table name (`raw.sheet_rows`) -> records"""

_TEXT, _INT, _LONG, _DAY, _TIME, _BOOL = "VARCHAR", "INTEGER", "BIGINT", "DATE", "TIMESTAMP", "BOOLEAN"
_TYPE_OF_FIELD = {
    "text": _TEXT,
    "identifier": _TEXT,
    "choice": _TEXT,
    "period": _TEXT,
    "date": _DAY,
    "month": _INT,
    "count": _LONG,
    "money": _LONG,
}

COLUMNS: dict[str, dict[str, str]] = {
    "raw.submissions": {
        "arrival_id": _TEXT, "sha256": _TEXT, "received_at": _TIME, "known_from": _TIME, "night": _DAY, "channel": _TEXT, "form": _TEXT,
        "agent_code": _TEXT, "batch_number": _TEXT, "head_month": _INT, "verdict": _TEXT, "is_empty_report": _BOOL, "reference_sha256": _TEXT,
        "rows_received": _LONG, "amount_received_vnd": _LONG, "rows_not_data": _LONG, "amount_not_data_vnd": _LONG, "receipt": _TEXT,
    },
    "raw.sheet_rows": {
        "row_id": _TEXT, "sha256": _TEXT, "form": _TEXT, "sheet": _TEXT, "sheet_index": _INT, "row_number": _INT, "agent_code": _TEXT,
        "batch_number": _TEXT, "head_month": _INT, "received_at": _TIME, "night": _DAY, "known_from": _TIME, "section": _TEXT, "fate": _TEXT,
        "amount_vnd": _LONG, "row_key": _TEXT, "content_key": _TEXT, "bhxh_number": _TEXT, "full_name": _TEXT, "birth_date": _DAY,
        "income_vnd": _LONG, "months": _INT, "from_month": _INT, "participant_vnd": _LONG, "state_support_vnd": _LONG, "note": _TEXT,
        "is_cancellation": _BOOL, "commune_code": _TEXT, "support_group": _TEXT,
    },
    "raw.ref_versions": {"reference_sha256": _TEXT, "received_at": _TIME, "night": _DAY},
    **{
        f"raw.{s.table}": {"reference_sha256": _TEXT, **{c.field: _TYPE_OF_FIELD[c.type] for c in s.columns if not c.optional}}
        for s in reference_sheets()
    },
    "ops.findings": {
        "sha256": _TEXT, "row_id": _TEXT, "sheet": _TEXT, "cell": _TEXT, "row_number": _INT, "field": _TEXT, "code": _TEXT, "severity": _TEXT,
        "detail": _TEXT,
    },
    "ops.stage_outcomes": {"night": _DAY, "arrival_id": _TEXT, "sha256": _TEXT, "stage": _TEXT, "outcome": _TEXT, "code": _TEXT},
    "ops.nights": {"night": _DAY},
    "ops.reporting_dates": {"reporting_date": _DAY, "known_on": _DAY},
}  # fmt: skip
_KEYS = {"raw.submissions": "arrival_id", "raw.sheet_rows": "row_id", "raw.ref_versions": "reference_sha256", "ops.nights": "night"}
_BY_FILE = {
    name: next(c for c in ("sha256", "reference_sha256") if c in columns)
    for name, columns in COLUMNS.items()
    if {"sha256", "reference_sha256"} & columns.keys()
}
_BY_FILE["raw.submissions"] = "sha256"
_ARROW = {_TEXT: pa.string(), _INT: pa.int32(), _LONG: pa.int64(), _DAY: pa.date32(), _TIME: pa.timestamp("us"), _BOOL: pa.bool_()}


def records(judgement: Judgement, arrivals: Sequence[Arrival], night: date) -> Tables:
    """All that the warehouse is told of a file: its arrivals (the first is judged, others are duplicates), rows, findings, outcomes."""
    file, parsed = judgement.file, judgement.file.parsed
    first = arrivals[0]
    tables: Tables = {name: [] for name in COLUMNS}
    stands = judgement.verdict in ("accepted", "partial")
    totals = judgement.totals()
    common = {
        "sha256": parsed.sha256,
        "form": parsed.form,
        "batch_number": parsed.head.get("batch_number"),
        "head_month": file.head_month,
    }
    for arrival in arrivals:
        tables["raw.submissions"].append(
            {
                **common,
                **_clocks(arrival),
                "arrival_id": arrival.arrival_id,
                "channel": arrival.channel,
                "agent_code": file.agent_code,
                "verdict": judgement.verdict if arrival is first else "duplicate",
                "is_empty_report": judgement.is_empty_report if arrival is first else False,
                "reference_sha256": file.register.sha256 if file.register else None,
                "rows_received": totals["rows"]["received"],
                "amount_received_vnd": totals["amount_vnd"]["received"],
                "rows_not_data": totals["rows"]["not_data"],
                "amount_not_data_vnd": totals["amount_vnd"]["not_data"],
                "receipt": arrival.receipt,
            }
        )
        if arrival is not first:
            tables["ops.findings"].append({"sha256": parsed.sha256, "code": "BP-020", "severity": "warn"})
    keys = file.keys or [None] * len(parsed.rows)
    for row, fate, pair in zip(parsed.rows, judgement.fates, keys, strict=True):
        record = {name: row.values.get(name) for name in COLUMNS["raw.sheet_rows"]} if file.kind != "reference" else {}
        record |= {
            **common,
            **_clocks(first),
            "row_id": row_id(file, row.sheet_index, row.number),
            "sheet": row.sheet,
            "sheet_index": row.sheet_index,
            "row_number": row.number,
            "agent_code": record.get("agent_code") if file.kind == "roster" else file.agent_code,
            "section": "I.1" if file.kind == "roster" and row.is_data else row.section,
            "fate": fate,
            "amount_vnd": row.amount_vnd,
            "row_key": pair and pair[0],
            "content_key": pair and pair[1],
            "is_cancellation": bool(row.values.get("is_cancellation")),
        }
        tables["raw.sheet_rows"].append(record)
    if parsed.form == REFERENCE_FORM and stands:
        tables["raw.ref_versions"].append({"reference_sha256": parsed.sha256, **_clocks(first)})
        for table, rows in parsed.tables.items():
            tables[f"raw.{table}"] += [{"reference_sha256": parsed.sha256, **row} for row in rows]
    tables["ops.findings"] += [{**asdict(f), "row_number": f.row} for f in judgement.findings]
    codes = sorted({f.code for f in judgement.findings if f.severity != "warn"})
    for stage, outcome in _outcomes(judgement):
        tables["ops.stage_outcomes"].append(
            {
                "night": night,
                "arrival_id": first.arrival_id,
                "sha256": parsed.sha256,
                "stage": stage,
                "outcome": outcome,
                "code": codes[0] if codes else None,
            }
        )
    return tables


def to_arrow(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Records as an Arrow table with exactly the columns and types of a warehouse table; absent keys are NULL."""
    schema = pa.schema([(column, _ARROW[type_]) for column, type_ in COLUMNS[name].items()])
    return pa.table({field.name: pa.array([r.get(field.name) for r in rows], field.type) for field in schema}, schema=schema)


def load(path: Path, night: date, tables: Mapping[str, pa.Table]) -> None:
    """Put one night's verdicts into the warehouse in one transaction; what is known of the same files is replaced.

    Raises MachineFault when another process holds the warehouse or there is no space.
    """
    with open_warehouse(path) as connection:
        connection.execute("BEGIN")
        for name, column in _BY_FILE.items():
            connection.register("judged", tables["raw.submissions"].select(["sha256"]))
            connection.execute(f"DELETE FROM {name} WHERE {column} IN (SELECT sha256 FROM judged)")
        for name, table in tables.items():
            if table.num_rows:
                connection.register("arriving", table)
                connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM arriving")
        connection.execute("INSERT INTO ops.nights SELECT ? WHERE ? NOT IN (SELECT night FROM ops.nights)", [night, night])
        connection.execute("COMMIT")


@contextmanager
def open_warehouse(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse, with its tables there. DuckDB allows one process at a time.

    Raises MachineFault when another process holds it, when it cannot be written, or when the disk is full.
    """
    try:
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as exc:
        holds = "lock" in str(exc).lower()
        raise MachineFault(
            f"the warehouse {path} " + ("is held by another process; try again when it has ended" if holds else "cannot be opened")
        ) from exc
    except OSError as exc:
        raise MachineFault(f"cannot create the warehouse folder {path.parent}: {exc.strerror}") from exc
    try:
        if not read_only:
            _create_tables(connection)
        yield connection
    except duckdb.Error as exc:
        if "no space left" in str(exc).lower():
            raise MachineFault("no space left on the disk for the warehouse") from exc
        raise
    finally:
        connection.close()


@dataclass
class LoadedFile:
    """What the warehouse knows of one file."""

    form: str | None
    reference_sha256: str | None
    """The version of the reference it was judged by."""
    receipts: dict[str, date]
    """Path of each receipt -> its night, by (received_at, arrival_id)."""


def loaded_files(path: Path) -> dict[str, LoadedFile]:
    """sha256 -> what the warehouse holds; empty before the first night."""
    if not path.exists():
        return {}
    files: dict[str, LoadedFile] = {}
    with open_warehouse(path) as connection:
        rows = connection.execute(
            "SELECT sha256, receipt, night, form, reference_sha256 FROM raw.submissions ORDER BY received_at, arrival_id"
        ).fetchall()
    for sha256, receipt, night, form, reference in rows:
        files.setdefault(sha256, LoadedFile(form, reference, {})).receipts[receipt] = night
    return files


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in ("raw", "ops"):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name, columns in COLUMNS.items():
        body = ", ".join(f"{c} {t}{' PRIMARY KEY' if _KEYS.get(name) == c else ''}" for c, t in columns.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({body})")


def _clocks(arrival: Arrival) -> dict[str, Any]:
    return {
        "received_at": arrival.received_at.astimezone(UTC).replace(tzinfo=None),
        "night": arrival.night,
        "known_from": known_from(arrival.night),
    }


def _outcomes(judgement: Judgement) -> Iterator[tuple[str, str]]:
    parsed = judgement.file.parsed
    yield "read", parsed.container_problem or "ok"
    if parsed.container_problem is None:
        yield "parse", "ok" if parsed.form else "no form"
    yield "judge", judgement.verdict
    yield "load", "loaded"
