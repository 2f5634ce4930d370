with communes as (
    select * from {{ ref('int_communes__in_scope') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

participants as (
    select * from {{ ref('int_kpi__commune_participants') }}
),

flows as (
    select * from {{ ref('int_kpi__commune_flows') }}
),

money as (
    select * from {{ ref('int_kpi__commune_money') }}
),

overrides as (
    select * from {{ ref('int_kpi__commune_overrides') }}
),

reports as (
    select * from {{ ref('int_kpi__commune_reports') }}
),

villages as (
    select * from {{ ref('int_kpi__commune_villages') }}
),

to_renew as (
    select
        reporting_date,
        commune_key
        {%- for figure in renewal_columns() %},
        sum({{ figure }}) as {{ figure }}
        {%- endfor %}
    from {{ ref('int_kpi__to_renew') }}
    group by reporting_date, commune_key
),

carried_values as (
    select * from {{ ref('int_communes__carried_values') }}
),

wide_values as (
    select
        reporting_date,
        commune_key,
        max(case when measure = 'population' then people end) as population,
        max(case when measure = 'working_age_population' then people end) as working_age_population,
        max(case when measure = 'compulsory_participants' then people end) as compulsory_participants,
        max(case when measure = 'half_target' then people end) as half_target,
        max(case when measure = 'half_target' then basis end) as half_target_basis,
        max(case when measure = 'year_target' then people end) as year_target,
        max(case when measure = 'year_target' then basis end) as year_target_basis
    from carried_values
    group by reporting_date, commune_key
),

final as (
    select
        communes.reporting_date,
        reporting_dates.known_on,
        communes.commune_key,
        communes.commune_code,
        communes.commune_name,
        communes.district_code,
        communes.district_name,
        participants.participants,
        participants.participants_due,
        {%- for figure in renewal_columns() %}
        cast(case when participants.participants is not null then coalesce(to_renew.{{ figure }}, 0) end as bigint) as {{ figure }},
        {%- endfor %}
        participants.participants_prev_month,
        participants.participants_prev_year_end,
        participants.participants_same_day_last_year,
        participants.participants_before_half,
        -- flows stand on the month before, so not in the month after the opening roster; who is new or has returned needs a
        -- year of history; where no agent reported, or our code failed on a report, not all is known of who came and went
        {%- for flow in flow_columns() %}
        case
            when
                participants.participants is not null
                and reports.agents_reported > 0
                and reports.agents_not_judged = 0
                and reporting_dates.month > communes.opening_month + {{ 12 if flow in flows_after_a_year() else 1 }}
                then coalesce(flows.{{ flow }}, 0)
        end as {{ flow }},
        {%- endfor %}
        wide_values.population,
        wide_values.working_age_population,
        wide_values.compulsory_participants,
        villages.villages,
        case when participants.participants is not null then villages.villages_without_participants end
            as villages_without_participants,
        wide_values.half_target,
        wide_values.half_target_basis,
        wide_values.year_target,
        wide_values.year_target_basis,
        case when reports.agents_reported > 0 and reports.agents_not_judged = 0 then coalesce(money.contributions_vnd, 0) end
            as contributions_vnd,
        case when reports.agents_reported > 0 and reports.agents_not_judged = 0 then coalesce(money.state_support_vnd, 0) end
            as state_support_vnd,
        coalesce(reports.agents_expected, 0) as agents_expected,
        coalesce(reports.agents_reported, 0) as agents_reported,
        coalesce(reports.agents_not_judged, 0) as agents_not_judged,
        coalesce(overrides.overrides, 0) as overrides,
        coalesce(communes.reporting_date < communes.opening_month_end, true) as is_before_opening,
        -- the one month end on which the roster speaks and no agent needs to
        coalesce(communes.reporting_date = communes.opening_month_end, false) as is_opening_date,
        participants.participants is null
        and coalesce(reports.agents_expected, 0) > 0
        and coalesce(communes.reporting_date >= communes.opening_month_end, false) as is_silent
    from communes
    inner join reporting_dates on communes.reporting_date = reporting_dates.reporting_date
    inner join participants
        on communes.reporting_date = participants.reporting_date
        and communes.commune_key = participants.commune_key
    left join flows
        on communes.reporting_date = flows.reporting_date
        and communes.commune_key = flows.commune_key
    left join money
        on communes.reporting_date = money.reporting_date
        and communes.commune_key = money.commune_key
    left join overrides
        on communes.reporting_date = overrides.reporting_date
        and communes.commune_key = overrides.commune_key
    left join reports
        on communes.reporting_date = reports.reporting_date
        and communes.commune_key = reports.commune_key
    left join villages
        on communes.reporting_date = villages.reporting_date
        and communes.commune_key = villages.commune_key
    left join to_renew
        on communes.reporting_date = to_renew.reporting_date
        and communes.commune_key = to_renew.commune_key
    left join wide_values
        on communes.reporting_date = wide_values.reporting_date
        and communes.commune_key = wide_values.commune_key
)

select * from final
