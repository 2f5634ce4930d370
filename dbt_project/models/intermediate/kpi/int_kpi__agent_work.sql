with month_work as (
    select * from {{ ref('int_agents__month_work') }}
),

measured_dates as (
    select * from {{ ref('int_calendar__measured_dates') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

money as (
    select * from {{ ref('int_agents__month_money') }}
),

to_renew as (
    select * from {{ ref('int_kpi__to_renew') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

stock as (
    select
        measured_dates.reporting_date,
        measured_dates.moment,
        month_work.agent_code,
        month_work.system_code,
        month_work.association_code,
        month_work.covered_people
        + case when measured_dates.is_month_end then 0 else month_work.not_renewed_people end as participants,
        case when measured_dates.is_month_end then 0 else month_work.not_renewed_people end as participants_due
    from measured_dates
    inner join month_work on measured_dates.month = month_work.month
),

work as (
    select
        reporting_date,
        agent_code,
        system_code,
        association_code,
        case when moment = 'current' then participants else 0 end as participants,
        case when moment = 'current' then participants_due else 0 end as participants_due,
        case when moment = 'prev_month' then participants else 0 end as participants_prev_month,
        case when moment = 'prev_year_end' then participants else 0 end as participants_prev_year_end,
        case when moment = 'before_half' then participants else 0 end as participants_before_half,
        0 as new_participants,
        0 as returned_participants,
        0 as lapsed_participants,
        0 as left_participants,
        0 as new_this_year,
        0 as renewals_due_this_year,
        0 as renewals_made_this_year,
        0 as contributions_vnd,
        0 as due_next_month,
        0 as due_in_30_days,
        0 as due_in_60_days,
        0 as overdue
    from stock

    union all

    select
        reporting_dates.reporting_date,
        month_work.agent_code,
        month_work.system_code,
        month_work.association_code,
        0 as participants,
        0 as participants_due,
        0 as participants_prev_month,
        0 as participants_prev_year_end,
        0 as participants_before_half,
        case when month_work.month = reporting_dates.month then month_work.new_people else 0 end as new_participants,
        case when month_work.month = reporting_dates.month then month_work.returned_people else 0 end
            as returned_participants,
        case
            when month_work.month = reporting_dates.month and reporting_dates.is_month_end
                then month_work.not_renewed_people
            else 0
        end as lapsed_participants,
        case when month_work.month = reporting_dates.month then month_work.left_people else 0 end as left_participants,
        month_work.new_people as new_this_year,
        -- in a month that is not over, who has not renewed may still do so
        case when month_work.month < reporting_dates.month or reporting_dates.is_month_end then month_work.renewals_due else 0 end
            as renewals_due_this_year,
        case when month_work.month < reporting_dates.month or reporting_dates.is_month_end then month_work.renewals_made else 0 end
            as renewals_made_this_year,
        0 as contributions_vnd,
        0 as due_next_month,
        0 as due_in_30_days,
        0 as due_in_60_days,
        0 as overdue
    from reporting_dates
    inner join month_work
        on reporting_dates.month >= month_work.month
        and reporting_dates.last_month_of_year_before < month_work.month

    union all

    select
        reporting_dates.reporting_date,
        money.agent_code,
        money.system_code,
        money.association_code,
        0 as participants,
        0 as participants_due,
        0 as participants_prev_month,
        0 as participants_prev_year_end,
        0 as participants_before_half,
        0 as new_participants,
        0 as returned_participants,
        0 as lapsed_participants,
        0 as left_participants,
        0 as new_this_year,
        0 as renewals_due_this_year,
        0 as renewals_made_this_year,
        money.contributions_vnd,
        0 as due_next_month,
        0 as due_in_30_days,
        0 as due_in_60_days,
        0 as overdue
    from reporting_dates
    inner join money on reporting_dates.month = money.month

    union all

    select
        to_renew.reporting_date,
        to_renew.agent_code,
        register.system_code,
        register.association_code,
        0 as participants,
        0 as participants_due,
        0 as participants_prev_month,
        0 as participants_prev_year_end,
        0 as participants_before_half,
        0 as new_participants,
        0 as returned_participants,
        0 as lapsed_participants,
        0 as left_participants,
        0 as new_this_year,
        0 as renewals_due_this_year,
        0 as renewals_made_this_year,
        0 as contributions_vnd,
        to_renew.due_next_month,
        to_renew.due_in_30_days,
        to_renew.due_in_60_days,
        to_renew.overdue
    from to_renew
    left join register
        on to_renew.agent_code = register.agent_code
        and to_renew.reporting_date >= register.speaks_from
        and to_renew.reporting_date < register.speaks_before
),

final as (
    select
        reporting_date,
        agent_code,
        system_code,
        association_code,
        {%- for figure in work_figures() %}
        cast(sum({{ figure }}) as bigint) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from work
    group by reporting_date, agent_code, system_code, association_code
)

select * from final
