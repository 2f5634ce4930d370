{#
  What is published of figures, from the models' own metadata: one entry for every number and every yes or no of the marts kpi_by_… and fct_…, in the
  order of their codes. A column's description is a block of models/figures.md: its first line is the name, Vietnamese · English; lines `- key: text` follow.
#}
{% macro published_figures() -%}
    {%- set figures = {} -%}
    {%- for node in graph.get('nodes', {}).values() if node.resource_type == 'model' and 'marts' in node.tags and modules.re.match('(kpi_by|fct)_', node.name) -%}
        {%- for column in node.columns.values() if column.data_type in ('bigint', 'integer', 'double', 'boolean') -%}
            {#- a block with the column's own name is what the name means everywhere; any other is its meaning in this table -#}
            {%- set is_common = 'doc.' ~ node.package_name ~ '.' ~ column.name in column.doc_blocks -%}
            {%- set code = column.name if is_common else node.name ~ '.' ~ column.name -%}
            {%- if code not in figures -%}
                {%- set lines = column.description.split('\n') -%}
                {%- set names = lines[0].split(' · ') -%}
                {%- set figure = {'code': code, 'name_vi': names[0], 'name_en': names[1:] | join(' · '), 'tables': []} -%}
                {%- for line in lines if line.startswith('- ') -%}
                    {%- set key_and_text = line[2:].split(': ', 1) -%}
                    {%- do figure.update({key_and_text[0]: key_and_text[1]}) -%}
                {%- endfor -%}
                {%- do figures.update({code: figure}) -%}
            {%- endif -%}
            {%- do figures[code].tables.append(node.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(figures.values() | sort(attribute='code')) }}
{%- endmacro %}


{% macro text_literal(text) -%}
    {{ "'" ~ text | replace("'", "''") ~ "'" if text else 'cast(null as ' ~ dbt.type_string() ~ ')' }}
{%- endmacro %}
