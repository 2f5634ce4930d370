"""The keys of the published tables, as the contracts of the marts declare them: what joins to what, once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import yaml

from core.data_folder import DBT_PROJECT


@dataclass(frozen=True)
class ForeignKey:
    """`column` of a table is NULL, or stands once in `to_column` of `to_table`."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class Keys:
    """Of one table. `primary`: never NULL, and no two rows share them; empty where a part of the grain may be unknown."""

    primary: tuple[str, ...]
    foreign: tuple[ForeignKey, ...]


@cache
def declared_keys() -> dict[str, Keys]:
    """Table -> its keys."""
    found = {}
    for path in sorted((DBT_PROJECT / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            primary: tuple[str, ...] = ()
            foreign = []
            for constraint in model.get("constraints", []):
                if constraint["type"] == "primary_key":
                    primary = tuple(constraint["columns"])
                else:
                    (column,) = constraint["columns"]
                    to_table, _, to_column = constraint["expression"].rstrip(")").partition(" (")
                    foreign.append(ForeignKey(column, to_table, to_column))
            found[model["name"]] = Keys(primary, tuple(foreign))
    return found


def keys_as_json() -> dict[str, Any]:
    """For the manifest of a version: table -> {primary, foreign}."""
    return {table: asdict(keys) for table, keys in sorted(declared_keys().items())}
