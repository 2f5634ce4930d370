{#
  The day whose row of the register applies to an agent in a month: the month's last day; the last reporting date itself while that lies in the month.
  Money, reports, expected agents and places of a month all go by it. Needs `reporting_dates`.
#}
{% macro register_day(month) -%}
    case
        when {{ month }} = (select max({{ month_index('reporting_date') }}) from reporting_dates)
            then (select max(reporting_date) from reporting_dates)
        else {{ month_end(month) }}
    end
{%- endmacro %}
