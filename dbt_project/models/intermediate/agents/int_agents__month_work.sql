with month_counts as (
    select * from {{ ref('int_cover__month_counts') }}
),

renewals as (
    select * from {{ ref('int_cover__renewals') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

work as (
    select
        month,
        agent_code,
        covered_people,
        new_people,
        returned_people,
        left_people,
        not_renewed_people,
        0 as renewals_due,
        0 as renewals_made
    from month_counts

    union all

    select
        month,
        agent_code,
        0 as covered_people,
        0 as new_people,
        0 as returned_people,
        0 as left_people,
        0 as not_renewed_people,
        renewals_due,
        renewals_made
    from renewals
),

dated_work as (
    select
        *,
        {{ register_day('month') }} as register_day
    from work
),

final as (
    -- credited through the register's row that speaks for the agent in the month
    select
        dated_work.month,
        dated_work.agent_code,
        register.system_code,
        register.association_code,
        cast(sum(dated_work.covered_people) as bigint) as covered_people,
        cast(sum(dated_work.new_people) as bigint) as new_people,
        cast(sum(dated_work.returned_people) as bigint) as returned_people,
        cast(sum(dated_work.left_people) as bigint) as left_people,
        cast(sum(dated_work.not_renewed_people) as bigint) as not_renewed_people,
        cast(sum(dated_work.renewals_due) as bigint) as renewals_due,
        cast(sum(dated_work.renewals_made) as bigint) as renewals_made
    from dated_work
    left join register
        on dated_work.agent_code = register.agent_code
        and dated_work.register_day >= register.speaks_from
        and dated_work.register_day < register.speaks_before
    group by dated_work.month, dated_work.agent_code, register.system_code, register.association_code
)

select * from final
