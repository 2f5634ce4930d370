with changes as (
    select * from {{ ref('int_cover__changes') }}
),

places as (
    select * from {{ ref('int_cover__places') }}
),

final as (
    select
        changes.month,
        places_before.commune_key as from_commune_key,
        places.commune_key,
        places.place_basis,
        cast(count(*) as bigint) as people
    from changes
    inner join places as places_before on changes.from_place_number = places_before.place_number
    inner join places on changes.place_number = places.place_number
    where
        changes.change = 'moved'
        and places_before.commune_key <> places.commune_key
    group by changes.month, places_before.commune_key, places.commune_key, places.place_basis
)

select * from final
