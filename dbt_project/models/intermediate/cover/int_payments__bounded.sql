{{ config(materialized='view') }}

with payments as (
    select
        row_id,
        night,
        received_at,
        form,
        person_number,
        place_number,
        commune_key,
        place_basis,
        months as months_paid,
        from_month as paid_from_month,
        from_month + months as paid_until_month,
        case when from_month < {{ first_month_of_scheme() }} then {{ first_month_of_scheme() }} else from_month end as from_month
    from {{ ref('int_rows__placed') }}
    where
        section = 'I.1'
        and person_number is not null
        and place_number is not null
        and months > 0
        and from_month + months > {{ first_month_of_scheme() }}
),

-- hardly any two payments of a person begin in one month: only those are put in order
repeated_starts as (
    select
        person_number,
        from_month
    from payments
    group by person_number, from_month
    having count(*) > 1
),

ranked as (
    select
        payments.row_id,
        row_number() over (
            partition by payments.person_number, payments.from_month
            -- the key of a row begins with the hash of its file
            order by payments.night, payments.row_id
        ) as rank_from_first
    from payments
    inner join repeated_starts
        on payments.person_number = repeated_starts.person_number
        and payments.from_month = repeated_starts.from_month
),

left_months as (
    -- who left in a month ends what began before it; what began before an earlier one, that one has
    -- ended
    select
        person_number,
        month,
        coalesce(lag(month) over (partition by person_number order by month), 0) as after_month
    from {{ ref('int_people__left') }}
),

cancelled as (
    select payment_row_id
    from {{ ref('int_cancellations__matched') }}
    where payment_row_id is not null
),

final as (
    select
        payments.row_id,
        payments.night,
        payments.received_at,
        payments.form,
        payments.person_number,
        payments.place_number,
        payments.commune_key,
        payments.place_basis,
        payments.months_paid,
        payments.from_month,
        case when left_months.month < payments.paid_until_month then left_months.month else payments.paid_until_month end as until_month,
        -- month and rank in one number: of 49,999 payments that begin in one month none reaches
        -- into the next, and an integer holds it
        cast(payments.from_month * 50000 + coalesce(ranked.rank_from_first, 0) as integer) as precedence
    from payments
    left join ranked on payments.row_id = ranked.row_id
    left join cancelled on payments.row_id = cancelled.payment_row_id
    left join left_months
        on payments.person_number = left_months.person_number
        and payments.paid_from_month >= left_months.after_month
        and payments.paid_from_month < left_months.month
    where cancelled.payment_row_id is null
)

select * from final
