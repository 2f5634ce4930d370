-- hardly any payment is cancelled: only those that may be are put in order
with cancelled_kinds as (
    select distinct
        agent_code,
        person_number,
        from_month,
        months
    from {{ ref('int_rows__placed') }}
    where
        section like 'II.%'
        and is_cancellation
),

balanced as (
    -- of one kind of payment: how many stand after each row, each cancellation taking one
    select
        placed_rows.row_id,
        placed_rows.agent_code,
        placed_rows.person_number,
        placed_rows.from_month,
        placed_rows.months,
        placed_rows.received_at,
        placed_rows.sha256,
        placed_rows.sheet_index,
        placed_rows.row_number,
        placed_rows.section like 'II.%' as is_cancellation,
        sum(case when placed_rows.section like 'II.%' then -1 else 1 end) over (
            partition by
                placed_rows.agent_code,
                placed_rows.person_number,
                placed_rows.from_month,
                placed_rows.months
            order by
                placed_rows.received_at,
                placed_rows.sha256,
                placed_rows.sheet_index,
                placed_rows.row_number
        ) as balance
    from {{ ref('int_rows__placed') }} as placed_rows
    inner join cancelled_kinds
        on placed_rows.agent_code = cancelled_kinds.agent_code
        and placed_rows.person_number = cancelled_kinds.person_number
        and placed_rows.from_month = cancelled_kinds.from_month
        and placed_rows.months = cancelled_kinds.months
    -- one CASE, not OR: of an OR the planner of DuckDB expects few rows, and builds its hash table
    -- of all payments
    where
        case
            when placed_rows.section = 'I.1' then true
            when placed_rows.section like 'II.%' then placed_rows.is_cancellation
            else false
        end
),

with_lowest as (
    select
        *,
        min(case when balance < 0 then balance else 0 end) over (
            partition by agent_code, person_number, from_month, months
            order by received_at, sha256, sheet_index, row_number
        ) as lowest_balance
    from balanced
),

with_previous_lowest as (
    select
        *,
        lag(lowest_balance, 1, 0) over (
            partition by agent_code, person_number, from_month, months
            order by received_at, sha256, sheet_index, row_number
        ) as previous_lowest_balance
    from with_lowest
),

stacked as (
    -- a payment and the cancellation that takes it stand at one height of the pile, as a pair of
    -- brackets does; a cancellation that finds the pile empty makes a new lowest balance
    select
        *,
        lowest_balance < previous_lowest_balance as meets_nothing,
        balance - lowest_balance + case when is_cancellation then 1 else 0 end as height
    from with_previous_lowest
),

paired as (
    select
        row_id,
        is_cancellation,
        lag(row_id) over (
            partition by agent_code, person_number, from_month, months, height
            order by received_at, sha256, sheet_index, row_number
        ) as payment_row_id
    from stacked
    where not meets_nothing
),

final as (
    select
        stacked.row_id,
        paired.payment_row_id
    from stacked
    left join paired on stacked.row_id = paired.row_id
    where stacked.is_cancellation
)

select * from final
