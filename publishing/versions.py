"""A version folder is believed only when it is what its manifest says, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

from publishing.store import file_hash

STORE = "baophu.duckdb"
"""The DuckDB file of a version: the stable file is a copy of it."""


def is_sound(folder: Path, version: str, content_hash: str) -> bool:
    """Whether the folder holds this version whole: its manifest, each file with its hash, and nothing else."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        hashes = said["files"]
        if (said["version"], said["content_hash"]) != (version, content_hash) or STORE not in hashes:
            return False
        return bool({path.name: file_hash(path) for path in folder.iterdir() if path.name != "manifest.json"} == hashes)
    except (OSError, ValueError, KeyError, TypeError):
        return False
