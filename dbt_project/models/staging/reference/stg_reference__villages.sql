with source as (
    select * from {{ source('raw', 'ref_villages') }}
),

renamed as (
    select
        reference_sha256,
        village_code,
        commune_code,
        village_name,
        valid_from,
        valid_to
    from source
)

select * from renamed
