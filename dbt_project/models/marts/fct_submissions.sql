with submissions as (
    select * from {{ ref('stg_intake__submissions') }}
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

first_arrivals as (
    select *
    from submissions
    where
        night <= (select max(known_on) from reporting_dates)
        and verdict <> 'duplicate'
),

repeated_arrivals as (
    select *
    from submissions
    where
        night <= (select max(known_on) from reporting_dates)
        and verdict = 'duplicate'
),

decisions as (
    select
        *,
        row_number() over (
            partition by sha256
            -- the last about the whole file first
            order by case when row_id is null then 0 else 1 end, decision_number desc
        ) as rank_from_last
    from {{ ref('int_rows__decisions') }}
),

decided_files as (
    select
        sha256,
        case when row_id is null then decision end as decision
    from decisions
    where rank_from_last = 1
),

-- bytes that came again after they were taken back wait, with the withdrawal, until it is undone or
-- a person refuses them
arrivals_after_withdrawal as (
    select
        repeated_arrivals.arrival_id,
        max(case when refusals.decision_id is not null then 1 else 0 end) = 1 as is_refused
    from repeated_arrivals
    inner join {{ ref('int_rows__decisions') }} as withdrawals
        on repeated_arrivals.sha256 = withdrawals.sha256
        and withdrawals.decision = 'withdraw'
        and withdrawals.decided_at < repeated_arrivals.received_at
    left join {{ ref('int_rows__decisions') }} as refusals
        on repeated_arrivals.sha256 = refusals.sha256
        and refusals.row_id is null
        and refusals.decision = 'reject'
        and refusals.decided_at >= repeated_arrivals.received_at
    group by repeated_arrivals.arrival_id
),

-- the same bytes again: their rows are stored once, with the first arrival, and all have one fate
-- here
fates_of_repeated as (
    select
        repeated_arrivals.arrival_id,
        case
            when arrivals_after_withdrawal.is_refused then 'rejected'
            when arrivals_after_withdrawal.arrival_id is not null then 'held'
            else 'duplicate'
        end as fate,
        repeated_arrivals.rows_received - repeated_arrivals.rows_not_data as rows_of_data,
        repeated_arrivals.rows_not_data,
        repeated_arrivals.amount_received_vnd - repeated_arrivals.amount_not_data_vnd as amount_of_data_vnd,
        repeated_arrivals.amount_not_data_vnd
    from repeated_arrivals
    left join arrivals_after_withdrawal on repeated_arrivals.arrival_id = arrivals_after_withdrawal.arrival_id
),

cases_by_file as (
    select
        sha256,
        sum(case when resolved_by is not null then 1 else 0 end) as rows_resolved,
        sum(case when is_open then 1 else 0 end) as rows_open,
        sum(case when is_open then amount_vnd else 0 end) as amount_open_vnd
    from {{ ref('int_rows__resolved') }}
    group by sha256
),

rows_by_file as (
    select
        sha256,
        sum(case when is_released and fate = 'accepted' then 1 else 0 end) as rows_released,
        -- a row sound by itself that waits because of another file changes what its file has come
        -- to
        sum(case when fate = 'held' and fate_decided = 'accepted' then 1 else 0 end) as rows_held_across,
        count(*) as rows_received,
        sum(case when fate = 'accepted' then 1 else 0 end) as rows_accepted,
        sum(case when fate = 'rejected' then 1 else 0 end) as rows_rejected,
        sum(case when fate = 'held' then 1 else 0 end) as rows_held,
        sum(case when fate = 'duplicate' then 1 else 0 end) as rows_duplicate,
        sum(case when fate = 'superseded' then 1 else 0 end) as rows_superseded,
        sum(case when fate = 'not_data' then 1 else 0 end) as rows_not_data,
        sum(case when fate = 'accepted' then amount_vnd else 0 end) as amount_accepted_vnd,
        sum(case when fate = 'rejected' then amount_vnd else 0 end) as amount_rejected_vnd,
        sum(case when fate = 'held' then amount_vnd else 0 end) as amount_held_vnd,
        sum(case when fate = 'duplicate' then amount_vnd else 0 end) as amount_duplicate_vnd,
        sum(case when fate = 'superseded' then amount_vnd else 0 end) as amount_superseded_vnd,
        sum(case when fate = 'not_data' then amount_vnd else 0 end) as amount_not_data_vnd
    from {{ ref('int_rows__fates') }} as sheet_rows
    group by sha256
),

fates_of_arrivals as (
    select
        first_arrivals.arrival_id,
        -- by itself, unless a person decided about it: then what its rows have come to
        case
            when decided_files.sha256 is null and coalesce(rows_by_file.rows_held_across, 0) = 0 then first_arrivals.verdict
            when coalesce(rows_by_file.rows_received, 0) - coalesce(rows_by_file.rows_not_data, 0) = 0
                then case
                    when decided_files.decision = 'withdraw' then 'rejected'
                    when decided_files.decision = 'hold' then 'held'
                    when decided_files.decision = 'reject' and first_arrivals.verdict = 'held' then 'rejected'
                    else first_arrivals.verdict
                end
            when rows_by_file.rows_rejected + rows_by_file.rows_held = 0 then 'accepted'
            when rows_by_file.rows_received > rows_by_file.rows_not_data + rows_by_file.rows_rejected + rows_by_file.rows_held then 'partial'
            when rows_by_file.rows_held > 0 then 'held'
            else 'rejected'
        end as verdict,
        coalesce(decided_files.decision in ('reject', 'withdraw'), false) as is_decided,
        coalesce(cases_by_file.rows_resolved, 0) as rows_resolved,
        coalesce(cases_by_file.rows_open, 0) as rows_open,
        coalesce(cases_by_file.amount_open_vnd, 0) as amount_open_vnd,
        coalesce(rows_by_file.rows_released, 0) as rows_released,
        coalesce(rows_by_file.rows_accepted, 0) as rows_accepted,
        coalesce(rows_by_file.rows_rejected, 0) as rows_rejected,
        coalesce(rows_by_file.rows_held, 0) as rows_held,
        coalesce(rows_by_file.rows_duplicate, 0) as rows_duplicate,
        coalesce(rows_by_file.rows_superseded, 0) as rows_superseded,
        coalesce(rows_by_file.rows_not_data, 0) as rows_not_data,
        coalesce(rows_by_file.amount_accepted_vnd, 0) as amount_accepted_vnd,
        coalesce(rows_by_file.amount_rejected_vnd, 0) as amount_rejected_vnd,
        coalesce(rows_by_file.amount_held_vnd, 0) as amount_held_vnd,
        coalesce(rows_by_file.amount_duplicate_vnd, 0) as amount_duplicate_vnd,
        coalesce(rows_by_file.amount_superseded_vnd, 0) as amount_superseded_vnd,
        coalesce(rows_by_file.amount_not_data_vnd, 0) as amount_not_data_vnd
    from first_arrivals
    left join rows_by_file on first_arrivals.sha256 = rows_by_file.sha256
    left join cases_by_file on first_arrivals.sha256 = cases_by_file.sha256
    left join decided_files on first_arrivals.sha256 = decided_files.sha256

    union all

    select
        arrival_id,
        fate as verdict,
        fate = 'rejected' as is_decided,
        0 as rows_resolved,
        case when fate = 'held' then rows_of_data else 0 end as rows_open,
        case when fate = 'held' then amount_of_data_vnd else 0 end as amount_open_vnd,
        0 as rows_released,
        0 as rows_accepted,
        case when fate = 'rejected' then rows_of_data else 0 end as rows_rejected,
        case when fate = 'held' then rows_of_data else 0 end as rows_held,
        case when fate = 'duplicate' then rows_of_data else 0 end as rows_duplicate,
        0 as rows_superseded,
        rows_not_data,
        0 as amount_accepted_vnd,
        case when fate = 'rejected' then amount_of_data_vnd else 0 end as amount_rejected_vnd,
        case when fate = 'held' then amount_of_data_vnd else 0 end as amount_held_vnd,
        case when fate = 'duplicate' then amount_of_data_vnd else 0 end as amount_duplicate_vnd,
        0 as amount_superseded_vnd,
        amount_not_data_vnd
    from fates_of_repeated
),

final as (
    select
        submissions.arrival_id,
        substring(submissions.sha256, 1, 12) as file_id,
        submissions.form,
        submissions.agent_code,
        register.agent_key,
        submissions.channel,
        submissions.received_at,
        submissions.night,
        submissions.known_from,
        case when submissions.head_month is not null then {{ month_start('submissions.head_month') }} end as head_month,
        fates_of_arrivals.verdict,
        submissions.is_empty_report,
        submissions.rows_received,
        cast(fates_of_arrivals.rows_accepted as bigint) as rows_accepted,
        cast(fates_of_arrivals.rows_rejected as bigint) as rows_rejected,
        cast(fates_of_arrivals.rows_held as bigint) as rows_held,
        cast(fates_of_arrivals.rows_duplicate as bigint) as rows_duplicate,
        cast(fates_of_arrivals.rows_superseded as bigint) as rows_superseded,
        cast(fates_of_arrivals.rows_not_data as bigint) as rows_not_data,
        cast(fates_of_arrivals.rows_released as bigint) as rows_released,
        cast(fates_of_arrivals.rows_resolved as bigint) as rows_resolved,
        cast(fates_of_arrivals.rows_open as bigint) as rows_open,
        case
            when fates_of_arrivals.verdict in ('accepted', 'duplicate') or fates_of_arrivals.is_decided then true
            when submissions.rows_received > submissions.rows_not_data then fates_of_arrivals.rows_open = 0
            else coalesce(reports.last_received_at > submissions.received_at, false)
        end as is_closed,
        submissions.amount_received_vnd,
        cast(fates_of_arrivals.amount_accepted_vnd as bigint) as amount_accepted_vnd,
        cast(fates_of_arrivals.amount_rejected_vnd as bigint) as amount_rejected_vnd,
        cast(fates_of_arrivals.amount_held_vnd as bigint) as amount_held_vnd,
        cast(fates_of_arrivals.amount_duplicate_vnd as bigint) as amount_duplicate_vnd,
        cast(fates_of_arrivals.amount_superseded_vnd as bigint) as amount_superseded_vnd,
        cast(fates_of_arrivals.amount_not_data_vnd as bigint) as amount_not_data_vnd,
        cast(fates_of_arrivals.amount_open_vnd as bigint) as amount_open_vnd
    from submissions
    inner join fates_of_arrivals on submissions.arrival_id = fates_of_arrivals.arrival_id
    left join {{ ref('int_agents__register') }} as register
        on submissions.agent_code = register.agent_code
        and submissions.night >= register.applies_from
        and submissions.night < register.applies_until
    left join {{ ref('int_agents__reports') }} as reports
        on submissions.agent_code = reports.agent_code
        and coalesce(submissions.head_month, {{ month_index(local_date('submissions.received_at')) }}) = reports.report_month
)

select * from final
