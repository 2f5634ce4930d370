"""Forms as data: one YAML per form version, checked against `schema.json` when loaded."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from ingestion.normalise import READERS, text_key

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Column:
    """One column of a printed table."""

    field: str
    code: str
    type: str
    header: tuple[str, ...] = ()
    """Path of printed titles, outermost first, as keys; empty where the form has a code row alone."""
    label: str = ""
    required: bool = False
    optional: bool = False
    """The column itself may be absent."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form of one sheet: page map and column map."""

    name: str
    kind: str
    columns: tuple[Column, ...]
    amount: str | None
    head: dict[str, re.Pattern[str]]
    sections: dict[str, str]
    negative_sections: frozenset[str]
    subtotals: tuple[re.Pattern[str], ...]
    foot: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class ReferenceSheet:
    sheet: str
    table: str
    title_vi: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def forms() -> tuple[Form, ...]:
    """Every form of one sheet that is known, in the order of their file names."""
    return tuple(_form(said) for said in _load_all() if said["kind"] != "reference")


@cache
def reference_sheets() -> tuple[ReferenceSheet, ...]:
    """The sheets of the reference workbook."""
    (said,) = (s for s in _load_all() if s["kind"] == "reference")
    return tuple(
        ReferenceSheet(name, sheet["table"], sheet["title_vi"], tuple(sheet["key"]), tuple(_column(c) for c in sheet["columns"]))
        for name, sheet in said["sheets"].items()
    )


@cache
def field_labels() -> dict[str, str]:
    """field -> what the form prints above it, for sentences to people."""
    labels = {c["field"]: c["header"].split(" / ")[-1] for s in _load_all() for c in s.get("columns", ()) if c.get("header")}
    for said in _load_all():
        for sheet in said.get("sheets", {}).values():
            labels.update({c["field"]: c["label"] for c in sheet["columns"] if c["field"] not in labels})
    return labels


@cache
def _load_all() -> tuple[dict[str, Any], ...]:
    schema = json.loads((_HERE / "schema.json").read_text(encoding="utf-8"))
    contracts = []
    for path in sorted(_HERE.glob("*.yaml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        jsonschema.validate(said, schema)
        contracts.append(said)
    return tuple(contracts)


def _column(said: dict[str, Any]) -> Column:
    if said["type"] not in READERS:
        raise ValueError(f"field {said['field']}: no reader for type {said['type']}")
    return Column(
        field=said["field"],
        code=said.get("code", said["field"]),
        type=said["type"],
        header=tuple(text_key(part) for part in said["header"].split(" / ")) if said.get("header") else (),
        label=said.get("label") or said.get("header", said["field"]),
        required=said.get("required", False),
        optional=said.get("optional", False),
        choices=tuple(said.get("choices", ())),
    )


def _form(said: dict[str, Any]) -> Form:
    return Form(
        name=said["form"],
        kind=said["kind"],
        columns=tuple(_column(c) for c in said["columns"]),
        amount=said["amount"],
        head={name: re.compile(pattern) for name, pattern in said["head"].items()},
        sections=dict(said["sections"]),
        negative_sections=frozenset(said["negative_sections"]),
        subtotals=tuple(re.compile(p) for p in said["subtotals"]),
        foot=tuple(re.compile(p) for p in said["foot"]),
    )
