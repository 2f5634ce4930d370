{# A month is one integer, year * 12 + month, because engines disagree about the difference of two dates in months. #}

{% macro month_index(date) -%}
    cast(extract(year from {{ date }}) * 12 + extract(month from {{ date }}) as integer)
{%- endmacro %}


{# January 2008, in which voluntary insurance began: no earlier month can be covered. #}
{% macro first_month_of_scheme() -%}
    24097
{%- endmacro %}


{# First day of a month; 24001 is January 2000. #}
{% macro month_start(month) -%}
    cast({{ dbt.dateadd('month', '(' ~ month ~ ') - 24001', "cast('2000-01-01' as date)") }} as date)
{%- endmacro %}


{% macro month_end(month) -%}
    cast({{ dbt.dateadd('day', -1, month_start('(' ~ month ~ ') + 1')) }} as date)
{%- endmacro %}


{% macro month_year(month) -%}
    cast(floor((({{ month }}) - 1) / 12) as integer)
{%- endmacro %}


{% macro month_of_year(month) -%}
    cast(mod(({{ month }}) - 1, 12) + 1 as integer)
{%- endmacro %}


{# '06/2019', as Vietnamese offices write a month. #}
{% macro month_label(month) -%}
    {{ dbt.concat([
        "lpad(cast(" ~ month_of_year(month) ~ " as " ~ dbt.type_string() ~ "), 2, '0')",
        "'/'",
        "cast(" ~ month_year(month) ~ " as " ~ dbt.type_string() ~ ")",
    ]) }}
{%- endmacro %}


{# The day in Việt Nam of an instant in UTC: seven hours ahead, without summer time. #}
{% macro local_date(instant) -%}
    cast({{ dbt.dateadd('hour', 7, instant) }} as date)
{%- endmacro %}
