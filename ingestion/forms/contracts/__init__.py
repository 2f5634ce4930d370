"""Forms as data: one YAML per form version, checked against `schema.json` when loaded."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for

from core.errors import WrongDataFile
from core.yaml_file import read_yaml
from ingestion.forms.fields import fields
from ingestion.forms.normalise import READERS, text_key

_HERE = Path(__file__).parent
_UNIT_IN_TITLE = re.compile(r"\s*\((?:dvt|don vi)?[^()]*(?:dong|%|vnd|\bd)\s*\)$")
_NO_LETTER = re.compile(r"[^\w]+|_")


@dataclass(frozen=True)
class Column:
    """One column of a printed table."""

    field: str
    code: str
    type: str
    headers: tuple[tuple[str, ...], ...] = ()
    """Paths of printed titles that mean this column, outermost first, as keys; empty where the form
    has a code row alone."""
    label: str = ""
    required: bool = False
    optional: bool = False
    """The column itself may be absent."""
    choices: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """`4=5+6` may be printed as `4`, and `8` as `8=9+11`: both are told by what stands before
        the sign."""
        return self.code, self.code.split("=")[0]


@dataclass(frozen=True)
class Form:
    """A form of one sheet: page map and column map."""

    name: str
    kind: str
    scheme: str
    """`bhxh-tn` (voluntary social insurance) or `bhyt` (health insurance, in no figure of the
    voluntary scheme)."""
    columns: tuple[Column, ...]
    valid_from: date
    """The day from which an agent is given this version to fill in; whatever version comes is read.
    """
    codes: frozenset[str]
    """Every spelling of every column's code."""
    amount: str | None
    head: dict[str, tuple[re.Pattern[str], ...]]
    """What a line of the head may say: the patterns of each, the most telling first."""
    printed: dict[str, str]
    """`agent` and `batch`: the lines of the head as we print them, with places for agent, batch,
    month and year; empty where we never do."""
    sections: dict[str, str]
    """Number of a section -> how its title begins, as a key."""
    sections_also: dict[str, tuple[str, ...]]
    """Number of a section -> other titles that mean it."""
    negative_sections: frozenset[str]
    subtotals: tuple[re.Pattern[str], ...]
    foot: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class NotePart:
    """What a part of a note between commas may say: `pattern` over its key has a group `said`, read
    by `values` (word -> pattern) or by `type`."""

    field: str
    pattern: re.Pattern[str]
    type: str | None
    values: dict[str, re.Pattern[str]]


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
    return tuple(_form(said) for said in _load_all() if "columns" in said)


@cache
def form_named(name: str) -> Form:
    """The form of this name. Raises KeyError when there is none."""
    return {form.name: form for form in forms()}[name]


@cache
def note_parts() -> tuple[NotePart, ...]:
    """The pseudo-fields of a note, in the order in which they are tried."""
    (said,) = (s for s in _load_all() if s["kind"] == "note")
    return tuple(
        NotePart(
            p["field"],
            re.compile(p["pattern"]),
            p.get("type") or fields()[p["field"]].type,
            {name: re.compile(v) for name, v in p.get("values", {}).items()},
        )
        for p in said["parts"]
    )


@cache
def reference_sheets() -> tuple[ReferenceSheet, ...]:
    """The sheets of the reference workbook."""
    (said,) = (s for s in _load_all() if s["kind"] == "reference")
    return tuple(
        ReferenceSheet(
            name,
            sheet["table"],
            sheet["title_vi"],
            tuple(sheet["key"]),
            tuple(_column(c) for c in sheet["columns"]),
        )
        for name, sheet in said["sheets"].items()
    )


@cache
def field_labels() -> dict[str, str]:
    """field -> its Vietnamese title, for sentences to people: of a row's fields, of what a form
    names freely, of the reference workbook's."""
    labels: dict[str, str] = {}
    for contract in _load_all():
        for column in contract.get("columns", ()):
            if column.get("header"):
                labels.setdefault(column["field"], _label(column["header"]))
    labels |= {name: field.title_vi for name, field in fields().items()}
    for sheet in reference_sheets():
        for of_sheet in sheet.columns:
            labels.setdefault(of_sheet.field, of_sheet.label)
    return labels


