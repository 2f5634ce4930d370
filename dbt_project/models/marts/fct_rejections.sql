with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

known_files as (
    select
        sha256,
        agent_code,
        coalesce(head_month, {{ month_index(local_date('received_at')) }}) as report_month
    from {{ ref('stg_intake__submissions') }}
    where
        night <= (select max(known_on) from reporting_dates)
        and verdict <> 'duplicate'
),

open_rows as (
    select row_id
    from {{ ref('int_rows__resolved') }}
    where is_open
),

register as (
    select * from {{ ref('int_agents__register') }}
)

-- a rule that one row breaks in two cells is one rule broken
select
    reporting_dates.reporting_date,
    reporting_dates.known_on,
    known_files.agent_code,
    register.agent_key,
    findings.rule_code,
    findings.rule_code as rule_key,
    min(findings.severity) as severity,
    cast(count(distinct findings.sha256) as bigint) as files_concerned,
    cast(count(distinct findings.row_id) as bigint) as rows_concerned,
    cast(count(distinct open_rows.row_id) as bigint) as rows_open
from reporting_dates
inner join known_files on reporting_dates.month = known_files.report_month
inner join {{ ref('stg_ops__findings') }} as findings on known_files.sha256 = findings.sha256
left join register
    on known_files.agent_code = register.agent_code
    and reporting_dates.reporting_date >= register.applies_from
    and reporting_dates.reporting_date < register.applies_until
left join open_rows on findings.row_id = open_rows.row_id
where findings.severity <> 'warn'
group by
    reporting_dates.reporting_date,
    reporting_dates.known_on,
    known_files.agent_code,
    register.agent_key,
    findings.rule_code
