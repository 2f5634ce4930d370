"""The morning mail's words: the sentence of the day, what changed most since the version before,
and where everything lies.

Read from a published version alone, so no participant can stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.foreign_text import visible
from core.html import html_templates
from core.vietnamese import NOT_KNOWN, day, number
from publishing.changes import CHANGES, version_before
from publishing.sentences import direction_of_the_year, truth_of_the_day
from publishing.store import read_rows, read_store
from publishing.versions import STORE

if TYPE_CHECKING:
    from jinja2 import Template

MOST_CHANGED = 5
PAPERS = {
    "index.html": "Trang số liệu",
    ".pdf": "Báo cáo (PDF)",
    ".docx": "Báo cáo (Word)",
    ".xlsx": "Bảng số liệu (Excel)",
}
"""Ending of a file's name -> what people call it."""


@dataclass(frozen=True)
class Change:
    """A commune whose number of participants is another than in the version before. None: not
    known."""

    commune: str
    before: int | None
    now: int | None

    @property
    def words(self) -> str:
        """`Phù Ủng: 39 → 45 (+6)`."""
        said = f"{self.commune}: {number(self.before)} → {number(self.now)}"
        if self.before is None or self.now is None:
            return said
        difference = self.now - self.before
        return f"{said} ({'+' if difference > 0 else '−'}{number(abs(difference))})"


@dataclass(frozen=True)
class Morning:
    """What a mail says. `links`: what a paper is called -> its address."""

    subject: str
    sentences: tuple[str, ...]
    compared_with: str
    changes: tuple[Change, ...]
    links: dict[str, str]

    @property
    def text(self) -> str:
        """As plain text."""
        lines = [
            *self.sentences,
            "",
            self.compared_with,
            *(f"- {change.words}" for change in self.changes),
            "",
        ]
        return "\n".join(
            [*lines, *(f"{name}: {address}" for name, address in self.links.items()), ""]
        )

    @property
    def html(self) -> str:
        """As HTML, without an image or anything that is fetched."""
        return _template().render(morning=self)


def write_morning(version: Path, address: str) -> Morning:
    """The mail of a version. `version`: its folder. `address`: where the folder `published` is
    served; empty: the links are paths of this machine.

    Raises NothingPublished where the folder holds no version.
    """
    with read_store(version / STORE, CHANGES) as con:
        districts = read_rows(con, "from kpi_by_district_latest order by district_code")
        ((reporting_date, known_on),) = con.execute(
            "select reporting_date, known_on from publication"
        ).fetchall()
        changed = con.execute(
            f"""
            select holder_name, cast(value_before as bigint), cast(value_now as bigint)
            from {CHANGES} inner join publication using (reporting_date)
            where holder_type = 'commune' and kpi_code = 'participants'
            order by abs(difference) desc nulls first, holder_code
            """
        ).fetchall()
    sentences = [
        said
        for row in districts
        for said in (truth_of_the_day(row), direction_of_the_year(row))
        if said
    ]
    return Morning(
        subject=f"[Bao Phủ] Số liệu đến {day(reporting_date)}, công bố đêm {day(known_on)}",
        sentences=tuple(sentences or [f"Chưa có số liệu của huyện nào đến {day(reporting_date)}."]),
        compared_with=_compared_with(version_before(version.parent, known_on), len(changed)),
        changes=tuple(
            Change(visible(commune or NOT_KNOWN), before, now)
            for commune, before, now in changed[:MOST_CHANGED]
        ),
        links=_links(version, address),
    )


def _compared_with(previous: Path | None, changed: int) -> str:
    if previous is None:
        return "Đây là lần công bố đầu tiên."
    if not changed:
        return f"So với phiên bản {previous.name}, số người tham gia của các xã không đổi."
    most = f"; {MOST_CHANGED} xã thay đổi nhiều nhất" if changed > MOST_CHANGED else ""
    return f"So với phiên bản {previous.name}, {changed} xã có số người tham gia thay đổi{most}:"


def _links(version: Path, address: str) -> dict[str, str]:
    """The papers that the version holds, and its data."""
    base = f"{address.rstrip('/')}/versions/{version.name}" if address else str(version)
    found = {}
    for ending, name in PAPERS.items():
        for path in sorted(version.glob(f"*{ending}")):
            found[name] = f"{base}/{path.name}"
    return found | {"Tệp số liệu (DuckDB)": f"{base}/{STORE}"}


@cache
def _template() -> Template:
    return html_templates(Path(__file__).parent).get_template("mail.html.j2")
