with keyed as (
    select
        {{ dbt.concat(["commune_code", "'@'", "cast(valid_from as " ~ dbt.type_string() ~ ")"]) }} as commune_key,
        commune_code,
        valid_from,
        valid_to,
        cast(coalesce({{ dbt.dateadd('day', 1, 'valid_to') }}, cast('9999-12-31' as date)) as date) as valid_until,
        commune_name,
        unit_type,
        district_code,
        district_name,
        province_code,
        successor_code,
        source,
        certainty,
        row_number() over (partition by commune_code order by valid_from) as epoch_number,
        lead(valid_from) over (partition by commune_code order by valid_from) as next_valid_from
    from {{ ref('communes') }} as communes
),

final as (
    select
        keyed.commune_key,
        cast(row_number() over (order by keyed.commune_key) as integer) as commune_number,
        keyed.commune_code,
        keyed.valid_from,
        keyed.valid_to,
        keyed.valid_until,
        -- what a code means on a day outside its validity: the latest epoch before it, else the
        -- first
        case when keyed.epoch_number = 1 then cast('1900-01-01' as date) else keyed.valid_from end as applies_from,
        coalesce(keyed.next_valid_from, cast('9999-12-31' as date)) as applies_until,
        keyed.commune_name,
        keyed.unit_type,
        keyed.district_code,
        keyed.district_name,
        keyed.province_code,
        keyed.successor_code,
        successors.commune_key as successor_key,
        keyed.source,
        keyed.certainty
    from keyed
    left join keyed as successors
        on keyed.successor_code = successors.commune_code
        and keyed.valid_until = successors.valid_from
)

select * from final
