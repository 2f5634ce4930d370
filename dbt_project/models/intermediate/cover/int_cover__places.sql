with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

places as (
    select distinct
        commune_key,
        agent_code,
        place_basis
    from placed_rows
    where section = 'I.1'
),

-- numbers in place of texts: each payment carries its own and its neighbour's; the post is the agent in the commune, however that is known
final as (
    select
        cast(row_number() over (order by commune_key, agent_code, place_basis) as integer) as place_number,
        cast(dense_rank() over (order by commune_key, agent_code) as integer) as post_number,
        commune_key,
        agent_code,
        place_basis
    from places
)

select * from final
