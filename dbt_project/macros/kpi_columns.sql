{# Who came, stayed and went in the month, in the order in which they are published. #}
{% macro flow_columns() -%}
    {{ return([
        'new_participants',
        'continuing_participants',
        'returned_participants',
        'lapsed_participants',
        'lapsed_within_term',
        'left_participants',
        'moved_in_participants',
        'moved_in_by_address',
        'moved_out_participants',
    ]) }}
{%- endmacro %}


{# Who must renew soon, or should have: people of whom nothing is lost yet. #}
{% macro renewal_columns() -%}
    {{ return(['due_next_month', 'due_in_30_days', 'due_in_60_days', 'overdue']) }}
{%- endmacro %}


{# Those of the flows that need a year of history before them: who was covered before the records began is not known. #}
{% macro flows_after_a_year() -%}
    {{ return(['new_participants', 'returned_participants']) }}
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


{#
  The figures that every kpi_by_… table has, in one order and with one meaning. The relation they are selected from has
  the participants at each moment, the populations, target_* and year_target*, participants_before_target, money, agents
  and incomplete_reason.
#}
{% macro kpi_columns() -%}
    {%- set counted_for_year = counted_for_target('year_target_basis', 'participants', 'participants_prev_year_end') -%}
    cast(participants as bigint) as participants,
        cast(participants_due as bigint) as participants_due,
        {%- for figure in renewal_columns() %}
        cast({{ figure }} as bigint) as {{ figure }},
        {%- endfor %}
        cast(participants_prev_month as bigint) as participants_prev_month,
        cast(participants_prev_year_end as bigint) as participants_prev_year_end,
        cast(participants_same_day_last_year as bigint) as participants_same_day_last_year,
        cast(participants - participants_prev_month as bigint) as net_change,
        cast({{ net_change_unexplained(
            '(participants - participants_prev_month)',
            ['new_participants', 'returned_participants', 'moved_in_participants'],
            ['lapsed_participants', 'left_participants', 'moved_out_participants']
        ) }} as bigint) as net_change_unexplained,
        {%- for flow in flow_columns() %}
        cast({{ flow }} as bigint) as {{ flow }},
        {%- endfor %}
        cast(population as bigint) as population,
        cast(working_age_population as bigint) as working_age_population,
        {{ rate('participants', 'working_age_population') }} as coverage_rate,
        cast(working_age_population - compulsory_participants - participants as bigint) as potential_participants,
        cast(villages as bigint) as villages,
        cast(villages_without_participants as bigint) as villages_without_participants,
        target_period,
        target_basis,
        cast(target_participants as bigint) as target_participants,
        {{ rate(counted_for_target('target_basis', 'participants', 'participants_before_target'), 'target_participants') }}
            as target_rate,
        year_target_basis,
        cast(year_target as bigint) as year_target,
        {{ rate(counted_for_year, 'year_target') }} as year_target_rate,
        cast(year_target - ({{ counted_for_year }}) as bigint) as gap_to_year_target,
        {{ direction_columns() }},
        cast(contributions_vnd as bigint) as contributions_vnd,
        cast(state_support_vnd as bigint) as state_support_vnd,
        cast(agents_expected as bigint) as agents_expected,
        cast(agents_reported as bigint) as agents_reported,
        cast(overrides as bigint) as overrides,
        incomplete_reason is null as is_complete,
        incomplete_reason
{%- endmacro %}
