with source as (
    select * from {{ source('raw', 'ref_associations') }}
),

renamed as (
    select
        reference_sha256,
        association_code,
        commune_code,
        association_name,
        valid_from,
        valid_to
    from source
)

select * from renamed
