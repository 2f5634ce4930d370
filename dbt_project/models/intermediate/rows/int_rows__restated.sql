with batch_rows as (
    -- a batch: one agent, number and month of the head; without a number nothing tells one batch
    -- from another
    select
        sheet_rows.row_id,
        sheet_rows.row_key,
        sheet_rows.sha256,
        sheet_rows.received_at,
        sheet_rows.agent_code,
        sheet_rows.batch_number,
        sheet_rows.head_month,
        sheet_rows.section,
        sheet_rows.bhxh_number,
        coalesce(sheet_rows.from_month, -1) as from_month,
        coalesce(sheet_rows.months, -1) as months,
        coalesce(sheet_rows.is_cancellation, false) as is_cancellation
    from {{ ref('stg_intake__sheet_rows') }} as sheet_rows
    left join {{ ref('int_rows__decided') }} as decided_rows on sheet_rows.row_id = decided_rows.row_id
    where
        sheet_rows.night <= (select max(known_on) from {{ ref('stg_ops__reporting_dates') }})
        and coalesce(decided_rows.fate, sheet_rows.fate_in_file) = 'accepted'
        and sheet_rows.form like 'd05-ts/%'
        and sheet_rows.agent_code is not null
        and sheet_rows.batch_number is not null
        and sheet_rows.head_month is not null
        and sheet_rows.section is not null
        and sheet_rows.bhxh_number is not null
),

-- hardly any batch is sent twice: only its people are compared
people_restated as (
    select
        agent_code,
        batch_number,
        head_month,
        section,
        bhxh_number
    from batch_rows
    group by agent_code, batch_number, head_month, section, bhxh_number
    having min(sha256) <> max(sha256)
),

stated as (
    select
        batch_rows.*,
        first_value(batch_rows.sha256) over (
            partition by
                batch_rows.agent_code,
                batch_rows.batch_number,
                batch_rows.head_month,
                batch_rows.section,
                batch_rows.bhxh_number
            order by batch_rows.received_at, batch_rows.sha256
        ) as first_sha256
    from batch_rows
    inner join people_restated
        on batch_rows.agent_code = people_restated.agent_code
        and batch_rows.batch_number = people_restated.batch_number
        and batch_rows.head_month = people_restated.head_month
        and batch_rows.section = people_restated.section
        and batch_rows.bhxh_number = people_restated.bhxh_number
),

pairs as (
    -- each row of a person in a later sheet of the batch, beside each of the same person in the
    -- first
    select
        later_rows.row_id,
        later_rows.sha256,
        later_rows.bhxh_number,
        later_rows.is_cancellation,
        first_rows.row_id as first_row_id,
        first_rows.row_key as first_row_key,
        first_rows.from_month as first_from_month,
        first_rows.months as first_months,
        later_rows.from_month = first_rows.from_month and later_rows.months = first_rows.months as is_said_again
    from stated as later_rows
    inner join stated as first_rows
        on later_rows.agent_code = first_rows.agent_code
        and later_rows.batch_number = first_rows.batch_number
        and later_rows.head_month = first_rows.head_month
        and later_rows.section = first_rows.section
        and later_rows.bhxh_number = first_rows.bhxh_number
    where
        later_rows.sha256 <> later_rows.first_sha256
        and first_rows.sha256 = first_rows.first_sha256
),

same_rows as (
    select distinct row_id
    from pairs
    where is_said_again
),

-- what the later sheet says again, or cancels itself, is not replaced by another row of it
settled as (
    select
        sha256,
        first_row_id
    from pairs
    where is_said_again

    union distinct

    select
        pairs.sha256,
        pairs.first_row_id
    from pairs
    inner join batch_rows
        on pairs.sha256 = batch_rows.sha256
        and pairs.bhxh_number = batch_rows.bhxh_number
        and pairs.first_from_month = batch_rows.from_month
        and pairs.first_months = batch_rows.months
    where batch_rows.is_cancellation
),

ranked as (
    select
        pairs.row_id,
        pairs.first_row_id,
        pairs.first_row_key,
        row_number() over (partition by pairs.row_id order by pairs.first_row_id) as rank_of_first
    from pairs
    left join same_rows on pairs.row_id = same_rows.row_id
    left join settled
        on pairs.sha256 = settled.sha256
        and pairs.first_row_id = settled.first_row_id
    where
        not pairs.is_cancellation
        and same_rows.row_id is null
        and settled.sha256 is null
),

final as (
    select
        row_id,
        first_row_id,
        first_row_key
    from ranked
    where rank_of_first = 1
)

select * from final
