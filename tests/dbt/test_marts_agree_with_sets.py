"""Every mart that counts people or money against sets of (person, month), on random histories."""

from __future__ import annotations

import math
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.data_folder import DataFolder
from ingestion.rules.frames import month_end
from publishing.as_of import built
from tests.support.histories import OPENING, Said, days, histories
from tests.support.reference import month_of
from tests.support.reference_marts import Association, Place, all_marts
from tests.support.written_history import write_history

KEYS = {
    "kpi_by_commune": ("reporting_date", "commune_code"),
    "kpi_by_district": ("reporting_date", "district_code"),
    "kpi_by_officer": ("reporting_date", "officer_code"),
    "kpi_by_agent": ("reporting_date", "agent_code"),
    "kpi_by_system": ("reporting_date", "system_code"),
    "kpi_by_association": ("reporting_date", "association_code"),
    "fct_participation_by_commune_month": ("month", "commune_code"),
    "fct_cohorts": ("district_code", "first_month", "method"),
    "fct_renewals": ("district_code", "month", "method"),
    "fct_control_totals": ("month", "holder_type", "holder_code"),
    "fct_targets": ("target_period", "holder_type", "holder_code", "target_basis"),
    "int_rows__resolved": ("row_id",),
    "int_renewals__awaited": ("reporting_date", "bhxh_number"),
}
NOT_COUNTED = {
    *(
        "known_on",
        "boundaries",
        "commune_key",
        "row_id",
        "method_name",
        "target_source",
        "count_source",
    ),
    *(
        f"{thing}_name"
        for thing in ("commune", "district", "officer", "agent", "system", "association", "holder")
    ),
    *("district_code", "commune_code", "system_code", "association_code"),
    # tests/publishing/test_keys.py
    *("agent_key", "officer_key", "association_key"),
    # the range of the forecast: tests/dbt/test_forecast.py
    *("forecast_low", "forecast_high"),
}
"""Names and codes of places, and what other tests hold."""

CASES = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}


def _office(places: DataFolder) -> tuple[dict[str, Place], list[Association]]:
    """What the sample's reference says of communes and associations; the rest is this office's
    own."""
    with duckdb.connect(str(places.as_of), read_only=True) as con:
        communes = con.execute(
            """
            select commune_code, population, working_age_population, compulsory_participants, villages
            from raw.ref_population
            left join (select commune_code, list(village_code) as villages from raw.ref_villages group by commune_code) using (commune_code)
            """
        ).fetchall()
        associations = con.execute(
            "select association_code, commune_code from raw.ref_associations"
        ).fetchall()
    return {
        code: Place(*people, villages=tuple(villages)) for code, *people, villages in communes
    }, [Association(*a) for a in associations]


def _agree(first_night: Path, said: list[Said], day: date, days_later: int) -> None:
    known_on = day + timedelta(days=days_later)
    dates = [
        *(
            month_end(month)
            for month in range(OPENING + 1, month_of(day))
            if month % 5 == day.day % 5 or month % 6 == 0
        ),
        day,
    ]
    with tempfile.TemporaryDirectory() as root:
        places = write_history(first_night, Path(root), said, known_on)
        expected = all_marts(said, dates, known_on, *_office(places))
        with built(places, list(KEYS), dates, known_on) as con:
            for mart, key in KEYS.items():
                found = con.execute(
                    f"from {'intermediate' if mart.startswith('int_') else 'marts'}.{mart}"
                )
                columns = [column[0] for column in found.description]
                rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
                _same(mart, key, rows, expected[mart], set(columns) - NOT_COUNTED | set(key))


def _same(
    mart: str,
    key: tuple[str, ...],
    found: list[dict[str, Any]],
    expected: list[dict[str, Any]],
    columns: set[str],
) -> None:
    ours = {tuple(row[name] for name in key): row for row in found}
    theirs = {tuple(row[name] for name in key): row for row in expected}
    assert len(ours) == len(found), mart
    assert ours.keys() == theirs.keys(), (mart, ours.keys() ^ theirs.keys())
    for where, row in theirs.items():
        for name in sorted(columns):
            a, b = ours[where][name], row[name]
            is_same = (
                math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
                if isinstance(a, float) and b is not None
                else a == b
            )
            assert is_same, f"{mart} {where} {name}: the mart says {a}, the sets {b}"


@given(histories(), days(), st.sampled_from([0, 0, 1, 40]))
@settings(max_examples=15, **CASES)  # type: ignore[arg-type]
def test_every_mart_agrees_with_sets(
    first_night: Path, said: list[Said], day: date, days_later: int
) -> None:
    _agree(first_night, said, day, days_later)


@pytest.mark.slow
@pytest.mark.parametrize(
    "lot", range(20)
)  # files with many tests begin first: this one takes minutes
def test_every_mart_agrees_with_sets_on_300_histories(first_night: Path, lot: int) -> None:
    @given(histories(), days(), st.sampled_from([0, 0, 1, 40]))
    @settings(max_examples=15, database=None, **CASES)  # type: ignore[arg-type]
    def agree(said: list[Said], day: date, days_later: int) -> None:
        _agree(first_night, said, day, days_later)

    agree()
