{# What lies before and after a stretch of cover of one person. One order for all: the rows are sorted once. #}
{% macro neighbours_of_a_person(earliest_from_month) -%}
    lag(until_month) over (partition by person_number order by from_month) as previous_until_month,
        lag(place_number) over (partition by person_number order by from_month) as previous_place_number,
        lead(from_month) over (partition by person_number order by from_month) as next_from_month,
        lead({{ earliest_from_month }}) over (partition by person_number order by from_month) as next_earliest_from_month
{%- endmacro %}
