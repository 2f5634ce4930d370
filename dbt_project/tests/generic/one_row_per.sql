{#
  The grain, the columns that are always known, and the words that a column may hold: no two rows share `columns` (NULLs
  count as one value), none of `never_null` is NULL, and a column of `one_of` holds one of its values or NULL.
  One query for all three, because a test costs dbt the same whatever it asks, and more than the asking. A row of the
  answer says how many rows it stands for, and how often each column was NULL or held another word.
#}
{% test one_row_per(model, columns, never_null=[], one_of={}) %}

{%- set counts = {} %}
{%- for column in never_null %}
    {%- do counts.update({column ~ '_is_null': 'count(*) - count(' ~ column ~ ')'}) %}
{%- endfor %}
{%- for column, words in one_of.items() %}
    {%- set listed = "'" ~ words | join("', '") ~ "'" %}
    {%- do counts.update({column ~ '_is_another': 'count(case when ' ~ column ~ ' not in (' ~ listed ~ ') then 1 end)'}) %}
{%- endfor %}
select
    {{ columns | join(', ') }},
    {%- for name, counted in counts.items() %}
    {{ counted }} as {{ name }},
    {%- endfor %}
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for counted in counts.values() %}
    or {{ counted }} > 0
    {%- endfor %}

{% endtest %}
