with systems as (
    select stg_systems.*
    from {{ ref('stg_reference__systems') }} as stg_systems
    inner join {{ ref('int_reference__newest') }} as newest_reference on stg_systems.reference_sha256 = newest_reference.reference_sha256
),

final as (
    select
        register.agent_key,
        register.agent_code,
        register.valid_from,
        register.valid_to,
        register.agent_name,
        register.system_code,
        systems.system_name,
        register.collection_point,
        register.commune_code,
        register.commune_key,
        register.village_code,
        register.association_code
    from {{ ref('int_agents__register') }} as register
    left join systems on register.system_code = systems.system_code
)

select * from final
