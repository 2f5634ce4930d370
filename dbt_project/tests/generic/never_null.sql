{# Columns that are always known, of a table without a key; one query for all. #}
{% test never_null(model, columns) %}

select *
from {{ model }}
where {{ columns | join(' is null or ') }} is null

{% endtest %}
