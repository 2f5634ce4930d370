"""Verdicts to the warehouse: Arrow tables in, one transaction a night. Column by column as
docs/decisions/0002-raw-tables.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from core.clock import known_from
from core.errors import MachineFault, OfficeFault
from ingestion.arrival.decisions import Decision
from ingestion.arrival.sent_again import hold_sent_again
from ingestion.forms import tally
from ingestion.forms.contracts import reference_sheets
from ingestion.forms.fields import STORED_AS, Stored, stored_fields
from ingestion.forms.reference import FORM as REFERENCE_FORM
from ingestion.model import Arrival, SheetTable
from ingestion.rules.across import across_codes, judge_across
from ingestion.rules.reference_lists import changes
from ingestion.rules.validate import Judgement, row_id

Tables = dict[str, list[dict[str, Any]]]
"""table name (`raw.sheet_rows`) -> records"""

_TEXT: Final = "VARCHAR"
_INT: Final = "INTEGER"
_LONG: Final = "BIGINT"
_DAY: Final = "DATE"
_TIME: Final = "TIMESTAMP"
_BOOL: Final = "BOOLEAN"

COLUMNS: dict[str, dict[str, Stored]] = {
    "raw.submissions": {
        "arrival_id": _TEXT, "sha256": _TEXT, "received_at": _TIME, "known_from": _TIME, "night": _DAY, "channel": _TEXT, "form": _TEXT,
        "agent_code": _TEXT, "batch_number": _TEXT, "head_month": _INT, "verdict": _TEXT, "is_empty_report": _BOOL, "reference_sha256": _TEXT,
        "rows_received": _LONG, "amount_received_vnd": _LONG, "rows_not_data": _LONG, "amount_not_data_vnd": _LONG, "receipt": _TEXT,
        "participant_received_vnd": _LONG, "state_support_received_vnd": _LONG,
    },
    "raw.sheet_rows": {
        "row_id": _TEXT, "sha256": _TEXT, "form": _TEXT, "scheme": _TEXT, "sheet": _TEXT, "sheet_index": _INT, "row_number": _INT, "agent_code": _TEXT,
        "batch_number": _TEXT, "head_month": _INT, "received_at": _TIME, "night": _DAY, "known_from": _TIME, "section": _TEXT, "fate": _TEXT,
        "amount_vnd": _LONG, "row_key": _TEXT, "content_key": _TEXT, "own_fate": _TEXT, "is_cancellation": _BOOL, **stored_fields(),
    },
    "raw.repairs": {
        "sha256": _TEXT, "sheet": _TEXT, "cell": _TEXT, "row_number": _INT, "field": _TEXT, "kind": _TEXT, "before": _TEXT, "after": _TEXT,
    },
    "raw.decisions": {
        "decision_id": _TEXT, "sequence": _INT, "decision": _TEXT, "sha256": _TEXT, "row_id": _TEXT, "undoes": _TEXT, "who": _TEXT, "why": _TEXT,
        "decided_at": _TIME, "night": _DAY,
    },
    "raw.ref_versions": {"reference_sha256": _TEXT, "received_at": _TIME, "night": _DAY},
    **{
        f"raw.{s.table}": {"reference_sha256": _TEXT, **{c.field: STORED_AS[c.type] for c in s.columns if not c.optional}}
        for s in reference_sheets()
    },
    "ops.reference_changes": {"reference_sha256": _TEXT, "against_sha256": _TEXT, "sheet": _TEXT, "change": _TEXT, "row_key": _TEXT},
    "ops.findings": {
        "sha256": _TEXT, "row_id": _TEXT, "sheet": _TEXT, "cell": _TEXT, "row_number": _INT, "field": _TEXT, "code": _TEXT, "severity": _TEXT,
        "detail": _TEXT,
    },
    "ops.papers": {"sha256": _TEXT, "told": _TEXT},
    "ops.stage_outcomes": {"night": _DAY, "arrival_id": _TEXT, "sha256": _TEXT, "stage": _TEXT, "outcome": _TEXT, "code": _TEXT},
    "ops.rule_results": {
        "night": _DAY, "chunk": _TEXT, "suite": _TEXT, "code": _TEXT, "rows_looked_at": _LONG, "rows_failing": _LONG,
    },
    "ops.audit": {
        "sequence": _INT, "decision_id": _TEXT, "previous_id": _TEXT, "decision": _TEXT, "sha256": _TEXT, "rows_named": _INT, "undoes": _TEXT,
        "who": _TEXT, "decided_at": _TIME, "night": _DAY,
    },
    "ops.uses": {"used_at": _TIME, "who": _TEXT, "what": _TEXT, "about": _TEXT},
    "ops.nights": {"night": _DAY},
    "ops.reporting_dates": {"reporting_date": _DAY, "known_on": _DAY},
}  # fmt: skip
_KEYS = {
    "raw.submissions": "arrival_id",
    "raw.sheet_rows": "row_id",
    "raw.ref_versions": "reference_sha256",
    "ops.nights": "night",
    "ops.audit": "sequence",
}
SCHEMA = hashlib.sha256(json.dumps([COLUMNS, _KEYS]).encode()).hexdigest()[:12]
"""The version of the warehouse's tables. Another one is not altered: the warehouse is built anew
from landing."""
_OF_PEOPLE = ("raw.decisions", "ops.audit", "ops.uses")
"""Replaced whole at each load from what is landed: what people decided about files, and what they
looked at. No part of what a file says."""
_BY_FILE = {
    name: next(c for c in ("sha256", "reference_sha256") if c in columns)
    for name, columns in COLUMNS.items()
    if {"sha256", "reference_sha256"} & columns.keys() and name not in _OF_PEOPLE
}
_BY_FILE["raw.submissions"] = "sha256"
_ARROW: dict[Stored, pa.DataType] = {
    _TEXT: pa.string(),
    _INT: pa.int32(),
    _LONG: pa.int64(),
    "DOUBLE": pa.float64(),
    _DAY: pa.date32(),
    _TIME: pa.timestamp("us"),
    _BOOL: pa.bool_(),
}


def records(judgement: Judgement, arrivals: Sequence[Arrival], night: date) -> Tables:
    """All that the warehouse is told of a file: its arrivals (the first is judged, others are
    duplicates), rows, findings, outcomes."""
    file, parsed = judgement.file, judgement.file.parsed
    first = arrivals[0]
    tables: Tables = {name: [] for name in COLUMNS}
    stands = judgement.verdict in ("accepted", "partial")
    totals, money = judgement.totals(), tally.of_rows(parsed)
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
                **clocks(arrival),
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
                "participant_received_vnd": money["participant_vnd"],
                "state_support_received_vnd": money["state_support_vnd"],
            }
        )
        if arrival is not first:
            tables["ops.findings"].append(
                {"sha256": parsed.sha256, "code": "BP-020", "severity": "warn"}
            )
    keys = file.keys or [None] * len(parsed.rows)
    for row, fate, own_fate, pair in zip(
        parsed.rows, judgement.fates, judgement.own_fates, keys, strict=True
    ):
        record = (
            {name: row.values.get(name) for name in COLUMNS["raw.sheet_rows"]}
            if file.kind != "reference" and row.is_data
            else {}
        )
        record |= {
            **common,
            **(_of_table(row.table) if row.table else {}),
            **clocks(first),
            "row_id": row_id(file, row.sheet_index, row.number),
            "sheet": row.sheet,
            "sheet_index": row.sheet_index,
            "row_number": row.number,
            "agent_code": record.get("agent_code") if file.kind == "roster" else file.agent_code,
            "section": "I.1" if file.kind == "roster" and row.is_data else row.section,
            "fate": fate,
            "own_fate": own_fate,
            "amount_vnd": row.amount_vnd,
            "row_key": pair and pair[0],
            "content_key": pair and pair[1],
            "is_cancellation": bool(row.values.get("is_cancellation")),
        }
        tables["raw.sheet_rows"].append(record)
    if parsed.form == REFERENCE_FORM and stands:
        tables["raw.ref_versions"].append({"reference_sha256": parsed.sha256, **clocks(first)})
        for table, rows in parsed.tables.items():
            tables[f"raw.{table}"] += [{"reference_sha256": parsed.sha256, **row} for row in rows]
    if parsed.form == REFERENCE_FORM and file.previous:
        about = {"reference_sha256": parsed.sha256, "against_sha256": file.previous.sha256}
        tables["ops.reference_changes"] += [
            {**about, "sheet": c.sheet, "change": c.change, "row_key": c.key}
            for c in changes(parsed.tables, file.previous.tables)
        ]
    tables["raw.repairs"] += [
        {**asdict(r), "sha256": parsed.sha256, "row_number": r.row} for r in parsed.repairs
    ]
    tables["ops.findings"] += [{**asdict(f), "row_number": f.row} for f in judgement.findings]
    tables["ops.papers"].append({"sha256": parsed.sha256, "told": _told(judgement)})
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


def _told(judgement: Judgement) -> str:
    """Digest of all that a receipt and a marked copy rest on: another outcome is another paper."""
    said = [
        judgement.verdict,
        judgement.totals(),
        *([asdict(e) for e in of] for of in (judgement.findings, judgement.file.parsed.repairs)),
    ]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:32]


def _of_table(table: SheetTable) -> dict[str, Any]:
    """What the rows of one table have in common: a workbook may hold the sheets of several
    months."""
    return {
        "form": table.form,
        "scheme": table.scheme,
        "batch_number": table.head.get("batch_number"),
        "head_month": table.head.get("head_month"),
    }


def decision_records(decisions: Sequence[Decision]) -> Tables:
    """What the warehouse is told of people's decisions: one row per row named (or per file), and
    the audit, one row per decision."""
    tables: Tables = {name: [] for name in _OF_PEOPLE}
    for made in decisions:
        common = {
            "decision_id": made.id,
            "sequence": made.sequence,
            "decision": made.decision,
            "sha256": made.sha256,
            "undoes": made.undoes,
            "who": made.who,
            "decided_at": made.decided_at.astimezone(UTC).replace(tzinfo=None),
            "night": made.night,
        }
        tables["raw.decisions"] += [
            {**common, "why": made.why, "row_id": row} for row in made.rows or (None,)
        ]
        tables["ops.audit"].append(
            {**common, "previous_id": made.previous, "rows_named": len(made.rows)}
        )
    return tables


def known_decisions(path: Path) -> list[tuple[int, str]]:
    """(sequence, id) of every decision that the warehouse has seen; none before the first night."""
    if not path.exists():
        return []
    with open_warehouse(path) as connection:
        found = connection.execute(
            "SELECT sequence, decision_id FROM ops.audit ORDER BY sequence"
        ).fetchall()
    return [(int(sequence), str(decision_id)) for sequence, decision_id in found]


def to_arrow(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Records as an Arrow table with exactly the columns and types of a warehouse table; absent
    keys are NULL."""
    schema = pa.schema([(column, _ARROW[type_]) for column, type_ in COLUMNS[name].items()])
    return pa.table(
        {field.name: pa.array([r.get(field.name) for r in rows], field.type) for field in schema},
        schema=schema,
    )


