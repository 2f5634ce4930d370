with communes as (
    select * from {{ ref('kpi_by_commune') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

final as (
    select
        reporting_dates.month_start as month,
        communes.commune_code,
        communes.commune_name,
        communes.commune_key,
        communes.district_code,
        communes.participants,
        communes.participants_prev_month,
        communes.net_change,
        {%- for flow in flow_columns() %}
        communes.{{ flow }},
        {%- endfor %}
        communes.contributions_vnd,
        communes.state_support_vnd,
        communes.agents_expected,
        communes.agents_reported,
        communes.is_complete,
        communes.incomplete_reason
    from communes
    inner join reporting_dates on communes.reporting_date = reporting_dates.reporting_date
    where
        communes.boundaries = 'then'
        and reporting_dates.is_month_end
)

select * from final
