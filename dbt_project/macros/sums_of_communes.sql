{#
  What the communes of a district or an officer come to. It sums what is known; a population and a target stand only where
  every commune has one, and a target only where all have the same basis. `communes` is int_kpi__communes.
#}
{% macro sums_of_communes() -%}
    sum(communes.participants) as participants,
        sum(communes.participants_due) as participants_due,
        {%- for figure in renewal_columns() %}
        sum(communes.{{ figure }}) as {{ figure }},
        {%- endfor %}
        sum(communes.participants_prev_month) as participants_prev_month,
        sum(communes.participants_prev_year_end) as participants_prev_year_end,
        sum(communes.participants_same_day_last_year) as participants_same_day_last_year,
        sum(communes.participants_before_half) as participants_before_half,
        {%- for flow in flow_columns() %}
        sum(communes.{{ flow }}) as {{ flow }},
        {%- endfor %}
        {%- for people in ['population', 'working_age_population', 'compulsory_participants'] %}
        case when count(communes.{{ people }}) = count(*) then sum(communes.{{ people }}) end as {{ people }},
        {%- endfor %}
        sum(communes.villages) as villages,
        sum(communes.villages_without_participants) as villages_without_participants,
        sum(communes.contributions_vnd) as contributions_vnd,
        sum(communes.state_support_vnd) as state_support_vnd,
        sum(communes.agents_expected) as agents_expected,
        sum(communes.agents_reported) as agents_reported,
        sum(communes.agents_not_judged) as agents_not_judged,
        sum(communes.overrides) as overrides,
        {%- for period in ['half', 'year'] %}
        case
            when
                count(communes.{{ period }}_target) = count(*)
                and min(communes.{{ period }}_target_basis) = max(communes.{{ period }}_target_basis)
                then sum(communes.{{ period }}_target)
        end as {{ period }}_target,
        case
            when
                count(communes.{{ period }}_target) = count(*)
                and min(communes.{{ period }}_target_basis) = max(communes.{{ period }}_target_basis)
                then min(communes.{{ period }}_target_basis)
        end as {{ period }}_target_basis,
        {%- endfor %}
        count(*) as communes_counted,
        count(case when communes.agents_expected = 0 and not communes.is_opening_date then 1 end)
            as communes_without_agents,
        count(case when communes.is_silent then 1 end) as communes_silent,
        count(case when communes.is_before_opening then 1 end) as communes_before_opening
{%- endmacro %}


{#
  From sums of communes to what is published of them: the target that the date is compared with, and why the figures are not
  complete. A chain of common table expressions that begins at `grouped`, which has the code of the holder, and ends at `with_reason`.
#}
{% macro from_grouped_to_with_reason(holder_type) -%}
net_changes as (
    select * from {{ ref('int_kpi__net_changes') }}
    where holder_type = '{{ holder_type }}'
),

with_target as (
    select
        grouped.*,
        reporting_dates.month_label,
        reporting_dates.elapsed_months,
        reporting_dates.months_left,
        net_changes.changes_counted,
        net_changes.mean_absolute_change,
        coalesce(grouped.half_target, grouped.year_target) as target_participants,
        case
            when grouped.half_target is not null then reporting_dates.half_period
            when grouped.year_target is not null then reporting_dates.year_period
        end as target_period,
        case when grouped.half_target is not null then grouped.half_target_basis else grouped.year_target_basis end
            as target_basis,
        case
            when grouped.half_target is not null then grouped.participants_before_half
            else grouped.participants_prev_year_end
        end as participants_before_target
    from grouped
    inner join reporting_dates on grouped.reporting_date = reporting_dates.reporting_date
    left join net_changes
        on grouped.reporting_date = net_changes.reporting_date
        and grouped.{{ holder_type }}_code = net_changes.holder_code
),

with_parts_of_reason as (
    select
        *,
        case
            when agents_reported < agents_expected
                then {{ incomplete_reports('month_label', 'agents_expected - agents_reported', 'agents_expected') }}
        end as reason_of_reports,
        case
            when communes_without_agents > 0
                then {{ dbt.concat([
                    as_text('communes_without_agents'),
                    "'/'",
                    as_text('communes_counted'),
                    "' xã không có đại lý thu trong tháng '",
                    "month_label",
                ]) }}
        end as reason_of_communes,
        case
            when agents_not_judged > 0
                then {{ not_judged_reports('month_label', 'agents_not_judged', 'agents_expected') }}
        end as reason_of_ours,
        case
            when communes_silent > 0
                then {{ dbt.concat([
                    as_text('communes_silent'),
                    "'/'",
                    as_text('communes_counted'),
                    "' xã chưa rõ số người tham gia: ba tháng liền không có báo cáo'",
                ]) }}
        end as reason_of_silence
    from with_target
),

with_reason as (
    select
        *,
        case
            when communes_before_opening > 0 then 'Chưa có danh sách mở đầu của huyện'
            else {{ joined_reasons(['reason_of_reports', 'reason_of_communes', 'reason_of_ours', 'reason_of_silence']) }}
        end as incomplete_reason
    from with_parts_of_reason
)
{%- endmacro %}
