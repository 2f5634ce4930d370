"""Who may read the data folder. What names senders or people is its owner's alone; what is
published stays readable for everybody."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from core.data_folder import DataFolder
from core.errors import OfficeFault

_OTHERS = 0o077
_ROOMS = ("landing", "warehouse", "outbox", "quarantine", "airflow")


def keep_private(folder: DataFolder) -> None:
    """From here on, what this process and its children make is readable by its owner alone; what
    lies in the private rooms already is made so.

    The inbox keeps the rights that the office gave it, so that others can put files in, but others
    cannot list it.
    """
    os.umask(_OTHERS)
    for name in _ROOMS:
        _tighten(folder.root / name)
    if folder.server_home.is_dir():
        for child in folder.server_home.iterdir():
            if child.name != "postgres":  # PostgreSQL's own user keeps that one
                _tighten(child)
    if folder.inbox.is_dir() and folder.inbox.stat().st_mode & 0o004:
        _set_mode(folder.inbox, folder.inbox.stat().st_mode & ~0o004)


def refuse_published(folder: DataFolder, path: Path) -> None:
    """Raise OfficeFault where a file or a folder with names would lie in the published folder."""
    if path.resolve().is_relative_to(folder.published.parent.resolve()):
        raise OfficeFault(f"{path} lies in the published folder, where no name may stand")


def let_pass(path: Path) -> None:
    """Everybody may go through this folder to one inside it, by its name."""
    _set_mode(path, path.stat().st_mode | 0o111)


def _tighten(path: Path) -> None:
    """Take the rights of others from a file, or from a folder and all that is in it. The folder is
    last: while it is open, not all is done."""
    if not path.exists() or path.is_symlink() or not path.stat().st_mode & _OTHERS:
        return
    for parent, folders, files in os.walk(path):
        for name in (*folders, *files):
            inside = Path(parent, name)
            if not inside.is_symlink():
                _set_mode(inside, inside.stat().st_mode & ~_OTHERS)
    _set_mode(path, path.stat().st_mode & ~_OTHERS)


def _set_mode(path: Path, mode: int) -> None:
    # another's file keeps its rights: we may not change them, and its owner answers for them
    with contextlib.suppress(PermissionError, FileNotFoundError):
        path.chmod(mode & 0o7777)
