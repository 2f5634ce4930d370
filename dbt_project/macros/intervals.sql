{#
  Wilson's score interval of a share, 95%: where the true rate may well lie when `successes` of `trials` were seen. Source: E. B. Wilson, Probable
  Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927). NULL without trials. `side` is low or high. The ends are 0 and 1 by
  the formula where nothing or everything succeeded, but for the last digit of a double: that is cut off.
#}
{% macro wilson(successes, trials, side) -%}
    {%- set z = 1.959964 -%}
    {%- set n = 'cast(' ~ trials ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set share = '(cast(' ~ successes ~ ' as ' ~ type_double() ~ ') / nullif(' ~ n ~ ', 0))' -%}
    case
            when {{ successes }} = {{ '0' if side == 'low' else trials }} and {{ trials }} > 0 then {{ '0' if side == 'low' else '1' }}
            else ({{ share }} + {{ z * z / 2 }} / nullif({{ n }}, 0) {{ '-' if side == 'low' else '+' }} {{ z }}
                * sqrt(({{ share }} * (1 - {{ share }}) + {{ z * z / 4 }} / nullif({{ n }}, 0)) / nullif({{ n }}, 0)))
                / (1 + {{ z * z }} / nullif({{ n }}, 0))
        end
{%- endmacro %}
