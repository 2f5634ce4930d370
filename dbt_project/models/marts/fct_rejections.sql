with open_rows as (
    select row_id
    from {{ ref('int_rows__resolved') }}
    where is_open
),

final as (
    select
        reporting_dates.reporting_date,
        reporting_dates.known_on,
        findings.agent_code,
        findings.rule_code,
        min(findings.severity) as severity,
        cast(count(distinct findings.sha256) as bigint) as files_concerned,
        cast(count(distinct findings.row_id) as bigint) as rows_concerned,
        cast(count(distinct open_rows.row_id) as bigint) as rows_open
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join {{ ref('int_rows__findings') }} as findings on reporting_dates.month = findings.report_month
    left join open_rows on findings.row_id = open_rows.row_id
    group by
        reporting_dates.reporting_date,
        reporting_dates.known_on,
        findings.agent_code,
        findings.rule_code
)

select * from final
