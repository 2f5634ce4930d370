with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

agents as (
    select * from {{ ref('int_agents__numbers') }}
),

places as (
    select distinct
        place_number,
        {{ post_number_of('place_number') }} as post_number
    from placed_rows
    where
        section = 'I.1'
        and place_number is not null
),

final as (
    select
        places.place_number,
        places.post_number,
        epochs.commune_key,
        agents.agent_code,
        {{ place_basis_of('places.place_number') }} as place_basis
    from places
    inner join epochs on {{ commune_number_of('places.post_number') }} = epochs.commune_number
    inner join agents on {{ agent_number_of('places.post_number') }} = agents.agent_number
)

select * from final
