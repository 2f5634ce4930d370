with reports as (
    select * from {{ ref('int_agents__reports') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

dated_reports as (
    select
        agent_code,
        report_month,
        {{ month_start('report_month') }} as month_start,
        {{ register_day('report_month') }} as register_day
    from reports
    where is_judged
),

agents_at_work as (
    select distinct
        dated_reports.agent_code,
        dated_reports.report_month,
        dated_reports.register_day
    from dated_reports
    inner join register
        on dated_reports.agent_code = register.agent_code
        and dated_reports.register_day >= register.valid_from
        and (register.valid_to is null or dated_reports.month_start <= register.valid_to)
),

final as (
    select distinct
        register.commune_key,
        agents_at_work.report_month
    from agents_at_work
    inner join register
        on agents_at_work.agent_code = register.agent_code
        and agents_at_work.register_day >= register.speaks_from
        and agents_at_work.register_day < register.speaks_before
    where register.commune_key is not null
)

select * from final
