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

final as (
    -- credited through the register's row that speaks for the agent in the month
    select
        work.month,
        work.agent_code,
        register.system_code,
        register.association_code,
        cast(sum(work.covered_people) as bigint) as covered_people,
        cast(sum(work.new_people) as bigint) as new_people,
        cast(sum(work.returned_people) as bigint) as returned_people,
        cast(sum(work.left_people) as bigint) as left_people,
        cast(sum(work.not_renewed_people) as bigint) as not_renewed_people,
        cast(sum(work.renewals_due) as bigint) as renewals_due,
        cast(sum(work.renewals_made) as bigint) as renewals_made
    from work
    left join register
        on work.agent_code = register.agent_code
        and {{ register_day('work.month') }} >= register.speaks_from
        and {{ register_day('work.month') }} < register.speaks_before
    group by work.month, work.agent_code, register.system_code, register.association_code
)

select * from final
