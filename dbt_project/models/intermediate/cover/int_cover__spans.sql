with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

payments as (
    select *
    from placed_rows
    where
        section = 'I.1'
        and bhxh_number is not null
        and from_month + months > {{ first_month_of_scheme() }}
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

standing_payments as (
    select payments.*
    from payments
    left join cancellations
        on payments.bhxh_number = cancellations.bhxh_number
        and payments.from_month = cancellations.from_month
        and payments.months = cancellations.months
    where cancellations.bhxh_number is null
),

ends as (
    select
        standing_payments.row_id,
        min(reductions.month) as ended_in_month
    from standing_payments
    inner join reductions
        on standing_payments.bhxh_number = reductions.bhxh_number
        and standing_payments.from_month < reductions.month
    group by standing_payments.row_id
),

final as (
    select
        standing_payments.row_id,
        standing_payments.sha256,
        standing_payments.night,
        standing_payments.bhxh_number,
        standing_payments.commune_key,
        standing_payments.place_basis,
        standing_payments.agent_code,
        standing_payments.months as months_paid,
        case
            when standing_payments.from_month < {{ first_month_of_scheme() }} then {{ first_month_of_scheme() }}
            else standing_payments.from_month
        end as from_month,
        case
            when ends.ended_in_month < standing_payments.from_month + standing_payments.months then ends.ended_in_month
            else standing_payments.from_month + standing_payments.months
        end as until_month
    from standing_payments
    left join ends on standing_payments.row_id = ends.row_id
)

select * from final
