with submissions as (
    select * from {{ ref('stg_intake__submissions') }}
),

sheet_rows as (
    select * from {{ ref('int_rows__fates') }}
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

files_with_an_accepted_row as (
    select distinct sha256
    from sheet_rows
    where fate_in_file = 'accepted'
),

final as (
    select
        submissions.agent_code,
        coalesce(
            submissions.head_month, {{ month_index(local_date('submissions.received_at')) }}
        ) as report_month,
        min(submissions.night) as first_reported_on
    from submissions
    left join files_with_an_accepted_row on submissions.sha256 = files_with_an_accepted_row.sha256
    where
        submissions.night <= (select max(known_on) from reporting_dates)
        and submissions.form like 'd05-ts/%'
        and submissions.agent_code is not null
        and submissions.verdict <> 'duplicate'
        and (
            files_with_an_accepted_row.sha256 is not null
            or (submissions.is_empty_report and submissions.verdict = 'accepted')
        )
    group by
        submissions.agent_code,
        coalesce(submissions.head_month, {{ month_index(local_date('submissions.received_at')) }})
)

select * from final
