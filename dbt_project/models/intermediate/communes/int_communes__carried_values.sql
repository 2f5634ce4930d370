{# One round per merger in a row, as many as int_communes__successions follows. #}
{%- set rounds = [1, 2, 3] -%}

with epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

predecessor_counts as (
    select
        successor_key as commune_key,
        count(*) as predecessors
    from epochs
    where successor_key is not null
    group by successor_key
),

round_0 as (
    select
        reporting_date,
        measure,
        commune_key,
        people,
        basis
    from {{ ref('int_communes__stated_values') }}
),

{% for round in rounds -%}
sums_{{ round }} as (
    -- a sum stands only when every predecessor has a value and all have the same basis
    select
        parts.reporting_date,
        parts.measure,
        epochs.successor_key as commune_key,
        cast(sum(parts.people) as bigint) as people,
        min(parts.basis) as basis
    from round_{{ round - 1 }} as parts
    inner join epochs on parts.commune_key = epochs.commune_key
    inner join predecessor_counts on epochs.successor_key = predecessor_counts.commune_key
    group by parts.reporting_date, parts.measure, epochs.successor_key, predecessor_counts.predecessors
    having
        count(*) = predecessor_counts.predecessors
        and coalesce(min(parts.basis), '') = coalesce(max(parts.basis), '')
        and count(parts.basis) in (0, count(*))
),

round_{{ round }} as (
    select * from round_{{ round - 1 }}

    union all

    select sums_{{ round }}.*
    from sums_{{ round }}
    left join round_{{ round - 1 }} as own
        on sums_{{ round }}.reporting_date = own.reporting_date
        and sums_{{ round }}.measure = own.measure
        and sums_{{ round }}.commune_key = own.commune_key
    where own.commune_key is null
),

{% endfor -%}
final as (
    select
        reporting_date,
        measure,
        commune_key,
        people,
        basis
    from round_{{ rounds | last }}
)

select * from final
