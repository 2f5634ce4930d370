"""What can keep a version from being built, published or asked for. Each text is one clear English sentence, without a value of a sheet."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb


class PublishingError(Exception):
    """Fit to be shown as it is."""


class MachineFault(PublishingError):
    """The machine could not: no space, no permission, a lock held by another process. May pass; worth a retry."""


@dataclass(frozen=True, order=True)
class FoundRow:
    """What a test of the marts found. `sheet`: its place in the workbook, from 1 (a sheet's name is its sender's); None with `row`: the file as a whole."""

    sha256: str
    sheet: int | None = None
    row: int | None = None

    def __str__(self) -> str:
        return f"file {self.sha256[:12]}" + (f", sheet {self.sheet}, row {self.row}" if self.row is not None else "")


class PublishBlocked(PublishingError):
    """A test of the marts failed: nothing is replaced. `failed_tests` names them; `found`: the files and rows that they are about."""

    def __init__(
        self, failed_tests: Sequence[str], found: Sequence[FoundRow] = (), known_on: date | None = None, consequence: str = ""
    ) -> None:
        self.failed_tests, self.found, self.known_on = list(failed_tests), sorted(found, key=str), known_on
        self.files = sorted({about.sha256[:12] for about in found})
        about = f" ({'; '.join(map(str, self.found[:5]))}{' and others' if len(found) > 5 else ''})" if found else ""
        super().__init__(
            f"the marts failed {len(failed_tests)} of their tests, so nothing was published: {', '.join(failed_tests[:5])}{about}{consequence}"
        )


class AsOfRefused(PublishingError):
    """A date was asked for that cannot be answered."""


class NothingPublished(PublishingError):
    """No night has been published on this data folder yet."""


_MACHINE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE}
_MACHINE_WORDS = ("no space left", "could not set lock", "conflicting lock", "permission denied", "read-only file system", "disk quota")


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


def is_damage(text: str) -> bool:
    """Whether a message of DuckDB says that a file of its own is broken."""
    lowered = text.lower()
    return any(words in lowered for words in _DAMAGE_WORDS)


@contextmanager
def machine_faults(doing: str) -> Iterator[None]:
    """Turn refusals of the operating system and of DuckDB's file access inside the block into a `MachineFault`."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _MACHINE_ERRNOS:
            raise MachineFault(f"cannot {doing}: {exc.strerror}") from exc
        raise
    except duckdb.Error as exc:
        if is_damage(str(exc)):
            raise NothingPublished(f"cannot {doing}: the warehouse is damaged; `baophu night` builds it anew from landing") from exc
        if not is_machine_trouble(str(exc)):
            raise
        reason = "the file is locked by another process" if "lock" in str(exc).lower() else "no space or no permission"
        raise MachineFault(f"cannot {doing}: {reason}") from exc
