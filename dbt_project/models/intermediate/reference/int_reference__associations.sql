with associations as (
    select * from {{ ref('stg_reference__associations') }}
),

newest_reference as (
    select * from {{ ref('int_reference__newest') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

final as (
    select
        associations.association_code,
        associations.association_name,
        associations.commune_code,
        epochs.commune_key,
        associations.valid_from,
        associations.valid_to
    from associations
    inner join newest_reference on associations.reference_sha256 = newest_reference.reference_sha256
    left join epochs
        on associations.commune_code = epochs.commune_code
        and associations.valid_from >= epochs.means_from
        and associations.valid_from < epochs.means_before
)

select * from final
