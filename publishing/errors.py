"""What can keep a version from being built, published or asked for. Each text is one clear English
sentence, without a value of a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import BaophuError


@dataclass(frozen=True, order=True)
class FoundRow:
    """What a test of the marts found. `sheet`: its place in the workbook, from 1 (a sheet's name is
    its sender's); None with `row`: the file as a whole."""

    sha256: str
    sheet: int | None = None
    row: int | None = None

    def __str__(self) -> str:
        return f"file {self.sha256[:12]}" + (
            f", sheet {self.sheet}, row {self.row}" if self.row is not None else ""
        )


class PublishBlocked(BaophuError):
    """A test of the marts failed: nothing is replaced. `failed_tests` names them; `found`: the
    files and rows that they are about."""

    def __init__(
        self,
        failed_tests: Sequence[str],
        found: Sequence[FoundRow] = (),
        known_on: date | None = None,
        consequence: str = "",
    ) -> None:
        self.failed_tests, self.found, self.known_on = (
            list(failed_tests),
            sorted(found, key=str),
            known_on,
        )
        self.files = sorted({about.sha256[:12] for about in found})
        about = (
            f" ({'; '.join(map(str, self.found[:5]))}{' and others' if len(found) > 5 else ''})"
            if found
            else ""
        )
        super().__init__(
            f"the marts failed {len(failed_tests)} of their tests, so nothing was published: {', '.join(failed_tests[:5])}{about}{consequence}"
        )


class AsOfRefused(BaophuError):
    """A date was asked for that cannot be answered."""


class NothingPublished(BaophuError):
    """No night has been published on this data folder yet."""
