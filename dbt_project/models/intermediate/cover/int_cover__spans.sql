{{ config(materialized='view') }}

with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

reductions as (
    -- a II.1 row ends what began before its month; what began before an earlier one, that one has ended
    select
        bhxh_number,
        month,
        coalesce(lag(month) over (partition by bhxh_number order by month), 0) as after_month
    from {{ ref('int_cover__reductions') }}
),

places as (
    select * from {{ ref('int_cover__places') }}
),

cancellations as (
    select distinct
        bhxh_number,
        from_month,
        months
    from placed_rows
    where
        section like 'II.%'
        and is_cancellation
),

final as (
    select
        payments.row_id,
        payments.night,
        payments.received_at,
        payments.form,
        payments.bhxh_number,
        places.place_number,
        payments.months as months_paid,
        case
            when payments.from_month < {{ first_month_of_scheme() }} then {{ first_month_of_scheme() }}
            else payments.from_month
        end as from_month,
        case
            when reductions.month < payments.from_month + payments.months then reductions.month
            else payments.from_month + payments.months
        end as until_month
    from placed_rows as payments
    inner join places
        on payments.commune_key = places.commune_key
        and payments.agent_code = places.agent_code
        and payments.place_basis = places.place_basis
    left join cancellations
        on payments.bhxh_number = cancellations.bhxh_number
        and payments.from_month = cancellations.from_month
        and payments.months = cancellations.months
    left join reductions
        on payments.bhxh_number = reductions.bhxh_number
        and payments.from_month >= reductions.after_month
        and payments.from_month < reductions.month
    where
        payments.section = 'I.1'
        and payments.bhxh_number is not null
        and payments.from_month + payments.months > {{ first_month_of_scheme() }}
        and payments.months > 0
        and cancellations.bhxh_number is null
)

select * from final
