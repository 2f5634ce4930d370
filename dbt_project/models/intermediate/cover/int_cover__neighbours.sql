with spans as (
    select * from {{ ref('int_cover__spans') }}
),

final as (
    select
        bhxh_number,
        place_number,
        months_paid,
        from_month,
        until_month,
        {{ neighbours_of_a_person() }}
    from spans
)

select * from final
