with known_files as (
    select
        sha256,
        agent_code,
        coalesce(head_month, {{ month_index(local_date('received_at')) }}) as report_month
    from {{ ref('stg_intake__submissions') }}
    where
        night <= (select max(known_on) from {{ ref('stg_ops__reporting_dates') }})
        and verdict <> 'duplicate'
),

final as (
    -- a rule that one row breaks in two cells is one rule broken
    select
        known_files.report_month,
        known_files.agent_code,
        known_files.sha256,
        findings.row_id,
        findings.rule_code,
        min(findings.severity) as severity
    from known_files
    inner join {{ ref('stg_ops__findings') }} as findings on known_files.sha256 = findings.sha256
    where findings.severity <> 'warn'
    group by
        known_files.report_month,
        known_files.agent_code,
        known_files.sha256,
        findings.row_id,
        findings.rule_code
)

select * from final
