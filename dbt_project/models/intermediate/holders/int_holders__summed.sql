-- a commune, a district, the communes of an officer: each is the sum of its communes, and each is
-- judged in the same way
with communes as (
    select * from {{ ref('int_communes__measured') }}
),

members as (
    select
        reporting_date,
        'commune' as holder_type,
        commune_code as holder_code,
        commune_name as holder_name,
        commune_key
    from communes

    union all

    select
        reporting_date,
        'district' as holder_type,
        district_code as holder_code,
        district_name as holder_name,
        commune_key
    from communes

    union all

    select
        reporting_date,
        'officer' as holder_type,
        officer_code as holder_code,
        officer_name as holder_name,
        commune_key
    from {{ ref('int_reference__officers') }}
),

summed as (
    -- what is known is added; what the office states stands only where it is stated of every
    -- commune, and a target only where all have the same basis
    select
        members.reporting_date,
        members.holder_type,
        members.holder_code,
        max(members.holder_name) as holder_name,
        max(communes.known_on) as known_on,
        -- of a commune, its own
        min(communes.commune_key) as commune_key,
        min(communes.district_code) as district_code,
        {%- for figure in summed_figures() %}
        cast(sum(communes.{{ figure }}) as bigint) as {{ figure }},
        {%- endfor %}
        cast(sum(communes.participants_before_half) as bigint) as participants_before_half,
        {%- for people in ['population', 'working_age_population', 'compulsory_participants'] %}
        cast(case when count(communes.{{ people }}) = count(*) then sum(communes.{{ people }}) end as bigint) as {{ people }},
        {%- endfor %}
        {%- for period in ['half', 'year'] %}
        count(communes.{{ period }}_target) = count(*)
        and min(communes.{{ period }}_target_basis) = max(communes.{{ period }}_target_basis) as has_{{ period }}_sum,
        sum(communes.{{ period }}_target) as {{ period }}_sum,
        min(communes.{{ period }}_target_basis) as {{ period }}_sum_basis,
        {%- endfor %}
        cast(count(*) as bigint) as communes,
        sum(communes.agents_not_judged) as agents_not_judged,
        count(case when communes.agents_expected = 0 and not communes.is_opening_date then 1 end) as communes_without_agents,
        count(case when communes.is_silent then 1 end) as communes_silent,
        count(case when communes.is_before_opening then 1 end) as communes_before_opening
    from members
    inner join communes
        on members.reporting_date = communes.reporting_date
        and members.commune_key = communes.commune_key
    group by members.reporting_date, members.holder_type, members.holder_code
),

