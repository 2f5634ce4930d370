"""What a version was made with: the program's version, and a hash of each part of it that the
figures rest on. Two versions of one program and the same landing are the same figures."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path

from core.data_folder import DBT_PROJECT, PROJECT_ROOT
from core.settings import Limits, Settings

_MODELS = ("models", "macros", "seeds", "dbt_project.yml")
"""Of the dbt project."""
_CONTRACTS = PROJECT_ROOT / "ingestion" / "forms"
_ROOMS = ("core", "ingestion", "publishing")
_LIBRARIES = (
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "lxml",
    "openpyxl",
    "pandas",
    "pyarrow",
    "python-calamine",
    "rapidfuzz",
    "xlrd",
)
"""Those that a figure passes through."""
_OF_THE_MACHINE = ("workers", "worker_mib", "settle_seconds")
"""Limits that decide when a file is read, not what it says."""


@dataclass(frozen=True)
class Program:
    """`version` as the package says it; of each other part the SHA-256."""

    version: str
    models: str
    """Models, macros and seeds (laws, communes) of dbt."""
    rules: str
    """The rule book."""
    contracts: str
    """The forms as data."""
    code: str
    """The Python of the rooms that a row passes."""
    libraries: str
    settings: str
    """Limits and shares that decide verdicts."""

    def as_json(self) -> dict[str, str]:
        """Part -> its hash."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: dict[str, str]) -> Program:
        """The inverse of `as_json`. A part that a program of before did not tell is empty."""
        return cls(**{part.name: str(said.get(part.name, "")) for part in fields(cls)})

    def differs_in(self, other: Program) -> list[str]:
        """Names of the parts that are not the same."""
        mine, theirs = self.as_json(), other.as_json()
        return [part for part in mine if mine[part] != theirs[part]]


def this_program() -> Program:
    """The program that runs. Some 0.02 s."""
    settings = Settings.from_environment().model_dump(mode="json")
    told = {*Limits.model_fields, "hold_file_share", "not_judged_share"} - {*_OF_THE_MACHINE}
    libraries = [f"{name}=={version(name)}" for name in _LIBRARIES]
    python = ".".join(platform.python_version_tuple()[:2])
    return Program(
        version=version("baophu"),
        models=_hash_of_files(DBT_PROJECT / name for name in _MODELS),
        rules=_hash_of_files([PROJECT_ROOT / "expectations"]),
        contracts=_hash_of_files([_CONTRACTS / "contracts", _CONTRACTS / "fields.yaml"]),
        code=_hash_of_files((PROJECT_ROOT / room for room in _ROOMS), suffix=".py"),
        libraries=_hash(json.dumps([python, *libraries]).encode()),
        settings=_hash(json.dumps({name: settings[name] for name in sorted(told)}).encode()),
    )


def _hash_of_files(places: Iterable[Path], suffix: str = "") -> str:
    """Over the names and bytes of all files of these folders, whatever their order on the disk."""
    paths = [
        path
        for place in places
        for path in (place.rglob("*") if place.is_dir() else [place])
        if path.is_file() and path.suffix != ".pyc" and path.name.endswith(suffix)
    ]
    found = hashlib.sha256()
    for path in sorted(paths):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(PROJECT_ROOT).as_posix()}\n{digest}\n".encode())
    return found.hexdigest()


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
