{{ config(materialized='view') }}

with islands as (
    select * from {{ ref('int_cover__islands') }}
),

people as (
    select * from {{ ref('int_cover__people') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

month_bits as (
    select
        months.month,
        {{ month_bit('months.month', 'first_months.first_month') }} as month_bit
    from months
    cross join (select {{ first_month_in_bits() }} as first_month) as first_months
    where
        months.month >= first_months.first_month
        and months.month <= first_months.first_month + {{ months_in_bits() }}
),

plain_people as (
    -- a bit moved on by one month is the month after: what is in one of both only has begun or stopped
    select
        *,
        (month_bits | (month_bits * 2)) - (month_bits & (month_bits * 2)) as change_bits
    from people
    where is_plain
),

entered as (
    select
        person_number,
        from_month as month,
        case
            when previous_until_month is null then 'new'
            when previous_until_month < from_month then 'returned'
            else 'moved'
        end as change,
        place_number,
        case when previous_until_month = from_month then previous_place_number end as from_place_number,
        months_paid
    from islands
    where
        previous_until_month is null
        or previous_until_month < from_month
        or previous_place_number <> place_number
),

stopped as (
    -- who stops does so in the commune of the month before
    select
        islands.person_number,
        islands.until_month as month,
        case when reductions.person_number is not null then 'left' else 'not_renewed' end as change,
        islands.place_number,
        cast(null as bigint) as from_place_number,
        islands.months_paid
    from islands
    left join reductions
        on islands.person_number = reductions.person_number
        and islands.until_month = reductions.month
    where
        islands.next_from_month is null
        or islands.next_from_month > islands.until_month
),

final as (
    select
        plain_people.person_number,
        month_bits.month,
        case
            when plain_people.month_bits & month_bits.month_bit = 0 then 'not_renewed'
            when plain_people.month_bits & (month_bits.month_bit - 1) = 0 then 'new'
            else 'returned'
        end as change,
        plain_people.place_number,
        cast(null as bigint) as from_place_number,
        plain_people.months_paid
    from plain_people
    inner join month_bits on plain_people.change_bits & month_bits.month_bit <> 0

    union all

    select * from entered

    union all

    select * from stopped
)

select * from final
