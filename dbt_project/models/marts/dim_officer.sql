with officers as (
    select * from {{ ref('stg_reference__officers') }}
),

newest_reference as (
    select * from {{ ref('int_reference__newest') }}
),

final as (
    select
        officers.officer_code,
        officers.commune_code,
        officers.valid_from,
        officers.valid_to,
        officers.officer_name
    from officers
    inner join newest_reference on officers.reference_sha256 = newest_reference.reference_sha256
)

select * from final
