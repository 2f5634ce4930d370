"""Rows received = sum of fates, and đồng likewise, for any 595 sheet that hypothesis can think
of."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion.arrival.landing import describe
from ingestion.forms.reading import parse_file
from ingestion.forms.reference import Register
from ingestion.rules.frames import FileToJudge
from ingestion.rules.validate import judge
from tests.support.sheet_595 import write_sheet

numbers = st.one_of(
    st.sampled_from(["3300000001", "3300000002", "0123456789", "12345", "33O0000001", None]),
    st.text("0123456789", min_size=10, max_size=10),
)
amounts = st.one_of(
    st.integers(0, 10**9), st.sampled_from(["1.540.000", "154,000", "abc", "#REF!", "", None])
)
months = st.one_of(st.integers(1, 12), st.sampled_from([0, -1, 400, "ba", None]))
starts = st.one_of(
    st.sampled_from(["06/2019", "6/2019", "13/2019", "tháng sau", None]), st.just(43617)
)
notes = st.sampled_from([None, "P.Thức Tăng_mới", "Đã hủy", "=1+1"])
rows = st.tuples(
    st.sampled_from(["Nguyễn Văn A", "Trần Thị B", None]),
    numbers,
    amounts,
    months,
    starts,
    amounts,
    amounts,
    amounts,
    notes,
)
Parts = list[tuple[str, list[tuple[Any, ...]], bool]]
lines = st.lists(
    st.tuples(
        st.sampled_from(["I.1", "I.2", "II.1", "II.2"]), st.lists(rows, max_size=6), st.booleans()
    ),
    max_size=4,
)


@given(
    st.lists(lines, min_size=6, max_size=6)
)  # six sheets at once: the rule book takes as long for one
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_received_is_the_sum_of_the_fates(sheets: list[Parts]) -> None:
    register = Register(
        "0" * 64, ({"agent_code": "DL001", "valid_from": date(2017, 6, 1), "valid_to": None},)
    )
    written, files = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, parts in enumerate(sheets):
            path = Path(folder) / f"{number}.xlsx"
            written.append(write_sheet(path, parts))
            arrival = describe(
                path,
                received_at=datetime(2019, 6, 25, tzinfo=UTC),
                agent_code="DL001",
                channel="test",
            )
            files.append(FileToJudge(arrival, parse_file(path, arrival), register))
    for parts, rows_written, judgement in zip(sheets, written, judge(files), strict=True):
        totals = judgement.totals()
        assert totals["rows"]["received"] == rows_written
        for side in totals.values():
            assert side["received"] == sum(
                count for fate, count in side.items() if fate != "received"
            )
        printed = sum(
            (-1 if section.startswith("II") else 1) * amount
            for section, people, _ in parts
            for person in people
            if isinstance(
                amount := {"1.540.000": 1_540_000, "154,000": 154_000}.get(person[5], person[5]),
                int,
            )
        )
        assert totals["amount_vnd"]["received"] == printed
        assert totals["amount_vnd"]["not_data"] == 0
        assert judgement.findings or judgement.verdict == "accepted"
