{#- whoever adds a figure to communes adds it to this law -#}
{%- set figures = summed_figures() -%}
-- A district has no participants, flows, due, money or agents but those of its communes.
with communes as (
    select
        {%- for figure in figures %}
        sum({{ figure }}) as {{ figure }},
        {%- endfor %}
        reporting_date,
        district_code
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
    {%- for figure in figures %}
    or coalesce(communes.{{ figure }}, -1) <> coalesce(districts.{{ figure }}, -1)
    {%- endfor %}
