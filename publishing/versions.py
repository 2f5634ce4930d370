"""A version folder is believed only when it is what its manifest says, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

from publishing.store import file_hash

STORE = "baophu.duckdb"
"""The DuckDB file of a version: the stable file is a copy of it."""
PAGE = "index.html"
"""Its page: the stable page is a copy of it."""


def is_sound(folder: Path, version: str, content_hash: str) -> bool:
    """Whether the folder holds this version whole: its manifest, each file with its hash, and
    nothing else."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        hashes = said["files"]
        if (said["version"], said["content_hash"]) != (version, content_hash) or not {
            STORE,
            PAGE,
        } <= set(hashes):
            return False
        return bool(
            {
                path.name: file_hash(path)
                for path in folder.iterdir()
                if path.name != "manifest.json"
            }
            == hashes
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_of_some_version(stable: Path, versions: Path) -> bool:
    """Whether a stable file is what some version's manifest says of its file of that name, or
    nothing was ever published."""
    manifests = sorted(
        versions.glob("[!.]*/manifest.json"), reverse=True
    )  # the newest first: nearly always it is that one
    if not manifests:
        return not stable.exists()
    found = file_hash(stable)
    return found is not None and any(
        _said_of(manifest, stable.name) == found for manifest in manifests
    )


def _said_of(manifest: Path, name: str) -> str | None:
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["files"][name])
    except (OSError, ValueError, KeyError, TypeError):
        return None
