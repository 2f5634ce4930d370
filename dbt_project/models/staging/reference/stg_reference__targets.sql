with source as (
    select * from {{ source('raw', 'ref_targets') }}
),

renamed as (
    select
        reference_sha256,
        period as target_period,
        holder_type,
        holder_code,
        basis as target_basis,
        source as target_source,
        cast(people as bigint) as people,
        decided_on
    from source
)

select * from renamed
