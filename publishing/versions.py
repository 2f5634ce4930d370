"""A version folder is believed only when it is what its manifest says, byte for byte."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from core.whole_files import sync
from publishing.store import file_hash, remove

STORE = "baophu.duckdb"
"""The DuckDB file of a version: the stable file is a copy of it."""
PAGE = "index.html"
"""Its page: the stable page is a copy of it."""
MANIFEST = "manifest.json"
"""What a version says of itself, each of its files with its hash."""


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """What a version says of itself; None where that cannot be read, or is not ours."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        is_ours = {"version", "content_hash", "known_on", "files", "tables"} <= said.keys()
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return said if is_ours else None


def put_version(part: Path, said: Mapping[str, Any], target: Path) -> None:
    """Give a folder, written whole under a name of its own, its manifest and the name `target`, in
    one step. `said`: the manifest but the hashes of the files. What stands at `target` is
    removed."""
    whole = {**said, "files": {path.name: file_hash(path) for path in sorted(part.iterdir())}}
    (part / MANIFEST).write_text(
        json.dumps(whole, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    for path in part.iterdir():
        # published: readable for everybody, whatever this process keeps for itself
        path.chmod(0o644)
        sync(path)
    part.chmod(0o755)
    sync(part)
    if os.path.lexists(target):
        damaged = target.parent / f".{target.name}.tmp-damaged-{os.getpid()}"
        target.rename(damaged)
        part.rename(target)
        remove(damaged)
    else:
        part.rename(target)
    sync(target.parent)


def is_sound(
    folder: Path, version: str, content_hash: str, needed: Collection[str] = (STORE, PAGE)
) -> bool:
    """Whether the folder holds this version whole: its manifest, each file with its hash, `needed`
    among them, and nothing else."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes = said["files"]
        if (said["version"], said["content_hash"]) != (version, content_hash) or not set(
            needed
        ) <= set(hashes):
            return False
        return bool(
            {path.name: file_hash(path) for path in folder.iterdir() if path.name != MANIFEST}
            == hashes
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_of_some_version(stable: Path, versions: Path) -> bool:
    """Whether a stable file is what some version's manifest says of its file of that name, or
    nothing was ever published."""
    # the newest first: nearly always it is that one
    manifests = sorted(versions.glob(f"[!.]*/{MANIFEST}"), reverse=True)
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
