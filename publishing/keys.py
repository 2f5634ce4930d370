"""The keys of the published tables, as the contracts of the marts declare them: what joins to what,
once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from core.data_folder import DBT_PROJECT
from core.yaml_file import read_yaml


@dataclass(frozen=True)
class ForeignKey:
    """`column` of a table is NULL, or stands once in `to_column` of `to_table`."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class Keys:
    """Of one table. `primary`: never NULL, and no two rows share them; empty where a part of the
    grain may be unknown."""

    primary: tuple[str, ...]
    foreign: tuple[ForeignKey, ...]


@cache
def declared_keys() -> dict[str, Keys]:
    """Table -> its keys."""
    return {model["name"]: keys_of(model) for model in mart_models()}


def mart_models() -> Iterator[dict[str, Any]]:
    """The marts as their YAML has them."""
    for path in sorted((DBT_PROJECT / "models" / "marts").glob("*.yml")):
        yield from read_yaml(path)["models"]


def keys_of(model: Mapping[str, Any]) -> Keys:
    """The keys that a mart's contract declares."""
    primary: tuple[str, ...] = ()
    foreign = []
    for constraint in model.get("constraints", []):
        if constraint["type"] == "primary_key":
            primary = tuple(constraint["columns"])
        else:
            (column,) = constraint["columns"]
            to_table, _, to_column = constraint["expression"].rstrip(")").partition(" (")
            foreign.append(ForeignKey(column, to_table, to_column))
    return Keys(primary, tuple(foreign))


def keys_as_json() -> dict[str, Any]:
    """For the manifest of a version: table -> {primary, foreign}."""
    return {table: asdict(keys) for table, keys in sorted(declared_keys().items())}
