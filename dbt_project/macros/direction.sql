{# People gained per month of this year, unrounded; NULL in January and where a part is not known. #}
{% macro pace_per_month() -%}
    cast(participants - participants_prev_year_end as {{ type_double() }}) / nullif(elapsed_months, 0)
{%- endmacro %}


{# The number of participants that fulfils the year's target. #}
{% macro year_goal() -%}
    case year_target_basis
        when 'stock' then year_target
        when 'net_new' then participants_prev_year_end + year_target
    end
{%- endmacro %}


{# People to gain per month of what is left of the year, unrounded; 0 when the goal is reached. #}
{% macro needed_per_month() -%}
    case
        when {{ year_goal() }} > participants
            then cast({{ year_goal() }} - participants as {{ type_double() }}) / nullif(months_left, 0)
        when {{ year_goal() }} <= participants and months_left > 0 then 0
    end
{%- endmacro %}


{# How many times the pace so far is needed; NULL when nothing was gained: no multiple of that reaches a goal. #}
{% macro needed_to_pace() -%}
    case when {{ pace_per_month() }} > 0 then ({{ needed_per_month() }}) / ({{ pace_per_month() }}) end
{%- endmacro %}


{# Where the year ends at the pace so far. #}
{% macro forecast_year_end() -%}
    participants + {{ pace_per_month() }} * months_left
{%- endmacro %}


{# Pace, need and forecast, in one order. Needs participants, participants_prev_year_end,
   year_target*, elapsed_months, months_left, changes_counted and mean_absolute_change. #}
{% macro direction_columns() -%}
    {{ pace_per_month() }} as pace_per_month,
        {{ needed_per_month() }} as needed_per_month,
        {{ needed_to_pace() }} as needed_to_pace,
        {{ forecast_year_end() }} as forecast_year_end,
        {{ forecast_low() }} as forecast_low,
        {{ forecast_high() }} as forecast_high
{%- endmacro %}
