{{ config(materialized='view') }}

with islands as (
    select * from {{ ref('int_cover__islands') }}
),

spans as (
    select * from {{ ref('int_cover__spans') }}
),

people as (
    select * from {{ ref('int_cover__people') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

plain_people as (
    select
        *,
        {{ first_month_in_bits() }} as first_month
    from people
    where is_plain
),

final as (
    select
        person_number,
        place_number,
        months_paid,
        paid_from_month,
        paid_until_month,
        from_month,
        until_month,
        coalesce(next_from_month = until_month, false) as is_followed,
        next_from_month is null as is_last,
        coalesce(next_from_month = until_month and next_earliest_from_month < until_month, false) as is_inside_another
    from islands

    union all

    select
        spans.person_number,
        spans.place_number,
        spans.months_paid,
        spans.from_month as paid_from_month,
        spans.until_month as paid_until_month,
        spans.from_month,
        spans.until_month,
        plain_people.month_bits & {{ month_bit('spans.until_month', 'plain_people.first_month') }} <> 0 as is_followed,
        plain_people.month_bits < {{ month_bit('spans.until_month', 'plain_people.first_month') }} as is_last,
        false as is_inside_another
    from spans
    inner join plain_people on spans.person_number = plain_people.person_number
    where spans.is_plain
)

select * from final
