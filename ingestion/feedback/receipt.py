"""The receipt of one file: one page of HTML that asks nothing of anybody, printed or read on a telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape as html_escape

from core.clock import year_and_month
from core.foreign_text import visible
from core.settings import TIMEZONE, Settings
from core.words import FATES, NEXT_STEPS, VERDICTS, capital

_STYLE = """
body{font:15px/1.45 "Times New Roman",serif;color:#1f1f1f;max-width:44rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.35rem;color:#1f3864;margin-bottom:.3rem}h2{font-size:1.05rem;margin:1.2rem 0 .3rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #bfbfbf;padding:.25rem .5rem;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}tr.sum{font-weight:bold;background:#dce6f1}.verdict{font-weight:bold}
.note{color:#555;font-size:.9rem}@page{size:A4;margin:15mm}@media print{body{margin:0}}
"""


@dataclass(frozen=True, repr=False)
class Receipt:
    """What a sender is told of one file. Money in đồng; `rows` and `amount_vnd` as in `check`: received and its parts."""

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
    """Why there is no marked copy though something is to be mended; then the receipt names the places itself."""
    places: Sequence[str] = ()
    places_left_out: int = 0
    is_trial: bool = False
    """Of `check`: nothing has been received."""
    told: str = field(default="", compare=False)
    """Digest of what the receipt rests on: a replay with nothing new finds it again."""


def receipt_html(receipt: Receipt) -> str:
    """The page. Raises AssertionError when the parts do not add up to what was received: such a receipt would be a lie."""
    for counted in (receipt.rows, receipt.amount_vnd):
        assert counted["received"] == sum(counted[fate] for fate in FATES), "the parts of a receipt do not add up"
    received = receipt.received_at.astimezone(TIMEZONE)
    facts = [
        ("Tệp", receipt.file_name),
        ("Mã tệp", receipt.sha256[:12]),
        ("Đại lý", " · ".join(filter(None, (receipt.agent_code, receipt.agent_name))) or "chưa rõ"),
        *([("Kỳ báo cáo", "tháng {1:02d}/{0}".format(*year_and_month(receipt.head_month)))] if receipt.head_month else []),
        ("Kiểm tra lúc" if receipt.is_trial else "Nhận lúc", f"{received:%d/%m/%Y %H:%M}"),
    ]
    if receipt.waiting and (last := _last_day(receipt.head_month)) and last >= received.date():
        facts.append(("Hạn gửi lại", f"hết ngày {last:%d/%m/%Y}"))
    if contact := Settings.from_environment().office_contact:
        facts.append(("Liên hệ", contact))
    head = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    parts = "".join(
        f'<tr><td>{capital(word.vi)}</td><td class="n">{number(receipt.rows[fate])}</td><td class="n">{number(receipt.amount_vnd[fate])} đ</td></tr>'
        for fate, word in FATES.items()
        if receipt.rows[fate] or receipt.amount_vnd[fate] or fate in ("accepted", "rejected", "held")
    )
    total = (
        f'<tr class="sum"><td>Đã nhận trong tệp = tổng các dòng trên</td><td class="n">{number(receipt.rows["received"])}</td>'
        f'<td class="n">{number(receipt.amount_vnd["received"])} đ</td></tr>'
    )
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="baophu-told" content="{escape(receipt.told)}"><title>Giấy báo nhận {receipt.sha256[:12]}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{'KẾT QUẢ KIỂM TRA THỬ, CHƯA GỬI' if receipt.is_trial else 'GIẤY BÁO NHẬN HỒ SƠ BHXH TỰ NGUYỆN'}</h1>\n"
        f'<p class="verdict">{escape(_sentence(receipt))}.</p>\n<table>{head}</table>\n'
        f'<h2>Số dòng và số tiền</h2><table><tr><th></th><th class="n">Số dòng</th><th class="n">Số tiền</th></tr>{parts}{total}</table>\n'
        f"{_waiting(receipt)}{_notes(receipt)}"
        '<p class="note">Số tiền là số đại lý ghi trong bảng kê; tiền ở phần II (giảm) mang dấu trừ. Giấy này không thay biên lai thu tiền.</p>'
        "</body></html>\n"
    )


def _sentence(receipt: Receipt) -> str:
    said = VERDICTS[receipt.verdict].vi + NEXT_STEPS[receipt.verdict]
    return f"Nếu gửi, kết quả sẽ là: {said}" if receipt.is_trial else capital(said)


def _last_day(month: int | None) -> date | None:
    """The office's last day for reports of a month: BAOPHU_STATUS_DEADLINE_DAY of the month after."""
    day = int(Settings.from_environment().status_deadline_day)
    year, number = year_and_month((month or 0) + 1)
    return date(year, number, day) if day and 2000 < year < 9999 else None


def escape(text: str) -> str:
    """Text of a sender for a page: shown, never obeyed."""
    return html_escape(visible(text))


def number(value: int) -> str:
    """1234567 -> `1.234.567`."""
    return f"{value:,}".replace(",", ".")


def _waiting(receipt: Receipt) -> str:
    if not receipt.waiting:
        return "<h2>Cần sửa</h2><p>Không có chỗ nào cần sửa.</p>\n"
    rows = "".join(f'<tr><td>{escape(words)}</td><td class="n">{number(count)}</td></tr>' for words, count in receipt.waiting)
    where = (
        f"<p>Từng chỗ được liệt kê ở trang tính “Cần sửa” của tệp <b>{escape(receipt.marked_name)}</b>.</p>" if receipt.marked_name else ""
    )
    if receipt.unmarked:
        places = "".join(f"<li>{escape(words)}</li>" for words in receipt.places)
        more = f"<p>Và {number(receipt.places_left_out)} chỗ khác.</p>" if receipt.places_left_out else ""
        where = f"<p>Không có bản đánh dấu: {escape(receipt.unmarked)}. Những chỗ cần sửa hoặc xem lại:</p><ol>{places}</ol>{more}"
    return f'<h2>Cần sửa hoặc xem lại</h2><table><tr><th>Việc</th><th class="n">Số chỗ</th></tr>{rows}</table>{where}\n'


def _notes(receipt: Receipt) -> str:
    said = []
    if receipt.repairs:
        said.append(
            f"Có {number(receipt.repairs)} ô đã được đọc lại cho đúng (chữ viết bằng bộ gõ cũ, cách viết ngày, số); xem trang tính “Đã tự đọc lại”."
        )
    if receipt.lost:
        said.append(f"Bản đánh dấu không giữ được: {'; '.join(receipt.lost)}.")
    return "".join(f"<p>{escape(words)}</p>" for words in said)
