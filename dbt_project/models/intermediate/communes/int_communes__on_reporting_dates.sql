{# Mergers in a row that are followed; a test fails when a chain is longer. #}
{%- set hops = [1, 2, 3] -%}

with epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

hop_0 as (
    select
        commune_key,
        commune_key as then_commune_key,
        successor_key,
        valid_from,
        valid_until
    from epochs
),

{% for hop in hops -%}
hop_{{ hop }} as (
    select
        hop_{{ hop - 1 }}.commune_key,
        epochs.commune_key as then_commune_key,
        epochs.successor_key,
        epochs.valid_from,
        epochs.valid_until
    from hop_{{ hop - 1 }}
    inner join epochs
        on hop_{{ hop - 1 }}.successor_key = epochs.commune_key
),

{% endfor -%}
before_it_existed as (
    -- a row told to a later commune, seen on an earlier date: the commune that carried the same
    -- code then
    select
        epochs.commune_key,
        earlier.commune_key as then_commune_key,
        epochs.commune_key as successor_key,
        earlier.valid_from,
        earlier.valid_until
    from epochs
    inner join epochs as earlier
        on epochs.commune_code = earlier.commune_code
        and epochs.valid_from > earlier.valid_from
),

successions as (
    select * from hop_0
    {%- for hop in hops %}
    union all
    select * from hop_{{ hop }}
    {%- endfor %}
    union all
    select * from before_it_existed
),

final as (
    select
        reporting_dates.reporting_date,
        successions.commune_key,
        successions.then_commune_key
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join successions
        on reporting_dates.reporting_date >= successions.valid_from
        and reporting_dates.reporting_date < successions.valid_until
)

select * from final
