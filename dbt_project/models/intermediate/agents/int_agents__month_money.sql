with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

dated_rows as (
    select
        *,
        {{ register_day('report_month') }} as register_day
    from placed_rows
    where form like 'd05-ts/%'
),

final as (
    select
        dated_rows.report_month as month,
        dated_rows.agent_code,
        register.system_code,
        register.association_code,
        cast(
            sum(case when dated_rows.section like 'II.%' then -1 else 1 end * coalesce(dated_rows.participant_vnd, 0)) as bigint
        ) as contributions_vnd
    from dated_rows
    left join register
        on dated_rows.agent_code = register.agent_code
        and dated_rows.register_day >= register.speaks_from
        and dated_rows.register_day < register.speaks_before
    group by dated_rows.report_month, dated_rows.agent_code, register.system_code, register.association_code
)

select * from final
