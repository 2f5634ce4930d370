"""Three kinds of trouble, three types.

A fault of the sender's data is a `Finding` (see `model`), never an exception that leaves `ingestion`. A fault of the machine is a
`MachineFault`: it may pass, so it is retried. Whatever else is raised is a bug of ours: it crashes, and blames nobody's file.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from core.foreign_text import visible


class BaophuError(Exception):
    """An error whose text is one clear English sentence, fit to be shown as it is. Never holds a value of a sheet."""

    def __init__(self, text: str = "") -> None:
        # what a sender called a sheet or a file may stand in it, and it goes into logs, mails and Airflow's pages
        super().__init__(visible(text))


class MachineFault(BaophuError):
    """The machine could not: no space, no permission, a lock held by another process. May pass; worth a retry."""


class OfficeFault(BaophuError):
    """What the office keeps (the reference workbook, an option of a command) is missing or wrong; only a person can mend it."""


class Consequence(BaophuError):
    """A stage could not do its work because an earlier one failed; the earlier one has said why."""


class TooManyNotJudged(BaophuError):
    """Our own code failed on so many files that what could be published would be false. A bug of ours, said in one sentence."""


class OurCrash(BaophuError):
    """A bug of ours, told in one line that says where the details lie."""


class UnreadableWorkbook(Exception):
    """Internal to `ingestion`: the container could not be opened as a workbook. Becomes a finding.

    `reason` is a short code, one of those that `refusals` puts into words: `empty`, `truncated`, `password`, `not-a-workbook:pdf`, ...
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_MACHINE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE}


@contextmanager
def machine_faults(doing: str) -> Iterator[None]:
    """Turn the operating system's refusals inside the block into a `MachineFault` that says what could not be done."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _MACHINE_ERRNOS:
            raise MachineFault(f"cannot {doing}: {exc.strerror}") from exc
        raise
