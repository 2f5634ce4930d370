-- Every payment in force gives cover once, for the months it pays less what a reduction ended,
-- unless a cancellation took it: one of the same agent, person, first month and months, received
-- after it. No cancellation goes without while such a payment stands before it.
with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

cancellations as (
    select * from {{ ref('int_cancellations__matched') }}
),

payments as (
    select
        placed_rows.*,
        cancellations.row_id as cancelled_by
    from placed_rows
    left join cancellations on placed_rows.row_id = cancellations.payment_row_id
    where placed_rows.section = 'I.1'
),

spans as (
    select
        row_id,
        count(*) as spans_found
    from {{ ref('int_payments__bounded') }}
    group by row_id
),

pairs as (
    -- each cancellation beside each payment that it could take
    select
        payments.sha256,
        payments.row_id,
        payments.cancelled_by,
        cancelling_rows.row_id as cancellation_row_id
    from payments
    inner join placed_rows as cancelling_rows
        on payments.agent_code = cancelling_rows.agent_code
        and payments.person_number = cancelling_rows.person_number
        and payments.from_month = cancelling_rows.from_month
        and payments.months = cancelling_rows.months
    where
        cancelling_rows.section like 'II.%'
        and cancelling_rows.is_cancellation
        and (
            payments.received_at < cancelling_rows.received_at
            or (payments.received_at = cancelling_rows.received_at and payments.sha256 < cancelling_rows.sha256)
            or (
                payments.sha256 = cancelling_rows.sha256
                and payments.sheet_index * 10000000 + payments.row_number < cancelling_rows.sheet_index * 10000000 + cancelling_rows.row_number
            )
        )
)

select
    substring(payments.sha256, 1, 12) as file_id,
    payments.row_id
from payments
left join spans on payments.row_id = spans.row_id
where
    payments.months > 0
    and payments.from_month + payments.months > {{ first_month_of_scheme() }}
    and coalesce(spans.spans_found, 0) <> case when payments.cancelled_by is null then 1 else 0 end

union all

-- taken by what could not take it
select
    substring(payments.sha256, 1, 12) as file_id,
    payments.row_id
from payments
left join pairs
    on payments.row_id = pairs.row_id
    and payments.cancelled_by = pairs.cancellation_row_id
where
    payments.cancelled_by is not null
    and pairs.row_id is null

union all

-- left standing beside a cancellation that took nothing
select
    substring(pairs.sha256, 1, 12) as file_id,
    pairs.row_id
from pairs
inner join cancellations on pairs.cancellation_row_id = cancellations.row_id
where
    pairs.cancelled_by is null
    and cancellations.payment_row_id is null
