"""Three kinds of trouble, three types.

A fault of the sender's data is a `Finding` (see `model`), never an exception that leaves
`ingestion`. A fault of the machine is a `MachineFault`: it may pass, so it is retried. Whatever
else is raised is a bug of ours: it crashes, and blames nobody's file.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from core.foreign_text import visible


class BaophuError(Exception):
    """An error whose text is one clear English sentence, fit to be shown as it is. Never holds a
    value of a sheet."""

    def __init__(self, text: str = "") -> None:
        # what a sender called a sheet or a file may stand in it, and it goes into logs, mails and
        # Airflow's pages
        super().__init__(visible(text))


class MachineFault(BaophuError):
    """The machine could not: no space, no permission, a lock held by another process. May pass;
    worth a retry."""


class OfficeFault(BaophuError):
    """What the office keeps (the reference workbook, an option of a command) is missing or wrong;
    only a person can mend it."""


class WrongDataFile(BaophuError, ValueError):
    """A data file of the program (a form, a field, a rule) says what it may not. Who changed it
    must mend it: the text names the file, the entry, and the words that are known."""


class Consequence(BaophuError):
    """A stage could not do its work because an earlier one failed; the earlier one has said why."""


class TooManyNotJudged(BaophuError):
    """Our own code failed on so many files that what could be published would be false. A bug of
    ours, said in one sentence."""


class WarehouseDamaged(BaophuError):
    """The warehouse cannot be read. The next night builds it anew from landing."""


class OurCrash(BaophuError):
    """A bug of ours, told in one line that says where the details lie."""


class UnreadableWorkbook(Exception):
    """Internal to `ingestion`: the container could not be opened as a workbook. Becomes a finding.

    `reason` is a short code, one of those that `refusals` puts into words: `empty`, `truncated`,
    `password`, `not-a-workbook:pdf`, ...
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_MACHINE_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
}
_MACHINE_WORDS = (
    "no space left",
    "could not set lock",
    "conflicting lock",
    "permission denied",
    "read-only file system",
    "disk quota",
)
_DAMAGE_WORDS = (
    "not a valid duckdb database",
    "corrupt database file",
    "checksum",
    "failed to deserialize",
    "serialization error",
    "could not read",
)


def is_machine_trouble(text: str) -> bool:
    """Whether a message of DuckDB or of a child process speaks of space, permission or a lock."""
    lowered = text.lower()
    return any(words in lowered for words in _MACHINE_WORDS)


@contextmanager
def machine_faults(doing: str) -> Iterator[None]:
    """Turn refusals of the operating system and of DuckDB inside the block into a `MachineFault`.

    `doing` says what could not be done. A damaged warehouse becomes `WarehouseDamaged`.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _MACHINE_ERRNOS:
            raise MachineFault(f"cannot {doing}: {exc.strerror}") from exc
        raise
    except Exception as exc:
        if _is_of_duckdb(exc):
            _refuse_for_duckdb(doing, exc)
        raise


def _is_of_duckdb(exc: Exception) -> bool:
    # DuckDB is not imported for this: most processes that need this module never open a database
    duckdb = sys.modules.get("duckdb")
    return duckdb is not None and isinstance(exc, duckdb.Error)


def _refuse_for_duckdb(doing: str, exc: Exception) -> None:
    text = str(exc).lower()
    if any(words in text for words in _DAMAGE_WORDS):
        raise WarehouseDamaged(
            f"cannot {doing}: the warehouse is damaged; `baophu night` builds it anew from landing"
        ) from exc
    if is_machine_trouble(text):
        is_locked = "lock" in text
        reason = (
            "the file is locked by another process" if is_locked else "no space or no permission"
        )
        raise MachineFault(f"cannot {doing}: {reason}") from exc
