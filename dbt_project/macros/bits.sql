{# Months of cover as bits of one whole number: 60 months, up to a year after the last reporting date. Engines differ in the shift only;
   `&`, `|` and bit_or are one in all. #}
{% macro months_in_bits() -%}
    60
{%- endmacro %}


{% macro first_month_in_bits() -%}
    (
        select case when max(month) - 47 > {{ first_month_of_scheme() }} then max(month) - 47 else {{ first_month_of_scheme() }} end
        from reporting_dates
    )
{%- endmacro %}


{% macro month_bit(month, first_month) -%}
    {{ adapter.dispatch('power_of_two', 'baophu')(month ~ ' - ' ~ first_month) }}
{%- endmacro %}


{% macro default__power_of_two(exponent) -%}
    (cast(1 as bigint) << ({{ exponent }}))
{%- endmacro %}


{% macro spark__power_of_two(exponent) -%}
    shiftleft(cast(1 as bigint), {{ exponent }})
{%- endmacro %}
