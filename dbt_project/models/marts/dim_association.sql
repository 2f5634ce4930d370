with associations as (
    select * from {{ ref('int_reference__associations') }}
),

final as (
    select
        association_code,
        valid_from,
        valid_to,
        association_name,
        commune_code,
        commune_key
    from associations
)

select * from final
