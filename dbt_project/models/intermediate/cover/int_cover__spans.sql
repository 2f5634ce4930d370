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
        payments.bhxh_number,
        payments.commune_key,
        payments.place_basis,
        payments.agent_code,
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
