with source as (
    select * from {{ source('raw', 'ref_population') }}
),

renamed as (
    select
        reference_sha256,
        commune_code,
        source as population_source,
        cast(population as bigint) as population,
        cast(working_age_population as bigint) as working_age_population,
        cast(compulsory_participants as bigint) as compulsory_participants,
        as_of
    from source
)

select * from renamed
