with decided as (
    select * from {{ ref('int_targets__decided') }}
),

periods as (
    select * from {{ ref('int_calendar__periods') }}
),

holders as (
    select * from {{ ref('int_targets__holders') }}
),

communes as (
    select * from {{ ref('int_kpi__communes') }}
),

officers as (
    select * from {{ ref('int_reference__officers') }}
),

last_reported as (
    select max(reporting_date) as reporting_date from {{ ref('int_calendar__reporting_dates') }}
),

dated as (
    select
        decided.*,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.first_month,
        -- counted at the period's end, or on the last day known while it runs; not at all before it begins
        case
            when periods.period_end <= last_reported.reporting_date then periods.period_end
            when periods.period_start <= last_reported.reporting_date then last_reported.reporting_date
        end as measured_on
    from decided
    left join periods on decided.target_period = periods.period
    cross join last_reported
),

commune_targets as (
    select * from dated
    where holder_type = 'commune'
),

-- those below a holder: a district's communes, an officer's communes. Associations overlap and are never added
children as (
    select
        'district' as holder_type,
        communes.district_code as holder_code,
        commune_targets.target_period,
        commune_targets.target_basis,
        sum(commune_targets.people) as children_people,
        count(*) as children
    from commune_targets
    inner join communes
        on commune_targets.holder_code = communes.commune_code
        and communes.reporting_date = coalesce(commune_targets.measured_on, (select reporting_date from last_reported))
    group by communes.district_code, commune_targets.target_period, commune_targets.target_basis

    union all

    select
        'officer' as holder_type,
        officers.officer_code as holder_code,
        commune_targets.target_period,
        commune_targets.target_basis,
        sum(commune_targets.people) as children_people,
        count(*) as children
    from commune_targets
    inner join communes
        on commune_targets.holder_code = communes.commune_code
        and communes.reporting_date = coalesce(commune_targets.measured_on, (select reporting_date from last_reported))
    inner join officers
        on communes.reporting_date = officers.reporting_date
        and communes.commune_key = officers.commune_key
    group by officers.officer_code, commune_targets.target_period, commune_targets.target_basis
),

final as (
    select
        dated.target_period,
        dated.period_start,
        dated.period_end,
        dated.holder_type,
        dated.holder_code,
        present.holder_name,
        dated.target_basis,
        cast(dated.people as bigint) as people,
        dated.decided_on,
        dated.target_source,
        cast(dated.first_decided_people as bigint) as first_decided_people,
        dated.amendments,
        cast(children.children as bigint) as children,
        cast(children.children_people as bigint) as children_people,
        cast(dated.people - children.children_people as bigint) as gap_to_children,
        dated.measured_on,
        cast(present.participants as bigint) as participants,
        cast(before.participants as bigint) as participants_before_period,
        {{ rate(counted_for_target('dated.target_basis', 'present.participants', 'before.participants'), 'dated.people') }}
            as target_rate
    from dated
    left join children
        on dated.holder_type = children.holder_type
        and dated.holder_code = children.holder_code
        and dated.target_period = children.target_period
        and dated.target_basis = children.target_basis
    left join holders as present
        on dated.holder_type = present.holder_type
        and dated.holder_code = present.holder_code
        and dated.measured_on = present.reporting_date
    left join holders as before
        on dated.holder_type = before.holder_type
        and dated.holder_code = before.holder_code
        and {{ month_end('dated.first_month - 1') }} = before.reporting_date
)

select * from final
