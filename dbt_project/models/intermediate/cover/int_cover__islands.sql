{{ config(materialized='view') }}

with neighbours as (
    select * from {{ ref('int_cover__neighbours') }}
),

overlapping_people as (
    select * from {{ ref('int_cover__overlapping_people') }}
),

untangled as (
    select * from {{ ref('int_cover__untangled') }}
),

final as (
    select
        neighbours.person_number,
        neighbours.place_number,
        neighbours.months_paid,
        neighbours.from_month as paid_from_month,
        neighbours.until_month as paid_until_month,
        neighbours.from_month,
        neighbours.until_month,
        neighbours.previous_until_month,
        neighbours.previous_place_number,
        neighbours.next_from_month,
        neighbours.next_earliest_from_month
    from neighbours
    left join overlapping_people on neighbours.person_number = overlapping_people.person_number
    where overlapping_people.person_number is null

    union all

    select
        person_number,
        place_number,
        months_paid,
        paid_from_month,
        paid_until_month,
        from_month,
        until_month,
        previous_until_month,
        previous_place_number,
        next_from_month,
        next_earliest_from_month
    from untangled
)

select * from final
