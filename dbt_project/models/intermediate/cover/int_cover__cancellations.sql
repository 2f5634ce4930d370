with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

payments_and_cancellations as (
    select
        row_id,
        agent_code,
        person_number,
        from_month,
        months,
        received_at,
        sha256,
        sheet_index,
        row_number,
        section like 'II.%' as is_cancellation
    from placed_rows
    where
        section = 'I.1'
        or (section like 'II.%' and is_cancellation)
),

-- hardly any payment is cancelled: only those that may be are put in order
cancelled_kinds as (
    select distinct
        agent_code,
        person_number,
        from_month,
        months
    from payments_and_cancellations
    where is_cancellation
),

balanced as (
    -- of one kind of payment: how many stand after each row, each cancellation taking one
    select
        payments_and_cancellations.*,
        sum(case when payments_and_cancellations.is_cancellation then -1 else 1 end) over (
            partition by
                payments_and_cancellations.agent_code,
                payments_and_cancellations.person_number,
                payments_and_cancellations.from_month,
                payments_and_cancellations.months
            order by
                payments_and_cancellations.received_at,
                payments_and_cancellations.sha256,
                payments_and_cancellations.sheet_index,
                payments_and_cancellations.row_number
        ) as balance
    from payments_and_cancellations
    inner join cancelled_kinds
        on payments_and_cancellations.agent_code = cancelled_kinds.agent_code
        and payments_and_cancellations.person_number = cancelled_kinds.person_number
        and payments_and_cancellations.from_month = cancelled_kinds.from_month
        and payments_and_cancellations.months = cancelled_kinds.months
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
    -- a payment and the cancellation that takes it stand at one height of the pile, as a pair of brackets does; a cancellation that finds the
    -- pile empty makes a new lowest balance
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
