"""What the page shows, read from the published file of its version. Counts of rows are summed in
SQL; nothing else is worked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from publishing.store import read_rows, read_store

Row = dict[str, Any]

_OF_THE_DAY = {
    "districts": "from kpi_by_district where reporting_date = $day order by district_code",
    # by the gap to the year's target, as in the terminal
    "communes": """
        select kpi.*, dim.unit_type, dim.district_name
        from kpi_by_commune as kpi left join dim_commune as dim on dim.commune_key = kpi.commune_key
        where kpi.reporting_date = $day and kpi.boundaries = 'then'
        order by kpi.gap_to_year_target desc nulls last, kpi.commune_code""",
    "officers": "from kpi_by_officer where reporting_date = $day order by officer_code",
    "officers_of_communes": """
        select officer_code, officer_name, commune_code from dim_officer
        where valid_from <= $day and (valid_to is null or valid_to >= $day) order by commune_code, officer_code""",
    "systems": "from kpi_by_system where reporting_date = $day order by system_code",
    "agents": "from kpi_by_agent where reporting_date = $day order by commune_code, agent_code",
    "associations": "from kpi_by_association where reporting_date = $day order by commune_code, association_code",
    "rejections": """
        select rule_code, min(severity) as severity, sum(files_concerned)::bigint as files_concerned,
            sum(rows_concerned)::bigint as rows_concerned, sum(rows_open)::bigint as rows_open
        from fct_rejections where reporting_date between $first_month and $day
        group by rule_code order by files_concerned desc, rows_concerned desc, rule_code""",
    "arrivals": """
        select coalesce(head_month, date_trunc('month', night)::date) as month, count(*) as files,
            count(*) filter (verdict = 'accepted') as accepted, count(*) filter (verdict = 'partial') as partial,
            count(*) filter (verdict = 'held') as held, count(*) filter (verdict = 'rejected') as rejected,
            count(*) filter (verdict = 'not_judged') as not_judged,
            count(*) filter (verdict = 'accepted') / count(*) as first_pass_rate
        from fct_submissions
        where verdict <> 'duplicate' and (form is null or (form not like 'reference/%' and form not like 'roster/%'))
        group by 1 having month between $first_month and $day order by 1""",
    "official": "from fct_control_totals where holder_type = 'district' and month <= $day order by month desc, holder_code",
    "changes": """
        from publication_changes where holder_type in ('district', 'commune') and kpi_code = 'participants' and reporting_date <= $day
        order by reporting_date desc, holder_type desc, holder_code""",
    "cohorts": """
        select district_code, first_month, sum(people)::bigint as people, sum(covered_after_3_months)::bigint as after_3,
            sum(covered_after_6_months)::bigint as after_6, sum(covered_after_12_months)::bigint as after_12,
            sum(covered_after_24_months)::bigint as after_24
        from fct_cohorts where first_month <= $day group by all order by district_code, first_month""",
    "renewals": """
        from fct_renewals
        where month <= $day and month in (select distinct month from fct_renewals where month <= $day order by month desc limit 6)
        order by district_code, month, method""",
}
_OF_ALL_DAYS = {
    "district_days": "from kpi_by_district where reporting_date <= $day order by district_code, reporting_date",
    "commune_days": """
        select commune_key, reporting_date, participants from kpi_by_commune
        where boundaries = 'then' and reporting_date <= $day order by commune_key, reporting_date""",
    "targets": "from fct_targets where holder_type in ('district', 'commune') and period_start <= $day order by period_end, holder_code, target_basis",
}


@dataclass(frozen=True)
class Figures:
    """The rows of the published tables that the page shows, each a dict by column: those of the
    newest reporting date, and the days before it."""

    publication: Row
    districts: list[Row]
    communes: list[Row]
    officers: list[Row]
    officers_of_communes: list[Row]
    systems: list[Row]
    agents: list[Row]
    associations: list[Row]
    rejections: list[Row]
    arrivals: list[Row]
    rules: list[Row]
    official: list[Row]
    changes: list[Row]
    cohorts: list[Row]
    renewals: list[Row]
    district_days: list[Row]
    commune_days: list[Row]
    targets: list[Row]
    definitions: dict[str, Row]

    @property
    def day(self) -> date:
        """The newest reporting date, which the page speaks of."""
        found: date = self.publication["reporting_date"]
        return found


def read_figures(store: Path) -> Figures:
    """All that the page shows of one published file. Raises NothingPublished where that is missing
    or damaged."""
    with read_store(store, "publication") as con:
        (publication,) = read_rows(con, "from publication")
        day: date = publication["reporting_date"]
        asked = {name: {"day": day} for name in _OF_THE_DAY | _OF_ALL_DAYS}
        for name in ("rejections", "arrivals"):
            # of the last twelve
            asked[name]["first_month"] = date(day.year - (day.month < 12), day.month % 12 + 1, 1)
        found = {
            name: read_rows(con, query, asked[name])
            for name, query in (_OF_THE_DAY | _OF_ALL_DAYS).items()
        }
        rules = read_rows(con, "from dim_rule order by rule_code")
        definitions = {row["code"]: row for row in read_rows(con, "from kpi_definition")}
    return Figures(publication=publication, definitions=definitions, rules=rules, **found)
