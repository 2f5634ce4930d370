with source as (
    select * from {{ source('raw', 'ref_versions') }}
),

renamed as (
    select
        reference_sha256,
        night,
        received_at
    from source
)

select * from renamed
