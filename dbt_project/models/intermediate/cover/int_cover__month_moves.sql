with changes as (
    select * from {{ ref('int_cover__changes') }}
),

final as (
    select
        month,
        from_commune_key,
        commune_key,
        place_basis,
        cast(count(*) as bigint) as people
    from changes
    where
        change = 'moved'
        and from_commune_key <> commune_key
    group by month, from_commune_key, commune_key, place_basis
)

select * from final
