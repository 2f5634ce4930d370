with source as (
    select * from {{ source('raw', 'ref_agents') }}
),

renamed as (
    select
        reference_sha256,
        agent_code,
        system_code,
        commune_code,
        village_code,
        association_code,
        agent_name,
        collection_point,
        valid_from,
        valid_to
    from source
)

select * from renamed
