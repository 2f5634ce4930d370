{# What int_agents__worked counts for each agent. #}
{% macro work_figures() -%}
    {{ return([
        'participants',
        'participants_due',
        'participants_prev_month',
        'participants_prev_year_end',
        'participants_before_half',
        'new_participants',
        'returned_participants',
        'lapsed_participants',
        'left_participants',
        'new_this_year',
        'renewals_due_this_year',
        'renewals_made_this_year',
        'contributions_vnd',
        'due_next_month',
        'due_in_30_days',
        'due_in_60_days',
        'overdue',
    ]) }}
{%- endmacro %}


{#
  The figures of an agent, a system or an association, in one order. From a relation with the sums of work_figures(),
  agents_expected, agents_reported, agents_not_judged, month, is_month_end, opening_month, last_month_of_year_before and field_people.
  An agent who has ended is not expected, and nothing is missing of them: `needs_agents` is false there.
  Rates stand with their intervals: a rate of few people is mostly luck, and no ranking.
#}
{% macro work_columns(needs_agents=true) -%}
    {%- set knows_flows = 'agents_reported > agents_not_judged and month > opening_month + 1' -%}
    {%- set knows_new = 'agents_reported > agents_not_judged and month > opening_month + 12' -%}
    {%- set knows_year = 'last_month_of_year_before >= opening_month + 1' -%}
    {%- set knows_new_of_year = 'last_month_of_year_before >= opening_month + 12' -%}
    {%- set reason_of_agents -%}
        case
            {%- if needs_agents %}
            when agents_expected = 0 then {{ dbt.concat(["'Không có đại lý thu trong tháng '", "month_label"]) }}
            {%- endif %}
            when agents_reported < agents_expected
                then {{ incomplete_reports('month_label', 'agents_expected - agents_reported', 'agents_expected') }}
        end
    {%- endset -%}
    {%- set reason_of_ours -%}
        case when agents_not_judged > 0 then {{ not_judged_reports('month_label', 'agents_not_judged', 'agents_expected') }} end
    {%- endset -%}
    cast(agents_expected as bigint) as agents_expected,
        cast(agents_reported as bigint) as agents_reported,
        cast(agents_on_time as bigint) as agents_on_time,
        cast(participants as bigint) as participants,
        cast(participants_due as bigint) as participants_due,
        {%- for figure in ['due_next_month', 'due_in_30_days', 'due_in_60_days', 'overdue'] %}
        cast({{ figure }} as bigint) as {{ figure }},
        {%- endfor %}
        cast(case when month > opening_month + 1 then participants_prev_month end as bigint) as participants_prev_month,
        cast(case when month > opening_month + 1 then participants - participants_prev_month end as bigint) as net_change,
        cast({{ net_change_unexplained(
            '(case when month > opening_month + 1 then participants - participants_prev_month end)',
            ['case when ' ~ knows_new ~ ' then new_participants end', 'case when ' ~ knows_new ~ ' then returned_participants end'],
            ['case when ' ~ knows_flows ~ ' then lapsed_participants end', 'case when ' ~ knows_flows ~ ' then left_participants end']
        ) }} as bigint) as net_change_unexplained,
        cast(case when {{ knows_new }} then new_participants end as bigint) as new_participants,
        cast(case when {{ knows_new }} then returned_participants end as bigint) as returned_participants,
        cast(case when {{ knows_flows }} then lapsed_participants end as bigint) as lapsed_participants,
        cast(case when {{ knows_flows }} then left_participants end as bigint) as left_participants,
        cast(case when {{ knows_new_of_year }} then new_this_year end as bigint) as new_this_year,
        cast(field_people as bigint) as field_people,
        {{ rate('case when ' ~ knows_new_of_year ~ ' and field_people >= new_this_year then new_this_year end', 'field_people') }} as new_rate,
        case when {{ knows_new_of_year }} and field_people >= new_this_year
            then {{ wilson('new_this_year', 'field_people', 'low') }} end as new_rate_low,
        case when {{ knows_new_of_year }} and field_people >= new_this_year
            then {{ wilson('new_this_year', 'field_people', 'high') }} end as new_rate_high,
        cast(case when {{ knows_year }} then renewals_due_this_year end as bigint) as renewals_due_this_year,
        cast(case when {{ knows_year }} then renewals_made_this_year end as bigint) as renewals_made_this_year,
        {{ rate('case when ' ~ knows_year ~ ' then renewals_made_this_year end', 'renewals_due_this_year') }} as renewal_rate,
        case when {{ knows_year }}
            then {{ wilson('renewals_made_this_year', 'renewals_due_this_year', 'low') }} end as renewal_rate_low,
        case when {{ knows_year }}
            then {{ wilson('renewals_made_this_year', 'renewals_due_this_year', 'high') }} end as renewal_rate_high,
        cast(case when agents_reported > agents_not_judged then contributions_vnd end as bigint) as contributions_vnd,
        agents_reported >= agents_expected and agents_not_judged = 0{% if needs_agents %} and agents_expected > 0{% endif %} as is_complete,
        {{ joined_reasons([reason_of_agents, reason_of_ours]) }} as incomplete_reason
{%- endmacro %}
