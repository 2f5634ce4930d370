with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

final as (
    select
        placed_rows.report_month as month,
        placed_rows.agent_code,
        register.system_code,
        register.association_code,
        cast(
            sum(case when placed_rows.section like 'II.%' then -1 else 1 end * coalesce(placed_rows.participant_vnd, 0)) as bigint
        ) as contributions_vnd
    from placed_rows
    left join register
        on placed_rows.agent_code = register.agent_code
        and {{ register_day('placed_rows.report_month') }} >= register.speaks_from
        and {{ register_day('placed_rows.report_month') }} < register.speaks_before
    where placed_rows.form like 'd05-ts/%'
    group by placed_rows.report_month, placed_rows.agent_code, register.system_code, register.association_code
)

select * from final
