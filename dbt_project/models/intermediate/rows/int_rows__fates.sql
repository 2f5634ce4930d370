with known_rows as (
    select
        sheet_rows.*,
        restated_rows.first_row_key,
        -- what a batch sent again says otherwise of a person's months waits for a person to decide
        -- about the row itself
        case
            when restated_rows.row_id is null then null
            when decided_rows.names_the_row and decided_rows.decision = 'release' then 'accepted'
            when decided_rows.decision = 'reject' then 'rejected'
            else 'held'
        end as fate_of_restated,
        -- what people decided comes before what rows say of one another: a row taken back restates
        -- nothing
        coalesce(decided_rows.fate, sheet_rows.fate_in_file) as fate_decided
    from {{ ref('stg_intake__sheet_rows') }} as sheet_rows
    left join {{ ref('int_rows__decided') }} as decided_rows on sheet_rows.row_id = decided_rows.row_id
    left join {{ ref('int_rows__restated') }} as restated_rows on sheet_rows.row_id = restated_rows.row_id
    where sheet_rows.night <= (select max(known_on) from {{ ref('stg_ops__reporting_dates') }})
),

accepted_rows as (
    select
        row_id,
        sha256,
        received_at,
        content_key,
        -- released, it stands for the row of the first sheet
        coalesce(first_row_key, row_key, row_id) as row_key
    from known_rows
    where
        fate_decided = 'accepted'
        and coalesce(fate_of_restated, 'accepted') = 'accepted'
),

-- hardly any row is said twice: only those that are need to be put in order
repeated_keys as (
    select row_key
    from accepted_rows
    group by row_key
    having count(*) > 1
),

repeated_rows as (
    select accepted_rows.*
    from accepted_rows
    inner join repeated_keys on accepted_rows.row_key = repeated_keys.row_key
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
    from repeated_rows
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
        known_rows.fate_decided = 'accepted'
        and (known_rows.fate_in_file = 'held' or coalesce(known_rows.fate_of_restated = 'accepted', false)) as is_released,
        case
            when known_rows.fate_decided <> 'accepted' then known_rows.fate_decided
            when known_rows.fate_of_restated <> 'accepted' then known_rows.fate_of_restated
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
