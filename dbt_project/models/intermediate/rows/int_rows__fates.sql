with sheet_rows as (
    select * from {{ ref('stg_intake__sheet_rows') }}
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

decided_rows as (
    select * from {{ ref('int_rows__decided') }}
),

known_rows as (
    select
        sheet_rows.*,
        -- what people decided comes before what rows say of one another: a row taken back restates nothing
        coalesce(decided_rows.fate, sheet_rows.fate_in_file) as fate_decided
    from sheet_rows
    left join decided_rows on sheet_rows.row_id = decided_rows.row_id
    where sheet_rows.night <= (select max(known_on) from reporting_dates)
),

accepted_rows as (
    select
        row_id,
        sha256,
        received_at,
        content_key,
        coalesce(row_key, row_id) as row_key
    from known_rows
    where fate_decided = 'accepted'
),

-- hardly any row is said twice: only those that are need to be put in order
restated_keys as (
    select row_key
    from accepted_rows
    group by row_key
    having count(*) > 1
),

restated_rows as (
    select accepted_rows.*
    from accepted_rows
    inner join restated_keys on accepted_rows.row_key = restated_keys.row_key
),

compared_with_previous as (
    select
        *,
        case
            when content_key = lag(content_key) over (
                partition by row_key
                order by received_at, sha256, row_id
            ) then 1
            else 0
        end as says_the_same
    from restated_rows
),

compared_with_later as (
    select
        row_id,
        says_the_same,
        sum(1 - says_the_same) over (
            partition by row_key
            order by received_at, sha256, row_id
            rows between 1 following and unbounded following
        ) as later_restatements
    from compared_with_previous
),

final as (
    select
        known_rows.row_id,
        known_rows.sha256,
        known_rows.form,
        known_rows.scheme,
        known_rows.sheet_index,
        known_rows.row_number,
        known_rows.agent_code,
        known_rows.head_month,
        known_rows.received_at,
        known_rows.night,
        known_rows.section,
        known_rows.fate_in_file,
        known_rows.fate_decided,
        known_rows.fate_in_file = 'held' and known_rows.fate_decided = 'accepted' as is_released,
        case
            when known_rows.fate_decided <> 'accepted' then known_rows.fate_decided
            when compared_with_later.says_the_same = 1 then 'duplicate'
            when compared_with_later.later_restatements > 0 then 'superseded'
            else 'accepted'
        end as fate,
        known_rows.amount_vnd,
        known_rows.bhxh_number,
        known_rows.months,
        known_rows.from_month,
        known_rows.participant_vnd,
        known_rows.state_support_vnd,
        coalesce(known_rows.is_cancellation, false) as is_cancellation,
        known_rows.commune_code
    from known_rows
    left join compared_with_later on known_rows.row_id = compared_with_later.row_id
)

select * from final
