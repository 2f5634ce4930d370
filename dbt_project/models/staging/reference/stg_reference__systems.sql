with source as (
    select * from {{ source('raw', 'ref_systems') }}
),

renamed as (
    select
        reference_sha256,
        system_code,
        system_name
    from source
)

select * from renamed
