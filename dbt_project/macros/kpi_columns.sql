{# The columns of the model's own contract, in its order; `renamed` says which stands under another name below. #}
{% macro published_columns(renamed={}) -%}
    {%- for column in model.columns.values() %}
        {%- if column.name in renamed %}
        {{ renamed[column.name] }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- else %}
        {{ column.name }}{{ ',' if not loop.last }}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}


{#
  The figures of communes that a district or an officer has as a sum: every whole number of the contract of kpi_by_district
  but those that follow from others, or that the office states. While dbt parses there are none.
#}
{% macro summed_figures() -%}
    {%- set not_summed = [
        'net_change', 'net_change_unexplained', 'population', 'working_age_population', 'potential_participants',
        'target_participants', 'year_target', 'gap_to_year_target',
    ] -%}
    {%- set district = graph.get('nodes', {}).get('model.' ~ project_name ~ '.kpi_by_district', {}) -%}
    {{ return(
        district.get('columns', {}).values()
        | selectattr('data_type', 'equalto', 'bigint')
        | map(attribute='name')
        | reject('in', not_summed)
        | list
    ) }}
{%- endmacro %}


{% macro as_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}


{# The net change less the flows that are known: 0 where all are. `gains` and `losses` are names of columns. #}
{% macro net_change_unexplained(net_change, gains, losses) -%}
    {{ net_change }}
        {%- for flow in gains %} - coalesce({{ flow }}, 0){% endfor %}
        {%- for flow in losses %} + coalesce({{ flow }}, 0){% endfor %}
{%- endmacro %}


{# 'Chưa có báo cáo tháng 06/2019 của 2/76 đại lý' #}
{% macro incomplete_reports(month_label, missing, expected) -%}
    {{ dbt.concat([
        "'Chưa có báo cáo tháng '",
        month_label,
        "' của '",
        as_text(missing),
        "'/'",
        as_text(expected),
        "' đại lý'",
    ]) }}
{%- endmacro %}


{# 'Hệ thống chưa xét được hồ sơ tháng 06/2019 của 1/2 đại lý …': the fault is ours, not theirs. #}
{% macro not_judged_reports(month_label, not_judged, expected) -%}
    {{ dbt.concat([
        "'Hệ thống chưa xét được hồ sơ tháng '",
        month_label,
        "' của '",
        as_text(not_judged),
        "'/'",
        as_text(expected),
        "' đại lý (lỗi của hệ thống, đại lý đã gửi)'",
    ]) }}
{%- endmacro %}


{# Those of the reasons that are not NULL, with '; ' between; NULL when none is. #}
{% macro joined_reasons(reasons) -%}
    {%- set parts = [] -%}
    {%- for reason in reasons -%}
        {%- do parts.append("coalesce(" ~ dbt.concat(["'; '", reason]) ~ ", '')") -%}
    {%- endfor -%}
    nullif(substring({{ dbt.concat(parts) }}, 3), '')
{%- endmacro %}
