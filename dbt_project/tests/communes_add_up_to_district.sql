-- A district has no participants, due, money or agents but those of its communes.
with communes as (
    select
        reporting_date,
        district_code,
        sum(participants) as participants,
        sum(participants_due) as participants_due,
        sum(participants_prev_month) as participants_prev_month,
        sum(participants_prev_year_end) as participants_prev_year_end,
        sum(contributions_vnd) as contributions_vnd,
        sum(state_support_vnd) as state_support_vnd,
        sum(agents_expected) as agents_expected,
        sum(agents_reported) as agents_reported
    from {{ ref('kpi_by_commune') }}
    where boundaries = 'then'
    group by reporting_date, district_code
),

districts as (
    select * from {{ ref('kpi_by_district') }}
)

select
    coalesce(communes.reporting_date, districts.reporting_date) as reporting_date,
    coalesce(communes.district_code, districts.district_code) as district_code,
    communes.participants as participants_of_communes,
    districts.participants as participants_of_district
from communes
full outer join districts
    on communes.reporting_date = districts.reporting_date
    and communes.district_code = districts.district_code
where
    communes.reporting_date is null
    or districts.reporting_date is null
    {%- for figure in [
        'participants', 'participants_due', 'participants_prev_month', 'participants_prev_year_end',
        'contributions_vnd', 'state_support_vnd', 'agents_expected', 'agents_reported',
    ] %}
    or coalesce(communes.{{ figure }}, -1) <> coalesce(districts.{{ figure }}, -1)
    {%- endfor %}
