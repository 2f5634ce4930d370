with numbered as (
    select
        agents.*,
        row_number() over (partition by agents.agent_code order by agents.valid_from) as entry_number,
        lead(agents.valid_from) over (partition by agents.agent_code order by agents.valid_from) as next_valid_from
    from {{ ref('stg_reference__agents') }} as agents
    inner join {{ ref('int_reference__newest') }} as newest_reference on agents.reference_sha256 = newest_reference.reference_sha256
),

final as (
    select
        {{ dated_key('numbered.agent_code', 'numbered.valid_from') }} as agent_key,
        numbered.agent_code,
        numbered.valid_from,
        numbered.valid_to,
        -- which entry applies to a day: the latest that had begun, else the first
        case when numbered.entry_number = 1 then cast('1900-01-01' as date) else numbered.valid_from end as applies_from,
        coalesce(numbered.next_valid_from, cast('9999-12-31' as date)) as applies_until,
        numbered.agent_name,
        numbered.system_code,
        numbered.collection_point,
        numbered.commune_code,
        epochs.commune_key,
        epochs.commune_number,
        numbered.village_code,
        numbered.association_code
    from numbered
    left join {{ ref('int_communes__epochs') }} as epochs
        on numbered.commune_code = epochs.commune_code
        and numbered.valid_from >= epochs.applies_from
        and numbered.valid_from < epochs.applies_until
)

select * from final