@cache
def _load_all() -> tuple[dict[str, Any], ...]:
    schema = json.loads((_HERE / "schema.json").read_text(encoding="utf-8"))
    validator = validator_for(schema)(
        schema
        # once: to check the schema itself for every contract takes ten times as long as the
        # contracts
    )
    contracts = []
    for path in sorted(_HERE.glob("*.yaml")):
        said = read_yaml(path)
        for fault in validator.iter_errors(said):
            raise WrongDataFile(f"{path.name}, {fault.json_path}: {fault.message}")
        _refuse_what_fits_nothing(path.name, said)
        contracts.append(said)
    return tuple(contracts)


def _refuse_what_fits_nothing(file: str, said: dict[str, Any]) -> None:
    """Raises WrongDataFile for a name that the schema allows, and that nothing stands behind."""
    for of_sheet in (said, *said.get("sheets", {}).values()):
        for column in of_sheet.get("columns", ()):
            _refuse_unknown_field(file, column["field"], column.get("type"))
    columns = [column["field"] for column in said.get("columns", ())]
    if said.get("amount") and said["amount"] not in columns:
        known = ", ".join(columns)
        raise WrongDataFile(f"{file}: amount {said['amount']!r} is no column of it: {known}")
    for section in said.get("negative_sections", ()):
        if section not in said["sections"]:
            raise WrongDataFile(f"{file}: negative section {section!r} is none of its sections")
    if "valid_from" in said and "columns" in said and "printed" not in said:
        raise WrongDataFile(
            f"{file}: a form with valid_from is given to agents to fill in, and needs `printed`"
        )


def _refuse_unknown_field(file: str, field: str, type_: str | None) -> None:
    known = fields().get(field)
    if (type_ or (known.type if known else None)) not in READERS:
        why = f"type {type_!r} is not known" if type_ else "it does not stand in fields.yaml"
        raise WrongDataFile(f"{file}, field {field}: {why}")


@lru_cache(maxsize=1 << 12)
def title_key(text: str) -> str:
    """A key for comparing printed titles: no marks, no punctuation, lower case, and without a unit
    in brackets at the end."""
    return " ".join(_NO_LETTER.sub(" ", _UNIT_IN_TITLE.sub("", text_key(text))).split())


def _label(header: str) -> str:
    """The last title that says what the column is: of `NSNN hỗ trợ / Số tiền` both."""
    parts = header.split(" / ")
    return " / ".join(parts[-2:]) if parts[-1] in ("Số tiền", "Tỷ lệ (%)") else parts[-1]


def _column(said: dict[str, Any]) -> Column:
    known = fields().get(said["field"])
    type_ = said.get("type") or (known.type if known else None)
    assert type_ in READERS  # refused while the file was read
    return Column(
        field=said["field"],
        code=said.get("code", said["field"]),
        type=type_,
        headers=tuple(
            tuple(title_key(part) for part in path.split(" / "))
            for path in (said["header"], *said.get("also", ()))
        )
        if said.get("header")
        else (),
        label=said.get("label") or said.get("header", said["field"]),
        required=said.get("required", False),
        optional=said.get("optional", False),
        choices=tuple(said.get("choices", ())),
    )


def _form(said: dict[str, Any]) -> Form:
    columns = tuple(_column(c) for c in said["columns"])
    return Form(
        name=said["form"],
        kind=said["kind"],
        scheme=said["scheme"],
        columns=columns,
        valid_from=date.fromisoformat(said["valid_from"]) if "valid_from" in said else date.min,
        codes=frozenset(code for column in columns for code in column.codes),
        amount=said["amount"],
        head={
            name: tuple(map(re.compile, [patterns] if isinstance(patterns, str) else patterns))
            for name, patterns in said["head"].items()
        },
        printed=dict(said.get("printed", {})),
        sections=dict(said["sections"]),
        sections_also={
            number: tuple(titles) for number, titles in said.get("sections_also", {}).items()
        },
        negative_sections=frozenset(said["negative_sections"]),
        subtotals=tuple(re.compile(p) for p in said["subtotals"]),
        foot=tuple(re.compile(p) for p in said["foot"]),
    )
