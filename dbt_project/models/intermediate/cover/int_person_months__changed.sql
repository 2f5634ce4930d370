with payments as (
    select
        person_number,
        place_number,
        place_basis,
        months_paid,
        from_month,
        until_month,
        precedence
    from {{ ref('int_payments__bounded') }}
    where until_month > from_month
),

lengths as (
    select distinct until_month - from_month as length
    from payments
),

-- a payment of three months speaks of four: those that it covers, and the first that it does not
months_of_length as (
    select
        lengths.length,
        months.month - {{ first_month_of_scheme() }} as months_after
    from lengths
    inner join {{ ref('int_calendar__months') }} as months
        on months.month - {{ first_month_of_scheme() }} <= lengths.length
),

person_months as (
    -- of several payments over one month, that with the latest first month counts; of two that
    -- begin together, the one received last
    select
        payments.person_number,
        payments.from_month + months_of_length.months_after as month,
        max(case when months_of_length.months_after < months_of_length.length then payments.precedence end) as precedence,
        max(case when months_of_length.months_after > 0 then payments.precedence end) as previous_precedence,
        max(
            case when months_of_length.months_after > 0 and months_of_length.months_after < months_of_length.length then 1 else 0 end
        ) as payments_go_on
    from payments
    inner join months_of_length on payments.until_month - payments.from_month = months_of_length.length
    group by payments.person_number, payments.from_month + months_of_length.months_after
),

changes as (
    select
        person_months.person_number,
        person_months.month,
        person_months.precedence is not null as is_covered,
        person_months.previous_precedence is not null as was_covered,
        person_months.previous_precedence is not null and person_months.payments_go_on = 0 as is_payment_over,
        payments.place_number,
        payments.place_basis,
        payments.months_paid
    from person_months
    left join payments
        on person_months.person_number = payments.person_number
        and person_months.precedence = payments.precedence
    where
        person_months.payments_go_on = 0
        or person_months.precedence <> person_months.previous_precedence
),

with_previous as (
    -- between two changes a person is covered by one payment, or not at all
    select
        *,
        lag(month) over (partition by person_number order by month) as previous_month,
        lag(place_number) over (partition by person_number order by month) as previous_place_number,
        lag(months_paid) over (partition by person_number order by month) as previous_months_paid
    from changes
),

final as (
    select
        with_previous.person_number,
        with_previous.month,
        case
            when not with_previous.is_covered and people_left.person_number is not null then 'left'
            when not with_previous.is_covered then 'not_renewed'
            when with_previous.previous_month is null then 'new'
            when not with_previous.was_covered then 'returned'
            when with_previous.place_number <> with_previous.previous_place_number then 'moved'
            else 'continued'
        end as change,
        with_previous.is_payment_over,
        with_previous.place_number,
        with_previous.previous_place_number,
        with_previous.place_basis,
        with_previous.months_paid,
        with_previous.previous_months_paid
    from with_previous
    left join {{ ref('int_people__left') }} as people_left
        on with_previous.person_number = people_left.person_number
        and with_previous.month = people_left.month
)

select * from final
