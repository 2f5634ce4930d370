{# The key of one dated row of a dimension: code@first day. #}
{% macro dated_key(code, valid_from) -%}
    {{ dbt.concat([code, "'@'", as_text(valid_from)]) }}
{%- endmacro %}


{# The foreign keys that the contracts of the marts declare: (table, column, to_table, to_column). While dbt parses there are none. #}
{% macro declared_keys() -%}
    {%- set keys = [] -%}
    {%- for node in graph.get('nodes', {}).values() if node.resource_type == 'model' and 'marts' in node.tags -%}
        {%- for constraint in node.constraints if constraint.type == 'foreign_key' -%}
            {%- set to = constraint.expression.rstrip(')').split(' (') -%}
            {%- do keys.append({'table': node.name, 'column': constraint.columns[0], 'to_table': to[0], 'to_column': to[1]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}
