{{ config(materialized='view') }}

with places as (
    select * from {{ ref('int_cover__places') }}
),

final as (
    select distinct
        post_number,
        commune_key,
        agent_code
    from places
)

select * from final
