with moves as (
    select
        month,
        previous_place_number,
        place_number,
        place_basis,
        count(*) as people
    from {{ ref('int_person_months__changed') }}
    where change = 'moved'
    group by month, previous_place_number, place_number, place_basis
),

final as (
    select
        moves.month,
        previous_places.commune_key as from_commune_key,
        places.commune_key,
        moves.place_basis,
        cast(sum(moves.people) as bigint) as people
    from moves
    inner join {{ ref('int_places__numbered') }} as previous_places on moves.previous_place_number = previous_places.place_number
    inner join {{ ref('int_places__numbered') }} as places on moves.place_number = places.place_number
    where previous_places.commune_key <> places.commune_key
    group by moves.month, previous_places.commune_key, places.commune_key, moves.place_basis
)

select * from final
