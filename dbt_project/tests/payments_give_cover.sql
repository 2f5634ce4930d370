-- Every payment in force that is not cancelled gives cover, for the months it pays less what a reduction ended, once.
with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

cancelled as (
    select distinct payments.row_id
    from placed_rows as payments
    inner join placed_rows as cancellations
        on payments.person_number = cancellations.person_number
        and payments.from_month = cancellations.from_month
        and payments.months = cancellations.months
    where
        cancellations.section like 'II.%'
        and cancellations.is_cancellation
),

payments as (
    select
        placed_rows.sha256,
        placed_rows.row_id
    from placed_rows
    left join cancelled on placed_rows.row_id = cancelled.row_id
    where
        placed_rows.section = 'I.1'
        and placed_rows.months > 0
        and placed_rows.from_month + placed_rows.months > {{ first_month_of_scheme() }}
        and cancelled.row_id is null
),

spans as (
    select
        row_id,
        count(*) as spans_found
    from {{ ref('int_cover__spans') }}
    group by row_id
)

select
    substring(payments.sha256, 1, 12) as file_id,
    payments.row_id
from payments
left join spans on payments.row_id = spans.row_id
where coalesce(spans.spans_found, 0) <> 1
