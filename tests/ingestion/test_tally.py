"""The second way of reading an amount agrees with the first, whatever the cell."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.normalise import read_money
from ingestion.tally import dong

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text("0123456789.,- đVNDvnd\u00a0", max_size=14),
    st.integers(0, 10**12).map(lambda n: f"{n:,}"),
    st.integers(0, 10**12).map(lambda n: f"{n:,}đ".replace(",", ".")),
)


@given(cells)
@example("154.000đ")
@example("1.234,567")
@example("-154.000 đồng")
@example("1234.567")
@example("0.000")
def test_both_ways_agree(cell: Any) -> None:
    assert (dong(cell) or 0) == (read_money(cell)[0] or 0)
