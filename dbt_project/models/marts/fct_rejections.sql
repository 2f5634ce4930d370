with findings as (
    select * from {{ ref('int_rows__findings') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

final as (
    select
        reporting_dates.reporting_date,
        reporting_dates.known_on,
        findings.agent_code,
        findings.rule_code,
        min(findings.severity) as severity,
        cast(count(distinct findings.sha256) as bigint) as files_concerned,
        cast(count(distinct findings.row_id) as bigint) as rows_concerned
    from reporting_dates
    inner join findings on reporting_dates.month = findings.report_month
    group by
        reporting_dates.reporting_date,
        reporting_dates.known_on,
        findings.agent_code,
        findings.rule_code
)

select * from final
