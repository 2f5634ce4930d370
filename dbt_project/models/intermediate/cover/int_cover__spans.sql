{{ config(materialized='view') }}

with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

people as (
    select * from {{ ref('int_cover__people') }}
),

reductions as (
    -- a II.1 row ends what began before its month; what began before an earlier one, that one has ended
    select
        person_number,
        month,
        coalesce(lag(month) over (partition by person_number order by month), 0) as after_month
    from {{ ref('int_cover__reductions') }}
),

cancellations as (
    select payment_row_id
    from {{ ref('int_cover__cancellations') }}
    where payment_row_id is not null
),

payments as (
    select
        placed_rows.row_id,
        placed_rows.night,
        placed_rows.received_at,
        placed_rows.form,
        placed_rows.person_number,
        people.is_plain,
        placed_rows.place_number,
        placed_rows.months as months_paid,
        placed_rows.from_month,
        placed_rows.from_month + placed_rows.months as until_month
    from placed_rows
    inner join people on placed_rows.person_number = people.person_number
    where
        placed_rows.section = 'I.1'
        and placed_rows.place_number is not null
        and placed_rows.months > 0
),

final as (
    select *
    from payments
    where is_plain

    union all

    select
        payments.row_id,
        payments.night,
        payments.received_at,
        payments.form,
        payments.person_number,
        payments.is_plain,
        payments.place_number,
        payments.months_paid,
        case
            when payments.from_month < {{ first_month_of_scheme() }} then {{ first_month_of_scheme() }}
            else payments.from_month
        end as from_month,
        case when reductions.month < payments.until_month then reductions.month else payments.until_month end as until_month
    from payments
    left join cancellations on payments.row_id = cancellations.payment_row_id
    left join reductions
        on payments.person_number = reductions.person_number
        and payments.from_month >= reductions.after_month
        and payments.from_month < reductions.month
    where
        not payments.is_plain
        and payments.until_month > {{ first_month_of_scheme() }}
        and cancellations.payment_row_id is null
)

select * from final
