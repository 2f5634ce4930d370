"""The schema of a row: its fields, as `fields.yaml` lists them, and how each type is stored.

Who needs the fields of a row asks here: the forms (type of a column), the frame that rules see,
`raw.sheet_rows`, the titles in an agent's papers, and the page docs/fields.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.errors import WrongDataFile
from core.yaml_file import read_yaml
from ingestion.forms.normalise import READERS

FILE = Path(__file__).with_suffix(".yaml")

Stored = Literal["VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"]
"""The types of the warehouse."""

STORED_AS: dict[str, Stored] = {
    "text": "VARCHAR",
    "name": "VARCHAR",
    "identifier": "VARCHAR",
    "code": "VARCHAR",
    "social_number": "VARCHAR",
    "citizen_number": "VARCHAR",
    "period": "VARCHAR",
    "choice": "VARCHAR",
    "money": "BIGINT",
    "count": "BIGINT",
    "month": "INTEGER",
    "rate": "DOUBLE",
    "date": "DATE",
    "birth_date": "DATE",
}
"""Type of a field -> type of its column in the warehouse, of reference workbooks too."""


@dataclass(frozen=True)
class Field:
    """One field of a row."""

    field: str
    type: str
    title_vi: str
    stored: bool = True
    """Whether `raw.sheet_rows` has a column for it."""
    rules: bool = True
    """Whether it is a column of the frame that rules see."""

    @property
    def stored_as(self) -> Stored:
        return STORED_AS[self.type]


@cache
def fields() -> dict[str, Field]:
    """name -> field, in the order of the file.

    Raises WrongDataFile for an entry that names no known type, or a field that stands twice.
    """
    known: dict[str, Field] = {}
    for entry in read_yaml(FILE):
        field = _field(entry)
        if field.field in known:
            raise WrongDataFile(f"{FILE.name}: field {field.field} stands twice")
        known[field.field] = field
    return known


def _field(entry: dict[str, Any]) -> Field:
    try:
        field = Field(**entry)
    except TypeError as exc:
        raise WrongDataFile(f"{FILE.name}: {entry.get('field')}: {exc}") from None
    if field.type not in READERS:
        known = ", ".join(sorted(READERS))
        raise WrongDataFile(
            f"{FILE.name}: field {field.field}: type {field.type!r} is not one of: {known}"
        )
    return field


def fields_for_rules() -> list[Field]:
    """The fields that a rule may ask about."""
    return [field for field in fields().values() if field.rules]


def stored_fields() -> dict[str, Stored]:
    """Field -> type of its column in `raw.sheet_rows`."""
    return {field.field: field.stored_as for field in fields().values() if field.stored}
