"""What the engineer must hear of a version that is about to be published, though every test of the
marts passes."""

from __future__ import annotations

from datetime import date

import duckdb

SILENT_DAYS = 31
"""A night so many days after the newest file is not a night of work: a wrong date, or an inbox that
nobody feeds."""


def alarms(con: duckdb.DuckDBPyConnection, reporting_date: date, known_on: date) -> tuple[str, ...]:
    """One sentence for each: the newest file is far behind the night, a district fell to nothing,
    nobody reported in a month that has ended.

    The first date that is ever published alarms nobody.
    """
    said = []
    newest = con.execute(
        "select max(night) from raw.submissions where night <= ?", [known_on]
    ).fetchall()[0][0]
    if newest is not None and (known_on - newest).days > SILENT_DAYS:
        said.append(
            f"the newest file is of the night of {newest}, {(known_on - newest).days} days before the night of {known_on}"
        )
    rows = con.execute(
        """
        with before as (
            select district_code, reporting_date, participants,
                row_number() over (partition by district_code order by reporting_date desc) as nth
            from marts.kpi_by_district where reporting_date < $day and participants > 0
        )
        select k.district_code, k.participants, k.agents_expected, k.agents_reported, b.reporting_date, b.participants
        from marts.kpi_by_district as k join before as b on b.district_code = k.district_code and b.nth = 1
        where k.reporting_date = $day order by k.district_code
        """,
        {"day": reporting_date},
    ).fetchall()
    month_has_ended = con.execute(
        "select ?::date = last_day(?::date)", [reporting_date, reporting_date]
    ).fetchall()[0][0]
    for district, people, expected, reported, day, people_then in rows:
        if not people:
            now = "none" if people == 0 else "an unknown number"
            said.append(
                f"district {district} had {people_then} participants on {day} and has {now} on {reporting_date}"
            )
        if month_has_ended and expected and not reported:
            said.append(
                f"none of the {expected} agents of district {district} reported for {reporting_date:%m/%Y}"
            )
    return tuple(said)
