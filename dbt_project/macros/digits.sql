{# A subquery of the ten digits: a spine of numbers without an engine's own generate_series. #}
{% macro digits() -%}
    (
        {%- for digit in range(10) %}
        select {{ digit }} as digit{% if not loop.last %} union all{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
