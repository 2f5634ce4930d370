with neighbours as (
    select * from {{ ref('int_cover__neighbours') }}
),

final as (
    select distinct person_number
    from neighbours
    where from_month < previous_until_month
)

select * from final
