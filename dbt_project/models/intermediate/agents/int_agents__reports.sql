with reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

files_with_an_accepted_row as (
    select distinct sha256
    from {{ ref('int_rows__fates') }} as sheet_rows
    where fate_decided = 'accepted'
),

withdrawn_files as (
    select distinct sha256
    from {{ ref('int_rows__decisions') }}
    where
        decision in ('withdraw', 'hold')
        and row_id is null
),

reported as (
    select
        submissions.agent_code,
        coalesce(
            submissions.head_month, {{ month_index(local_date('submissions.received_at')) }}
        ) as report_month,
        min(submissions.night) as first_reported_on,
        -- false: our code failed on all that was sent
        max(case when submissions.verdict <> 'not_judged' then 1 else 0 end) = 1 as is_judged,
        max(case when submissions.verdict = 'not_judged' then 1 else 0 end) = 1 as has_file_not_judged,
        max(case when submissions.verdict <> 'not_judged' then submissions.received_at end) as last_received_at,
        -- false: nothing but empty reports
        max(case when files_with_an_accepted_row.sha256 is not null then 1 else 0 end) = 1 as has_rows
    from {{ ref('stg_intake__submissions') }} as submissions
    left join files_with_an_accepted_row on submissions.sha256 = files_with_an_accepted_row.sha256
    left join withdrawn_files on submissions.sha256 = withdrawn_files.sha256
    where
        submissions.night <= (select max(known_on) from reporting_dates)
        and submissions.agent_code is not null
        and submissions.verdict <> 'duplicate'
        and (
            (submissions.form like 'd05-ts/%' and files_with_an_accepted_row.sha256 is not null)
            or (
                submissions.form like 'd05-ts/%'
                and submissions.is_empty_report
                and submissions.verdict = 'accepted'
                and withdrawn_files.sha256 is null
            )
            -- who sent what our code failed on has sent
            or (submissions.verdict = 'not_judged' and withdrawn_files.sha256 is null)
        )
    group by
        submissions.agent_code,
        coalesce(submissions.head_month, {{ month_index(local_date('submissions.received_at')) }})
),

dated as (
    select
        reported.*,
        {{ month_start('reported.report_month') }} as month_start,
        {{ register_day('reported.report_month') }} as register_day
    from reported
),

agents_at_work as (
    select distinct
        dated.agent_code,
        dated.report_month
    from dated
    inner join register
        on dated.agent_code = register.agent_code
        and dated.register_day >= register.valid_from
        and (register.valid_to is null or dated.month_start <= register.valid_to)
),

final as (
    select
        dated.agent_code,
        dated.report_month,
        dated.first_reported_on,
        dated.last_received_at,
        dated.has_rows,
        dated.is_judged,
        dated.has_file_not_judged,
        -- the commune that is heard by it; of an agent who was not at work, none
        register.commune_key
    from dated
    left join agents_at_work
        on dated.agent_code = agents_at_work.agent_code
        and dated.report_month = agents_at_work.report_month
    left join register
        on agents_at_work.agent_code = register.agent_code
        and dated.register_day >= register.applies_from
        and dated.register_day < register.applies_until
)

select * from final
