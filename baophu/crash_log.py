"""Where the details of a crash of ours lie: a file that only its owner reads, with the way the
program went, and no value of a sheet."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.errors import BaophuError
from core.workers import OurFailure


def write_crash(error: BaseException, root: Path) -> Path:
    """Write down how `error` came about, in `logs/` of the data folder, or beside other scratch
    files where that cannot be; returns the file."""
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    text = "".join(_lines(error))
    try:
        if not root.is_dir():
            raise FileNotFoundError(root)
        (root / "logs").mkdir(mode=0o700, exist_ok=True)
        return _write(root / "logs" / name, text)
    except OSError:
        return _write(Path(tempfile.gettempdir()) / f"baophu-{name}", text)


def kind_and_place(error: BaseException) -> str:
    """What it is and where it was raised, such as `KeyError at parse.py:120`; of a failure in a
    worker, there."""
    if isinstance(error, OurFailure):
        return f"{error.kind} at {error.place}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "no known place"
    return f"{type(error).__name__} at {place}"


def _write(path: Path, text: str) -> Path:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def _lines(error: BaseException) -> Iterator[str]:
    """Each error of the chain, the last one first: its kind, and the lines of our program that led
    to it. The text of an error may hold a value of a sheet, so only that of our own errors is
    written."""
    seen: BaseException | None = error
    while seen is not None:
        text = (
            f": {seen}"
            if isinstance(seen, BaophuError)
            else " (its text is left out: it may hold a value)"
        )
        yield f"{kind_and_place(seen)}{text}\n"
        yield from traceback.format_tb(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__
        if seen is not None:
            yield "\nwhich came of\n\n"
