{#
  Wilson's score interval of a share, 95%: where the true rate may well lie when `successes` of `trials` were seen. Source: E. B. Wilson, Probable
  Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927). NULL without trials. `side` is low or high.
#}
{% macro wilson(successes, trials, side) -%}
    {%- set z = 1.959964 -%}
    {%- set n = 'cast(' ~ trials ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set share = '(cast(' ~ successes ~ ' as ' ~ type_double() ~ ') / nullif(' ~ n ~ ', 0))' -%}
    ({{ share }} + {{ z * z / 2 }} / nullif({{ n }}, 0) {{ '-' if side == 'low' else '+' }} {{ z }}
            * sqrt(({{ share }} * (1 - {{ share }}) + {{ z * z / 4 }} / nullif({{ n }}, 0)) / nullif({{ n }}, 0)))
        / (1 + {{ z * z }} / nullif({{ n }}, 0))
{%- endmacro %}
