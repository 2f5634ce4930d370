{#
    The grain, and the columns that are always known: no two rows share `columns` (NULLs count as one value), and none of `never_null` is NULL.
    One question for both, because a test costs dbt the same whatever it asks, and more than the asking. A row found says how many rows it stands for and how often each column was NULL.
#}
{% test one_row_per(model, columns, never_null=[]) %}

select
    {{ columns | join(', ') }},
    {%- for column in never_null %}
    count(*) - count({{ column }}) as {{ column }}_is_null,
    {%- endfor %}
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1{% for column in never_null %} or count({{ column }}) < count(*){% endfor %}

{% endtest %}
