-- Every key that a mart declares (its contract's foreign keys) stands in the dimension, once. One answer for each key that does not.
-- depends_on: {{ ref('dim_agent') }}, {{ ref('dim_association') }}, {{ ref('dim_commune') }}, {{ ref('dim_date') }}, {{ ref('dim_month') }}
-- depends_on: {{ ref('dim_officer') }}, {{ ref('dim_officer_person') }}, {{ ref('dim_rule') }}
-- depends_on: {{ ref('fct_cohorts') }}, {{ ref('fct_control_totals') }}, {{ ref('fct_participation_by_commune_month') }}
-- depends_on: {{ ref('fct_rejections') }}, {{ ref('fct_renewals') }}, {{ ref('fct_submissions') }}, {{ ref('fct_targets') }}
-- depends_on: {{ ref('kpi_by_agent') }}, {{ ref('kpi_by_association') }}, {{ ref('kpi_by_commune') }}, {{ ref('kpi_by_district') }}
-- depends_on: {{ ref('kpi_by_officer') }}, {{ ref('kpi_by_system') }}
{%- set keys = declared_keys() %}
{%- for key in keys %}

select
    '{{ key.table }}' as table_name,
    '{{ key.column }}' as key_name,
    count(*) as rows_found
from {{ ref(key.table) }} as facts
left join (
    select
        {{ key.to_column }} as key_found,
        count(*) as times_found
    from {{ ref(key.to_table) }}
    group by {{ key.to_column }}
) as dimension on facts.{{ key.column }} = dimension.key_found
where
    facts.{{ key.column }} is not null
    and (dimension.times_found is null or dimension.times_found > 1)
having count(*) > 0
{%- if not loop.last %}

union all
{%- endif %}
{%- endfor %}
{%- if not keys %}
select 1 as parsing
{%- endif %}
