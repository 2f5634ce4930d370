"""The second way of counting money agrees with the first wherever it answers at all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingestion.forms.normalise import read_money
from ingestion.forms.tally import dong

amounts = st.integers(-(10**16), 10**16)
grouped = st.builds(
    lambda n, mark: f"{n:,}".replace(",", mark), amounts, st.sampled_from([".", ",", " ", "\u00a0"])
)
units = st.sampled_from(["", "đ", " đ", " đồng", "VND", " vnđ.", "d", "₫", " nghìn đồng"])
texts = st.one_of(
    st.builds(
        lambda text, unit, ends: ends + text + unit + ends,
        grouped,
        units,
        st.sampled_from(["", " ", "\u00a0", "\ufeff"]),
    ),
    st.text("0123456789.,- ()đdkK+e\u00a0\u2212", max_size=14),
)


@given(st.one_of(amounts, st.floats(), texts, st.none(), st.booleans()))
def test_what_is_counted_at_the_cell_is_what_is_read(cell: Any) -> None:
    counted = dong(cell)
    assert counted is None or counted == (read_money(cell).value or 0)


def test_the_plain_ways_are_counted_apart() -> None:
    assert [dong(cell) for cell in ("1.234.567", "154,000đ", 154000.0, " 154.000 đồng")] == [
        1_234_567,
        154_000,
        154_000,
        154_000,
    ]
