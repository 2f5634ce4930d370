with source as (
    select * from {{ source('raw', 'ref_officers') }}
),

renamed as (
    select
        reference_sha256,
        officer_code,
        commune_code,
        officer_name,
        valid_from,
        valid_to
    from source
)

select * from renamed
