{# One round per merger in a row, as many as int_communes__on_reporting_dates follows. #}
{%- set rounds = [1, 2, 3] -%}

with epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

population as (
    select known.*
    from {{ ref('stg_reference__population') }} as known
    inner join {{ ref('int_reference__newest') }} as newest_reference
        on known.reference_sha256 = newest_reference.reference_sha256
),

-- populations and targets as stated, of which the newest by the reporting date counts
statements as (
    {%- for measure in ['population', 'working_age_population', 'compulsory_participants'] %}
    select
        reporting_dates.reporting_date,
        '{{ measure }}' as measure,
        population.commune_code,
        population.as_of as stated_on,
        population.{{ measure }} as people,
        cast(null as {{ dbt.type_string() }}) as basis
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join population on reporting_dates.reporting_date >= population.as_of

    union all
    {% endfor %}
    select
        reporting_date,
        {{ dbt.concat(["period_kind", "'_target'"]) }} as measure,
        holder_code as commune_code,
        holder_code_read_on as stated_on,
        people,
        target_basis as basis
    from {{ ref('int_targets__on_reporting_dates') }}
    where holder_type = 'commune'
),

ranked as (
    select
        statements.reporting_date,
        statements.measure,
        epochs.commune_key,
        statements.people,
        statements.basis,
        row_number() over (
            partition by statements.reporting_date, statements.measure, epochs.commune_key
            order by statements.stated_on desc
        ) as rank_from_newest
    from statements
    inner join epochs
        on statements.commune_code = epochs.commune_code
        and statements.stated_on >= epochs.applies_from
        and statements.stated_on < epochs.applies_until
    where statements.people is not null
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
    from ranked
    where rank_from_newest = 1
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