def load(
    path: Path,
    night: date,
    tables: Mapping[str, pa.Table],
    decisions: Sequence[Decision] = (),
    uses: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Put one night's verdicts into the warehouse in one transaction; what is known of the same
    files, of all decisions and of all uses is replaced.

    Raises MachineFault when another process holds the warehouse or there is no space.
    """
    with open_warehouse(path) as connection:
        connection.execute("BEGIN")
        for name, column in _BY_FILE.items():
            connection.register("judged", tables["raw.submissions"].select(["sha256"]))
            connection.execute(f"DELETE FROM {name} WHERE {column} IN (SELECT sha256 FROM judged)")
        connection.register("run", tables["ops.rule_results"].select(["night", "chunk"]))
        connection.execute(
            "DELETE FROM ops.rule_results WHERE (night, chunk) IN (SELECT (night, chunk) FROM run)"
        )
        of_people = {
            name: to_arrow(name, rows)
            for name, rows in {**decision_records(decisions), "ops.uses": uses}.items()
        }
        for name in of_people:
            connection.execute(f"DELETE FROM {name}")
        for name, table in {**tables, **of_people}.items():
            if table.num_rows:
                connection.register("arriving", table)
                connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM arriving")
        _all_has_arrived(connection, tables["raw.sheet_rows"])
        _judge_across(connection, night, tables["raw.submissions"])
        hold_sent_again(connection, night)
        connection.execute(
            "INSERT INTO ops.nights SELECT ? WHERE ? NOT IN (SELECT night FROM ops.nights)",
            [night, night],
        )
        connection.execute("COMMIT")


def _judge_across(connection: duckdb.DuckDBPyConnection, night: date, arriving: pa.Table) -> None:
    """The findings across files, of every file received since the earliest that is loaded here
    (decision 8)."""
    if not arriving.num_rows:
        return
    since = min(arriving["received_at"].to_pylist())
    findings, results = judge_across(connection, since)
    connection.execute(
        "DELETE FROM ops.findings WHERE code IN (SELECT unnest(?)) AND sha256 IN (SELECT sha256 FROM raw.submissions WHERE received_at >= ? AND verdict <> 'duplicate')",
        [across_codes(), since],
    )
    connection.execute("DELETE FROM ops.rule_results WHERE night = ? AND chunk = 'across'", [night])
    told: Tables = {
        "ops.findings": [{**asdict(f), "row_number": f.row} for f in findings],
        "ops.rule_results": [
            {"night": night, "chunk": "across", **asdict(result)} for result in results
        ],
    }
    for name, rows in told.items():
        if rows:
            connection.register("arriving", to_arrow(name, rows))
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM arriving")


def _all_has_arrived(connection: duckdb.DuckDBPyConnection, judged: pa.Table) -> None:
    """The rows and đồng of each file stand in the warehouse as they were judged; else RuntimeError
    names the files and nothing is committed."""
    connection.register("sent", judged)
    sums = ", ".join(
        ["count(*)", *(f"coalesce(sum({name}), 0)" for name in ("amount_vnd", *tally.MONEY))]
    )
    sent, arrived = (
        {
            sha256: tuple(map(int, said))
            for sha256, *said in connection.execute(
                f"SELECT sha256, {sums} FROM {source} GROUP BY sha256"
            ).fetchall()
        }
        for source in ("sent", "raw.sheet_rows WHERE sha256 IN (SELECT sha256 FROM judged)")
    )
    if lost := tally.differing(sent, arrived):
        raise RuntimeError(
            f"rows or đồng were lost on the way into the warehouse, in file(s) {', '.join(lost)}; nothing of this night is loaded"
        )


def is_of_this_schema(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the tables are of this version of the program, or there are none yet."""
    tables = {
        name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    }
    if not tables:
        return True
    return "schema_version" in tables and connection.execute(
        "SELECT version FROM ops.schema_version"
    ).fetchall() == [(SCHEMA,)]


@contextmanager
def open_warehouse(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse, with its tables there. DuckDB allows one process at a time.

    Raises MachineFault when another process holds it, when it cannot be written, or when the disk
    is full; OfficeFault when it was made by another version of the program.
    """
    try:
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as exc:
        holds = "lock" in str(exc).lower()
        raise MachineFault(
            f"the warehouse {path} "
            + (
                "is held by another process; try again when it has ended"
                if holds
                else "cannot be opened"
            )
        ) from exc
    except OSError as exc:
        raise MachineFault(
            f"cannot create the warehouse folder {path.parent}: {exc.strerror}"
        ) from exc
    try:
        if not is_of_this_schema(connection):
            raise OfficeFault(
                f"the warehouse {path} was made by another version of the program: run `baophu night`, which builds it anew"
            )
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
    """sha256 -> what the warehouse holds of files that were judged; empty before the first
    night."""
    if not path.exists():
        return {}
    files: dict[str, LoadedFile] = {}
    with open_warehouse(path) as connection:
        rows = connection.execute(
            "SELECT sha256, receipt, night, form, reference_sha256 FROM raw.submissions "
            "WHERE sha256 NOT IN (SELECT sha256 FROM raw.submissions WHERE verdict = 'not_judged') ORDER BY received_at, arrival_id"
        ).fetchall()
    for sha256, receipt, night, form, reference in rows:
        files.setdefault(sha256, LoadedFile(form, reference, {})).receipts[receipt] = night
    return files


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in ("raw", "ops"):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute("CREATE TABLE IF NOT EXISTS ops.schema_version (version VARCHAR)")
    connection.execute(
        "INSERT INTO ops.schema_version SELECT ? WHERE NOT EXISTS (FROM ops.schema_version)",
        [SCHEMA],
    )
    for name, columns in COLUMNS.items():
        body = ", ".join(
            f"{c} {t}{' PRIMARY KEY' if _KEYS.get(name) == c else ''}" for c, t in columns.items()
        )
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({body})")


def clocks(arrival: Arrival) -> dict[str, Any]:
    """When a file came, of which night it is, and from when on it is known."""
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
