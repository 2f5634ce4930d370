with targets as (
    select
        reporting_date,
        holder_code as association_code,
        max(case when period_kind = 'half' then people end) as half_target,
        max(case when period_kind = 'half' then target_basis end) as half_target_basis,
        max(case when period_kind = 'year' then people end) as year_target,
        max(case when period_kind = 'year' then target_basis end) as year_target_basis
    from {{ ref('int_targets__on_reporting_dates') }}
    where holder_type = 'association'
    group by reporting_date, holder_code
),

month_ends as (
    select * from {{ ref('int_holders__month_ends') }}
    where holder_type = 'association'
),

net_changes as (
    {{ net_changes_of('month_ends') }}
),

work as (
    select
        reporting_date,
        association_code,
        {%- for figure in work_figures() %}
        sum({{ figure }}) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_agents__worked') }}
    where association_code is not null
    group by reporting_date, association_code
),

reports as (
    select
        reporting_date,
        association_code,
        sum(agents_expected) as agents_expected,
        sum(agents_reported) as agents_reported,
        sum(agents_not_judged) as agents_not_judged,
        sum(agents_on_time) as agents_on_time
    from {{ ref('int_agents__measured') }} as agents
    where association_code is not null
    group by reporting_date, association_code
),

-- an association overlaps the others of its commune: its field is the commune's, and its figures
-- are never added to theirs
measured as (
    select
        reporting_dates.reporting_date,
        communes.known_on,
        associations.association_code,
        associations.association_key,
        associations.association_name,
        communes.commune_code,
        communes.commune_key,
        communes.commune_name,
        reporting_dates.month,
        reporting_dates.month_label,
        reporting_dates.is_month_end,
        reporting_dates.last_month_of_year_before,
        reporting_dates.elapsed_months,
        reporting_dates.months_left,
        net_changes.changes_counted,
        net_changes.mean_absolute_change,
        communes.opening_month,
        coalesce(reports.agents_expected, 0) as agents_expected,
        coalesce(reports.agents_reported, 0) as agents_reported,
        coalesce(reports.agents_not_judged, 0) as agents_not_judged,
        coalesce(reports.agents_on_time, 0) as agents_on_time,
        communes.working_age_population - communes.compulsory_participants as field_people,
        {%- for figure in work_figures() if figure not in ('participants_prev_year_end', 'participants_before_half') %}
        coalesce(work.{{ figure }}, 0) as {{ figure }},
        {%- endfor %}
        -- before the opening roster nothing is known, which is not 0
        case when reporting_dates.last_month_of_year_before >= communes.opening_month then coalesce(work.participants_prev_year_end, 0) end
            as participants_prev_year_end,
        case when reporting_dates.last_month_before_half >= communes.opening_month then coalesce(work.participants_before_half, 0) end
            as participants_before_half,
        case
            when targets.half_target is not null then reporting_dates.half_period
            when targets.year_target is not null then reporting_dates.year_period
        end as target_period,
        coalesce(targets.half_target, targets.year_target) as target_participants,
        case when targets.half_target is not null then targets.half_target_basis else targets.year_target_basis end
            as target_basis,
        targets.half_target,
        targets.year_target,
        targets.year_target_basis
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join {{ ref('int_reference__associations') }} as associations
        on reporting_dates.reporting_date >= associations.valid_from
        and (associations.valid_to is null or reporting_dates.reporting_date <= associations.valid_to)
    inner join {{ ref('int_communes__on_reporting_dates') }} as communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and associations.commune_key = communes_on_dates.commune_key
    inner join {{ ref('int_communes__measured') }} as communes
        on reporting_dates.reporting_date = communes.reporting_date
        and communes_on_dates.then_commune_key = communes.commune_key
    left join reports
        on reporting_dates.reporting_date = reports.reporting_date
        and associations.association_code = reports.association_code
    left join work
        on reporting_dates.reporting_date = work.reporting_date
        and associations.association_code = work.association_code
    left join net_changes
        on reporting_dates.reporting_date = net_changes.reporting_date
        and associations.association_code = net_changes.holder_code
    left join targets
        on reporting_dates.reporting_date = targets.reporting_date
        and associations.association_code = targets.association_code
),

final as (
    select
        reporting_date,
        known_on,
        association_code,
        association_key,
        association_name,
        commune_code,
        commune_key,
        commune_name,
        {{ work_columns() }},
        cast(participants_prev_year_end as bigint) as participants_prev_year_end,
        target_period,
        target_basis,
        cast(target_participants as bigint) as target_participants,
        {{ rate(counted_for_target(
            'target_basis',
            'participants',
            'case when half_target is not null then participants_before_half else participants_prev_year_end end'
        ), 'target_participants') }}
            as target_rate,
        year_target_basis,
        cast(year_target as bigint) as year_target,
        {{ rate(counted_for_target('year_target_basis', 'participants', 'participants_prev_year_end'), 'year_target') }}
            as year_target_rate,
        {{ direction_columns() }}
    from measured
)

select * from final