district_targets as (
    select
        reporting_date,
        holder_type,
        holder_code,
        {%- for period in ['half', 'year'] %}
        max(case when period_kind = '{{ period }}' then people end) as {{ period }}_target,
        max(case when period_kind = '{{ period }}' then target_basis end) as {{ period }}_target_basis{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_targets__on_reporting_dates') }}
    where holder_type = 'district'
    group by reporting_date, holder_type, holder_code
),

net_changes as (
    {{ net_changes_of(ref('int_holders__month_ends')) }}
),

with_targets as (
    select
        summed.*,
        -- a district's own target comes before the sum of its communes
        {%- for period in ['half', 'year'] %}
        case
            when district_targets.{{ period }}_target is not null then district_targets.{{ period }}_target
            when summed.has_{{ period }}_sum then summed.{{ period }}_sum
        end as {{ period }}_target,
        case
            when district_targets.{{ period }}_target is not null then district_targets.{{ period }}_target_basis
            when summed.has_{{ period }}_sum then summed.{{ period }}_sum_basis
        end as {{ period }}_target_basis,
        {%- endfor %}
        reporting_dates.month_start,
        reporting_dates.is_month_end,
        reporting_dates.month_label,
        reporting_dates.half_period,
        reporting_dates.year_period,
        reporting_dates.elapsed_months,
        reporting_dates.months_left,
        net_changes.changes_counted,
        net_changes.mean_absolute_change
    from summed
    inner join {{ ref('int_calendar__reporting_dates') }} as reporting_dates
        on summed.reporting_date = reporting_dates.reporting_date
    left join district_targets
        on summed.reporting_date = district_targets.reporting_date
        and summed.holder_type = district_targets.holder_type
        and summed.holder_code = district_targets.holder_code
    left join net_changes
        on summed.reporting_date = net_changes.reporting_date
        and summed.holder_type = net_changes.holder_type
        and summed.holder_code = net_changes.holder_code
),

-- what a date is compared with: the target of the half-year where there is one, else that of the
-- year
with_target as (
    select
        *,
        coalesce(half_target, year_target) as target_participants,
        case when half_target is not null then half_target_basis else year_target_basis end as target_basis,
        case
            when half_target is not null then half_period
            when year_target is not null then year_period
        end as target_period,
        case when half_target is not null then participants_before_half else participants_prev_year_end end
            as participants_before_target,
        -- of several communes nothing more is named before the opening roster
        communes_before_opening > 0 and holder_type <> 'commune' as is_opening_awaited
    from with_targets
),

with_parts_of_reason as (
    select
        *,
        case when communes_before_opening > 0 then 'Chưa có danh sách mở đầu của huyện' end as reason_of_opening,
        case
            when communes_before_opening = 0 and agents_reported < agents_expected
                then {{ incomplete_reports('month_label', 'agents_expected - agents_reported', 'agents_expected') }}
        end as reason_of_reports,
        case
            when communes_before_opening > 0 or communes_without_agents = 0 then null
            when holder_type = 'commune' then {{ dbt.concat(["'Không có đại lý thu trong tháng '", "month_label"]) }}
            else {{ dbt.concat([
                as_text('communes_without_agents'),
                "'/'",
                as_text('communes'),
                "' xã không có đại lý thu trong tháng '",
                "month_label",
            ]) }}
        end as reason_of_communes,
        case
            when agents_not_judged > 0 and not is_opening_awaited
                then {{ not_judged_reports('month_label', 'agents_not_judged', 'agents_expected') }}
        end as reason_of_ours,
        case
            when communes_silent = 0 or is_opening_awaited then null
            when holder_type = 'commune' then 'chưa rõ số người tham gia: ba tháng liền không có báo cáo'
            else {{ dbt.concat([
                as_text('communes_silent'),
                "'/'",
                as_text('communes'),
                "' xã chưa rõ số người tham gia: ba tháng liền không có báo cáo'",
            ]) }}
        end as reason_of_silence
    from with_target
),

with_reason as (
    select
        *,
        {{ joined_reasons([
            'reason_of_opening', 'reason_of_reports', 'reason_of_communes', 'reason_of_ours', 'reason_of_silence',
        ]) }} as incomplete_reason
    from with_parts_of_reason
),

final as (
    {%- set counted_for_year = counted_for_target('year_target_basis', 'participants', 'participants_prev_year_end') %}
    select
        reporting_date,
        known_on,
        holder_type,
        holder_code,
        holder_name,
        commune_key,
        district_code,
        communes,
        month_start,
        is_month_end,
        {%- for figure in summed_figures() %}
        {{ figure }},
        {%- endfor %}
        cast(participants - participants_prev_month as bigint) as net_change,
        cast({{ net_change_unexplained(
            '(participants - participants_prev_month)',
            ['new_participants', 'returned_participants', 'moved_in_participants'],
            ['lapsed_participants', 'left_participants', 'moved_out_participants']
        ) }} as bigint) as net_change_unexplained,
        population,
        working_age_population,
        {{ rate('participants', 'working_age_population') }} as coverage_rate,
        cast(working_age_population - compulsory_participants - participants as bigint) as potential_participants,
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
        incomplete_reason is null as is_complete,
        incomplete_reason
    from with_reason
)

select * from final
