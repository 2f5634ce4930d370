with spans as (
    select * from {{ ref('int_cover__spans') }}
),

final as (
    select
        person_number,
        place_number,
        months_paid,
        from_month,
        until_month,
        {{ neighbours_of_a_person('from_month') }}
    from spans
    where not is_plain
)

select * from final
