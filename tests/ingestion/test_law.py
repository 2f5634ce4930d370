"""Money by the law of its date: the same row judged in other years, and rows computed by the
rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import month_index
from ingestion.rules.law import law
from ingestion.rules.row_frame import rows_frame
from ingestion.rules.rows_expectation import rows_against
from ingestion.rules.rulebook import suite_entries
from tests.support.hand_made import file_of, row

YEARS = (2017, 2019, 2022, 2025)
SUPPORT = {
    2017: (0, 0, 0, None),
    2019: (15_400, 38_500, 46_200, None),
    2022: (33_000, 82_500, 99_000, None),
    2025: (66_000, 132_000, 165_000, 99_000),
}


def codes(rows: list[Any], month: int) -> list[set[str]]:
    """Codes of what is broken, per row of one sheet."""
    frame, _ = rows_frame([file_of(*rows, month=month)], "d05-ts")
    found: list[set[str]] = [set() for _ in rows]
    for entry in suite_entries("d05_ts_rows"):
        for position in rows_against(frame, **entry["kwargs"])[1].nonzero()[0]:
            found[position].add(entry["meta"]["code"])
    return found


def paid(number: int, month: int, income: int, months: int, support: int, **more: Any) -> Any:
    """A row as the rule computes it, with that support a month."""
    total = income * 22 * months // 100
    said = {
        "income_vnd": income,
        "months": months,
        "from_month": month,
        "total_vnd": total,
        "state_support_vnd": support * months,
    }
    own = {
        "bhxh_number": f"33{number:08d}",
        "receipt_number": f"BL{number}",
        "paid_on": None,
        "citizen_number": None,
        "note_method": None,
    }
    return row(number, **{**said, **own, "participant_vnd": total - support * months, **more})


@pytest.mark.parametrize("year", YEARS)
def test_support_is_that_of_the_group_and_year(year: int) -> None:
    month = month_index(year, 8)
    groups = ("other", "near_poor", "poor", "ethnic_minority")
    of_year = [law().support_of_month(group, month) for group in groups]
    assert [None if amount != amount else int(amount) for amount in of_year] == list(SUPPORT[year])
    income = 1_500_000
    rows = [
        paid(11 + i, month, income, 3, amount, support_group=group)
        for i, (group, amount) in enumerate(zip(groups, SUPPORT[year], strict=True))
        if amount is not None
    ]
    assert codes(rows, month) == [set()] * len(rows)


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2017, {"BP-309"}), (2019, set()), (2022, {"BP-311"}), (2025, {"BP-311"})],
)
def test_one_row_judged_in_four_years(year: int, expected: set[str]) -> None:
    """700,000 đồng, 12 months, 15,400 đồng of support a month: right in 2019 alone."""
    month = month_index(year, 8)
    (found,) = codes([paid(11, month, 700_000, 12, 15_400)], month)
    assert found - {"BP-309"} == expected - {"BP-309"}
    assert ("BP-309" in found) == (year != 2019)


@pytest.mark.parametrize(
    ("year", "month", "cap"),
    [
        (2017, 6, 24_200_000),
        (2017, 7, 26_000_000),
        (2019, 6, 27_800_000),
        (2019, 7, 29_800_000),
        (2024, 7, 46_800_000),
        (2026, 7, 50_600_000),
    ],
)
def test_the_cap_follows_the_base_salary(year: int, month: int, cap: int) -> None:
    at = month_index(year, month)
    support = int(law().support_of_month("other", at))
    assert [
        "BP-312" in c
        for c in codes([paid(11, at, cap, 1, support), paid(12, at, cap + 50_000, 1, support)], at)
    ] == [False, True]


def test_arrears_may_be_judged_by_the_floor_of_their_time() -> None:
    month = month_index(2022, 2)
    (arrears, now) = codes(
        [paid(11, month_index(2021, 12), 700_000, 1, 0), paid(12, month, 700_000, 1, 33_000)], month
    )
    assert (arrears, now) == (set(), {"BP-311"})


def test_a_receipt_s_day_decides_where_there_is_one() -> None:
    """Paid in December 2017, reported in January 2018: no support yet."""
    january = month_index(2018, 1)
    one = paid(11, january, 700_000, 12, 0, paid_on=date(2017, 12, 28))
    other = paid(12, january, 700_000, 12, 0, paid_on=date(2018, 1, 3))
    assert codes([one, other], january) == [set(), {"BP-310"}]


drawn = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from([1, 3, 6, 12]),
        st.sampled_from(["other", "near_poor", "poor"]),
        st.sampled_from([-2, 2, -1, 1]),
    ),
    min_size=1,
    max_size=40,
)


@given(year=st.sampled_from(YEARS), lines=drawn)
@settings(max_examples=8, deadline=None)
def test_what_the_rule_computes_passes_and_a_dong_off_does_not(
    year: int, lines: list[tuple[int, int, str, int]]
) -> None:
    month = month_index(year, 8)
    rows = []
    for i, (steps, months, group, off) in enumerate(lines):
        income = int(law().number("income_floor", month)) + 50_000 * steps
        support = int(law().support_of_month(group, month))
        rows += [
            paid(2 * i + side, month, income, months, support, support_group=group)
            for side in (0, 1)
        ]
        rows[-1].values["participant_vnd"] += off
        rows[-1].values["total_vnd"] += off
    assert codes(rows, month) == [set(), {"BP-307"}] * len(lines)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100),
            st.sampled_from([24, 36, 60]),
            st.floats(0.75, 0.99),
            st.sampled_from([-1, 0, 1]),
        ),
        min_size=1,
    )
)
@settings(max_examples=6, deadline=None)
def test_years_ahead_are_discounted_within_a_dong(lines: list[tuple[int, int, float, int]]) -> None:
    month = month_index(2019, 6)
    rows = []
    for i, (steps, months, kept, off) in enumerate(lines):
        income = 700_000 + 50_000 * steps
        plain = income * 22 * months // 100
        for side, total in enumerate((round(plain * kept), plain + off, plain + 2)):
            rows.append(paid(3 * i + side, month, income, months, 15_400))
            rows[-1].values |= {"total_vnd": total, "participant_vnd": total - 15_400 * months}
    assert [found - {"BP-902"} for found in codes(rows, month)] == [set(), set(), {"BP-314"}] * len(
        lines
    )
