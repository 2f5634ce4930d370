{# Months of net change that the range of the forecast looks back on; a commented decision: docs/decisions/0006-forecast-range.md. #}
{% macro months_behind_forecast() -%}
    24
{%- endmacro %}


{#
  How much the monthly net changes behind each date differ from their mean, a row for each reporting date and holder. `month_ends`: a relation with
  the columns of int_holders__month_ends. Whole numbers to the end: a sum of fractions depends on the order in which they are added.
#}
{% macro net_changes_of(month_ends) -%}
    select
            reporting_date,
            holder_type,
            holder_code,
            cast(max(changes_counted) as bigint) as changes_counted,
            cast(sum(abs(changes_counted * net_change - all_changes)) as {{ type_double() }})
                / (max(changes_counted) * max(changes_counted)) as mean_absolute_change
        from (
            select
                reporting_date,
                holder_type,
                holder_code,
                net_change,
                count(*) over (partition by reporting_date, holder_type, holder_code) as changes_counted,
                sum(net_change) over (partition by reporting_date, holder_type, holder_code) as all_changes
            from (
                select
                    reporting_date,
                    holder_type,
                    holder_code,
                    participants - lag(participants) over (
                        partition by reporting_date, holder_type, holder_code
                        order by month
                    ) as net_change
                from {{ month_ends }}
            ) as changes
            where net_change is not null
        ) as with_sums
        group by reporting_date, holder_type, holder_code
{%- endmacro %}


{#
  Half of the width of the 80% range of forecast_year_end: random walk with drift (Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
  3rd ed., 5.2 and 5.5), t * s * sqrt(h * (1 + h / T)), with h months left and T months elapsed. s is the spread of the monthly net changes, estimated by
  their mean absolute deviation, which single campaigns swell less than a standard deviation; at least that of one change in all those months. t is
  Student's quantile of 0.9 by the first term of Fisher's expansion. NULL under 6 monthly changes.
  Needs elapsed_months, months_left, changes_counted and mean_absolute_change.
#}
{% macro forecast_margin() -%}
    {%- set n = 'cast(changes_counted as ' ~ type_double() ~ ')' -%}
    {%- set spread = 'mean_absolute_change * sqrt(1.5707963267948966 * ' ~ n ~ ' / (' ~ n ~ ' - 1))' -%}
    case
            when changes_counted >= 6 and elapsed_months > 0
                then (1.2815515655446004 + 0.8466 / ({{ n }} - 1))
                    * case when {{ spread }} > sqrt(1 / {{ n }}) then {{ spread }} else sqrt(1 / {{ n }}) end
                    * sqrt(months_left * (1 + months_left / cast(elapsed_months as {{ type_double() }})))
        end
{%- endmacro %}


{% macro forecast_low() -%}
    case
            when {{ forecast_year_end() }} - ({{ forecast_margin() }}) < 0 then 0
            else {{ forecast_year_end() }} - ({{ forecast_margin() }})
        end
{%- endmacro %}


{# Not below 0 either: the point of a holder that shrinks fast may be, so that without this the low end could lie above the high one. #}
{% macro forecast_high() -%}
    case
            when {{ forecast_year_end() }} + ({{ forecast_margin() }}) < 0 then 0
            else {{ forecast_year_end() }} + ({{ forecast_margin() }})
        end
{%- endmacro %}
