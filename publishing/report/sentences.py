"""The sentences of a month on paper, beside those of the day: what changed, coverage and money, the
work ahead. From a row of `kpi_by_district`."""

from __future__ import annotations

from core.vietnamese import decimal, number, percent
from core.words import capital
from publishing.report.month import Row
from publishing.sentences import year_is_over


def end_of_the_year(district: Row) -> str:
    """What stands in place of `direction_of_the_year` where that says nothing, and why."""
    pace = district["pace_per_month"]
    if not year_is_over(district["reporting_date"]):
        return "Chưa dự báo được số người tham gia cuối năm: chưa biết tốc độ tăng từ đầu năm."
    if pace is None:
        return "Năm đã hết, không còn dự báo; chưa biết bình quân tăng mỗi tháng của cả năm."
    return f"Cả năm bình quân mỗi tháng {'giảm' if pace < 0 else 'tăng'} {decimal(abs(pace))} người; năm đã hết, không còn dự báo."


def change_of_the_month(district: Row) -> str:
    """One sentence on how the count stands beside three earlier ones, and on who came and went in
    the month."""
    beside = [
        ("tháng trước", district["participants_prev_month"]),
        (f"31/12/{district['reporting_date'].year - 1}", district["participants_prev_year_end"]),
        ("cùng ngày năm trước", district["participants_same_day_last_year"]),
    ]
    now = district["participants"]
    known = [(name, before) for name, before in beside if now is not None and before is not None]
    parts = [f"so với {name} ({number(before)}) {_change(now, before)}" for name, before in known]
    if len(known) < len(beside):
        missing = ", ".join(name for name, before in beside if (name, before) not in known)
        parts.append(f"chưa có số liệu để so với {missing}")
    flows = [
        ("mới", district["new_participants"]),
        ("quay lại", district["returned_participants"]),
        ("chuyển đến", district["moved_in_participants"]),
        ("không đóng tiếp", district["lapsed_participants"]),
        ("báo giảm", district["left_participants"]),
        ("chuyển đi", district["moved_out_participants"]),
    ]
    shown = [
        f"{name} {number(count)}"
        for name, count in flows
        if count is not None and (count or not name.startswith("chuyển"))
    ]
    unknown = [name for name, count in flows if count is None]
    if district["net_change_unexplained"]:
        shown.append(f"chưa rõ lý do {signed(district['net_change_unexplained'])}")
    words = f"Trong tháng: {', '.join(shown)}" if shown else ""
    if unknown:
        missing = f"chưa có số liệu về số người {', '.join(unknown)}"
        words = f"{words}; {missing}" if words else f"Trong tháng {missing}"
    return f"{capital('; '.join(parts))}. {words}."


def coverage_and_money(district: Row) -> str:
    """One sentence on coverage and on the money of the month, as agents declared it."""
    rate = district["coverage_rate"]
    if rate is None:
        covered = "Tỷ lệ bao phủ chưa có số liệu"
    else:
        covered = f"Tỷ lệ bao phủ là {percent(rate, 2)} dân số trong độ tuổi lao động ({number(district['working_age_population'])} người)"
    paid, support = district["contributions_vnd"], district["state_support_vnd"]
    if paid is None:
        return f"{covered}; số tiền đóng trong tháng chưa có số liệu."
    supported = "chưa có số liệu" if support is None else f"{number(support)} đ"
    return f"{covered}; theo đại lý khai, trong tháng người tham gia đóng {number(paid)} đ, ngân sách nhà nước hỗ trợ {supported}."


def work_ahead(district: Row) -> str:
    """One sentence on who must renew, on villages without a participant, and on what is missing and
    why."""
    parts = []
    for name, words in (
        ("due_next_month", "người phải đóng tiếp vào tháng sau"),
        ("overdue", "người đã quá hạn đóng tiếp"),
    ):
        parts.append(
            f"chưa có số liệu về số {words}"
            if district[name] is None
            else f"có {number(district[name])} {words}"
        )
    if district["villages"] and district["villages_without_participants"] is not None:
        parts.append(
            f"{number(district['villages_without_participants'])}/{number(district['villages'])} thôn chưa có người tham gia"
        )
    complete = (
        "Số liệu đã đủ báo cáo"
        if district["is_complete"]
        else f"Số liệu chưa đủ: {district['incomplete_reason']}"
    )
    return f"{capital(', '.join(parts))}. {complete}."


def signed(value: int) -> str:
    """12 → '+12', -3 → '-3', 0 → '0'."""
    return f"+{number(value)}" if value > 0 else number(value)


def _change(now: int, before: int) -> str:
    return (
        "không đổi"
        if now == before
        else f"{'tăng' if now > before else 'giảm'} {number(abs(now - before))} người"
    )
