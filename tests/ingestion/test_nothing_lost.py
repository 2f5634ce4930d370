"""Rows received = sum of fates, and đồng likewise, for any 595 sheet that hypothesis can think of."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion.arrival.landing import describe
from ingestion.forms.reading import parse_file
from ingestion.forms.reference import Register
from ingestion.rules.frames import FileToJudge
from ingestion.rules.validate import judge

HEADS = ("STT", "Họ và tên", "Mã số BHXH", "Mức tiền làm căn cứ đóng", None, None, None, None, None, "Ghi chú")
CODES = ("A", "B", "C", "1", "2", "3", "4=5+6", "5", "6", "7")

numbers = st.one_of(
    st.sampled_from(["3300000001", "3300000002", "0123456789", "12345", "33O0000001", None]),
    st.text("0123456789", min_size=10, max_size=10),
)
amounts = st.one_of(st.integers(0, 10**9), st.sampled_from(["1.540.000", "154,000", "abc", "#REF!", "", None]))
months = st.one_of(st.integers(1, 12), st.sampled_from([0, -1, 400, "ba", None]))
starts = st.one_of(st.sampled_from(["06/2019", "6/2019", "13/2019", "tháng sau", None]), st.just(43617))
notes = st.sampled_from([None, "P.Thức Tăng_mới", "Đã hủy", "=1+1"])
rows = st.tuples(st.sampled_from(["Nguyễn Văn A", "Trần Thị B", None]), numbers, amounts, months, starts, amounts, amounts, amounts, notes)
lines = st.lists(st.tuples(st.sampled_from(["I.1", "I.2", "II.1", "II.2"]), st.lists(rows, max_size=6), st.booleans()), max_size=4)


def write_sheet(path: Path, parts: list[tuple[str, list[tuple[Any, ...]], bool]]) -> int:
    """A sheet as an office prints it; returns how many rows it wrote between the code row and the foot."""
    written = 0
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("D05-TS")
        page.write(1, 0, "Số định danh: DL001")
        page.write(5, 0, "Số: 01 tháng 6 năm 2019")
        for column, text in enumerate(HEADS):
            if text:
                page.merge_range(7, column, 8, column, text)
        page.merge_range(7, 4, 7, 5, "Phương thức đóng")
        page.merge_range(7, 6, 7, 8, "Số tiền đóng")
        for column, text in enumerate(("Số tháng đóng", "Từ tháng/năm", "Tổng số", "Người tham gia đóng", "NSNN hỗ trợ"), start=4):
            page.write(8, column, text)
        for column, text in enumerate(CODES):
            page.write_string(9, column, text)
        at = 10
        for section, people, has_subtotal in parts:
            page.write(at, 0, section)
            page.write(at, 1, "Người lao động" if section.endswith("1") else "Tiền lương")
            at, written = at + 1, written + 1
            for ordinal, person in enumerate(people, start=1):
                page.write(at, 0, ordinal)
                for column, value in enumerate(person, start=1):
                    if isinstance(value, str):
                        page.write_string(at, column, value)
                    elif value is not None:
                        page.write_number(at, column, value)
                at, written = at + 1, written + 1
            if has_subtotal:
                page.write(at, 1, "Cộng tăng")
                page.write(at, 6, 123_000)
                at, written = at + 2, written + 1  # and a blank row, which does not count
        page.write(at + 1, 0, "Tổng số sổ BHXH đề nghị cấp: 0")
    return written


@given(lines)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
def test_received_is_the_sum_of_the_fates(parts: list[tuple[str, list[tuple[Any, ...]], bool]]) -> None:
    register = Register("0" * 64, ({"agent_code": "DL001", "valid_from": date(2017, 6, 1), "valid_to": None},))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        written = write_sheet(path, parts)
        arrival = describe(path, received_at=datetime(2019, 6, 25, tzinfo=UTC), agent_code="DL001", channel="test")
        (judgement,) = judge([FileToJudge(arrival, parse_file(path, arrival), register)])
    totals = judgement.totals()
    assert totals["rows"]["received"] == written
    for side in totals.values():
        assert side["received"] == sum(count for fate, count in side.items() if fate != "received")
    printed = sum(
        (-1 if section.startswith("II") else 1) * amount
        for section, people, _ in parts
        for person in people
        if isinstance(amount := {"1.540.000": 1_540_000, "154,000": 154_000}.get(person[5], person[5]), int)
    )
    assert totals["amount_vnd"]["received"] == printed
    assert totals["amount_vnd"]["not_data"] == 0
    assert judgement.findings or judgement.verdict == "accepted"
