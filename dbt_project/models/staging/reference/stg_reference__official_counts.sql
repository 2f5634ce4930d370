with source as (
    select * from {{ source('raw', 'ref_official_counts') }}
),

renamed as (
    select
        reference_sha256,
        commune_code,
        district_code,
        source as count_source,
        cast(month as integer) as month,
        cast(participants as bigint) as official_participants
    from source
)

select * from renamed
