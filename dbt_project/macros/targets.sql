{# What a target counts: all participants (stock), or those gained since the day before its period (net_new). #}
{% macro counted_for_target(basis, participants, participants_before) -%}
    case {{ basis }}
        when 'stock' then {{ participants }}
        when 'net_new' then {{ participants }} - {{ participants_before }}
    end
{%- endmacro %}
