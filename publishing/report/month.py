"""The figures of one district in one month, as a version holds them: read, sorted, and not
changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from core.foreign_text import visible
from core.vietnamese import alphabetical
from publishing.dictionary import short_name
from publishing.store import read_rows

Row = dict[str, Any]
"""A row of a published table: column -> value. Texts are `visible`: they hold nothing that a page
or a sheet would obey."""


@dataclass(frozen=True)
class Month:
    """What the report and the workbook show. Rows are those of the table named, for the month's
    last day.

    `months`, `officer_months`: month ends up to this one, oldest first. `communes_of`: officer's
    code -> the codes of the officer's communes. `decisions`: targets in force, by decision:
    `target_period`, `period_end`, `decided_on`, `target_source`. `official`: the office's own
    count, where it gave one.
    """

    district: Row  # kpi_by_district
    communes: Sequence[Row]  # kpi_by_commune, in the order of the alphabet
    associations: Sequence[Row]  # kpi_by_association, by commune
    officers: Sequence[Row]  # kpi_by_officer
    agents: Sequence[Row]  # kpi_by_agent
    rejections: Sequence[Row]  # fct_rejections
    months: Sequence[Row]  # kpi_by_district
    officer_months: dict[str, list[Row]]  # kpi_by_officer
    communes_of: dict[str, list[str]]
    decisions: Sequence[Row]  # fct_targets
    official: Row | None  # fct_control_totals
    definitions: dict[str, Row]  # kpi_definition, by code
    # table -> its columns' names in Vietnamese, in the table's order
    labels: dict[str, dict[str, str]]

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        day = self.district["reporting_date"]
        assert isinstance(day, date)
        return day

    @property
    def known_on(self) -> date:
        """The last night whose files count."""
        night = self.district["known_on"]
        assert isinstance(night, date)
        return night


def whole_months(con: duckdb.DuckDBPyConnection) -> list[date]:
    """The last days of the months that the version holds whole, oldest first."""
    days = [
        day
        for (day,) in con.execute(
            "select distinct reporting_date from kpi_by_district order by 1"
        ).fetchall()
    ]
    return [day for day in days if _is_month_end(day)]


def districts_of(con: duckdb.DuckDBPyConnection, last_day: date) -> list[str]:
    """Codes of the districts that have figures for that day."""
    found = con.execute(
        "select district_code from kpi_by_district where reporting_date = ? order by 1", [last_day]
    ).fetchall()
    return [code for (code,) in found]


def read_month(con: duckdb.DuckDBPyConnection, last_day: date, district: str) -> Month:
    """The figures of a district for a month that ends on `last_day`; `whole_months` and
    `districts_of` say which there are."""
    of_day = {"day": last_day, "district": district}
    (own,) = _rows(
        con,
        "from kpi_by_district where reporting_date = $day and district_code = $district",
        of_day,
    )
    communes = _rows(
        con,
        "from kpi_by_commune where reporting_date = $day and boundaries = 'then' and district_code = $district",
        of_day,
    )
    names = {row["commune_code"]: row["commune_name"] for row in communes}
    of_communes = (
        "commune_code in (select commune_code from kpi_by_commune"
        " where reporting_date = $day and boundaries = 'then' and district_code = $district)"
    )
    of_officers = f"from dim_officer where valid_from <= $day and (valid_to is null or valid_to >= $day) and {of_communes}"
    communes_of: dict[str, list[str]] = defaultdict(list)
    for row in _rows(con, of_officers, of_day):
        communes_of[row["officer_code"]].append(row["commune_code"])
    officer_months: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(
        con,
        f"from kpi_by_officer where reporting_date <= $day and officer_code in (select officer_code {of_officers}) order by officer_code, reporting_date",
        of_day,
    ):
        if _is_month_end(row["reporting_date"]):
            officer_months[row["officer_code"]].append(row)
    officers = [
        rows[-1] for rows in officer_months.values() if rows[-1]["reporting_date"] == last_day
    ]
    of_agents = "from kpi_by_agent where reporting_date = $day and district_code = $district"
    agents = _rows(con, f"{of_agents} order by agent_code", of_day)
    associations = _rows(
        con, f"from kpi_by_association where reporting_date = $day and {of_communes}", of_day
    )
    decisions = _rows(
        con,
        "select distinct target_period, period_end, decided_on, target_source from fct_targets where $day between period_start and period_end"
        " and holder_type in ('district', 'commune') and decided_on <= $day"
        " and holder_code in (select $district union all select commune_code from dim_commune where district_code = $district)"
        " order by all",
        of_day,
    )
    official = _rows(
        con,
        "from fct_control_totals where month = $month and holder_type = 'district' and holder_code = $district",
        {"month": last_day.replace(day=1), "district": district},
    )
    rejections = _rows(
        con,
        f"from fct_rejections where reporting_date = $day and agent_code in (select agent_code {of_agents}) order by rule_code, severity, agent_code",
        of_day,
    )
    months = _rows(
        con,
        "from kpi_by_district where reporting_date <= $day and district_code = $district order by reporting_date",
        of_day,
    )
    definitions = {row["code"]: row for row in _rows(con, "from kpi_definition", {})}
    return Month(
        district=own,
        communes=sorted(
            communes, key=lambda row: (alphabetical(row["commune_name"]), row["commune_code"])
        ),
        associations=sorted(
            associations,
            key=lambda row: (
                alphabetical(row["commune_name"]),
                alphabetical(row["association_name"]),
                row["association_code"],
            ),
        ),
        officers=officers,
        agents=agents,
        rejections=rejections,
        months=[row for row in months if _is_month_end(row["reporting_date"])],
        officer_months=dict(officer_months),
        communes_of={
            code: sorted(of, key=lambda commune: alphabetical(names[commune]))
            for code, of in communes_of.items()
        },
        decisions=decisions,
        official=official[0] if official else None,
        definitions=definitions,
        labels=_labels(con, units_of(definitions)),
    )


def units_of(definitions: Mapping[str, Row]) -> dict[str, str]:
    """Column -> its unit, of every figure that `kpi_definition` explains."""
    return {code.rpartition(".")[2]: row["unit"] for code, row in definitions.items()}


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _labels(con: duckdb.DuckDBPyConnection, figures: Container[str]) -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    query = "select table_name, column_name, comment from duckdb_columns() where database_name = current_database() order by table_name, column_index"
    for table, column, comment in con.execute(query).fetchall():
        words = str(comment or column).partition(" · ")[0]
        # of a text or a date the name alone: how it is written or chosen stands after it
        labels[table][column] = words if column in figures else short_name(words)
    return labels


def _rows(con: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any]) -> list[Row]:
    return [
        {name: visible(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in read_rows(con, query, given)
    ]
