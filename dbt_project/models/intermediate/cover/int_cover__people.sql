with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

months_in_bits as (
    select {{ first_month_in_bits() }} as first_month
),

payments as (
    -- no bits for a payment that reaches beyond them
    select
        placed_rows.person_number,
        placed_rows.place_number,
        placed_rows.months,
        case
            when
                placed_rows.from_month >= months_in_bits.first_month
                and placed_rows.from_month + placed_rows.months <= months_in_bits.first_month + {{ months_in_bits() }}
                then
                    {{ month_bit('placed_rows.from_month + placed_rows.months', 'months_in_bits.first_month') }}
                    - {{ month_bit('placed_rows.from_month', 'months_in_bits.first_month') }}
        end as month_bits
    from placed_rows
    cross join months_in_bits
    where
        placed_rows.section = 'I.1'
        and placed_rows.person_number is not null
        and placed_rows.place_number is not null
        and placed_rows.months > 0
),

people_with_less as (
    select distinct person_number
    from placed_rows
    where section like 'II.%'
),

merged as (
    select
        person_number,
        min(place_number) as place_number,
        max(place_number) as last_place_number,
        min(months) as months_paid,
        max(months) as last_months_paid,
        bit_or(month_bits) as month_bits,
        -- a bit that two payments share is added twice
        sum(month_bits) as added_bits,
        count(*) as payments,
        count(month_bits) as payments_in_bits
    from payments
    group by person_number
),

final as (
    select
        merged.person_number,
        merged.place_number,
        merged.months_paid,
        merged.month_bits,
        people_with_less.person_number is null
        and merged.place_number = merged.last_place_number
        and merged.months_paid = merged.last_months_paid
        and merged.payments = merged.payments_in_bits
        and merged.added_bits = merged.month_bits as is_plain
    from merged
    left join people_with_less on merged.person_number = people_with_less.person_number
)

select * from final
