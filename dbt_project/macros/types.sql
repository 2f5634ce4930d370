{# Eight bytes: dbt's own type_float is four bytes on DuckDB. #}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'baophu')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double
{%- endmacro %}

{% macro postgres__type_double() -%}
    double precision
{%- endmacro %}


{# numerator / denominator as a double; NULL when a part is NULL or the denominator is 0. #}
{% macro rate(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }}) / nullif({{ denominator }}, 0)
{%- endmacro %}
