"""The receipt of one file: one page of HTML that asks nothing of anybody, printed or read on a
telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import year_and_month
from core.html import html_templates
from core.settings import TIMEZONE, Settings
from core.vietnamese import number
from core.words import FATES, NEXT_STEPS, VERDICTS, capital

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, repr=False)
class Receipt:
    """What a sender is told of one file. Money in đồng; `rows` and `amount_vnd` as in `check`:
    received and its parts."""

    file_name: str
    sha256: str
    received_at: datetime
    agent_code: str | None
    agent_name: str | None
    head_month: int | None
    """Month of the head, as `month_index`."""
    verdict: str
    rows: Mapping[str, int]
    amount_vnd: Mapping[str, int]
    waiting: Sequence[tuple[str, int]] = ()
    """Sentences of what is to be mended, each with the number of places."""
    repairs: int = 0
    marked_name: str | None = None
    """Name of the marked copy, if there is one."""
    lost: Sequence[str] = ()
    """What the marked copy could not carry."""
    unmarked: str = ""
    """Why there is no marked copy though something is to be mended; then the receipt names the
    places itself."""
    places: Sequence[str] = ()
    places_left_out: int = 0
    is_trial: bool = False
    """Of `check`: nothing has been received."""
    told: str = field(default="", compare=False)
    """Digest of what the receipt rests on: a replay with nothing new finds it again."""


def receipt_html(receipt: Receipt) -> str:
    """The page. Raises AssertionError when the parts do not add up to what was received: such a
    receipt would be a lie."""
    for counted in (receipt.rows, receipt.amount_vnd):
        assert counted["received"] == sum(counted[fate] for fate in FATES), (
            "the parts of a receipt do not add up"
        )
    shown = [
        (capital(word.vi), fate)
        for fate, word in FATES.items()
        if receipt.rows[fate]
        or receipt.amount_vnd[fate]
        or fate in ("accepted", "rejected", "held")
    ]
    page: str = _template().render(
        vars(receipt), sentence=_sentence(receipt), facts=_facts(receipt), parts=shown
    )
    return page


@cache
def _template() -> Template:
    pages = html_templates(Path(__file__).parent)
    pages.filters["number"] = number
    return pages.get_template("receipt.html.j2")


def _facts(receipt: Receipt) -> list[tuple[str, str]]:
    """Title and value of what is known of the file."""
    received = receipt.received_at.astimezone(TIMEZONE)
    facts = [
        ("Tệp", receipt.file_name),
        ("Mã tệp", receipt.sha256[:12]),
        ("Đại lý", " · ".join(filter(None, (receipt.agent_code, receipt.agent_name))) or "chưa rõ"),
    ]
    if receipt.head_month:
        facts.append(
            ("Kỳ báo cáo", "tháng {1:02d}/{0}".format(*year_and_month(receipt.head_month)))
        )
    facts.append(("Kiểm tra lúc" if receipt.is_trial else "Nhận lúc", f"{received:%d/%m/%Y %H:%M}"))
    settings = Settings.from_environment()
    last = _last_day(receipt.head_month, int(settings.status_deadline_day))
    if receipt.waiting and last and last >= received.date():
        facts.append(("Hạn gửi lại", f"hết ngày {last:%d/%m/%Y}"))
    if settings.office_contact:
        facts.append(("Liên hệ", settings.office_contact))
    return facts


def _sentence(receipt: Receipt) -> str:
    words = VERDICTS[receipt.verdict].vi + NEXT_STEPS[receipt.verdict]
    return f"Nếu gửi, kết quả sẽ là: {words}" if receipt.is_trial else capital(words)


def _last_day(month: int | None, day: int) -> date | None:
    """The office's last day for reports of a month: `day` (BAOPHU_STATUS_DEADLINE_DAY) of the month
    after."""
    year, following = year_and_month((month or 0) + 1)
    return date(year, following, day) if day and 2000 < year < 9999 else None
