with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes as (
    select * from {{ ref('int_communes__measured') }}
),

last_reported as (
    select max(reporting_date) as reporting_date from reporting_dates
),

known_targets as (
    select
        targets.*,
        row_number() over (
            partition by targets.target_period, targets.holder_type, targets.holder_code, targets.target_basis
            order by targets.decided_on desc
        ) as rank_from_newest,
        row_number() over (
            partition by targets.target_period, targets.holder_type, targets.holder_code, targets.target_basis
            order by targets.decided_on
        ) as rank_from_first
    from {{ ref('stg_reference__targets') }} as targets
    inner join {{ ref('int_reference__newest') }} as newest_reference
        on targets.reference_sha256 = newest_reference.reference_sha256
    where targets.decided_on <= (select max(known_on) from reporting_dates)
),

-- the newest decision counts; the first, and how often it was amended, are told
decided as (
    select
        target_period,
        holder_type,
        holder_code,
        target_basis,
        max(case when rank_from_newest = 1 then people end) as people,
        max(case when rank_from_newest = 1 then decided_on end) as decided_on,
        max(case when rank_from_newest = 1 then target_source end) as target_source,
        max(case when rank_from_first = 1 then people end) as first_decided_people,
        cast(count(*) - 1 as bigint) as amendments
    from known_targets
    group by target_period, holder_type, holder_code, target_basis
),

periods as (
    select
        target_periods.target_period,
        min(months.month) as first_month,
        {{ month_start('min(months.month)') }} as period_start,
        {{ month_end('max(months.month)') }} as period_end
    from (select distinct target_period from decided) as target_periods
    inner join {{ ref('int_calendar__months') }} as months
        on target_periods.target_period in (months.year_period, months.half_period, months.quarter_period, months.month_period)
    group by target_periods.target_period
),

holders as (
    select
        reporting_date,
        holder_type,
        holder_code,
        holder_name,
        case when holder_type = 'commune' then commune_key end as commune_key,
        case when holder_type = 'officer' then holder_code end as officer_key,
        cast(null as {{ dbt.type_string() }}) as association_key,
        participants
    from {{ ref('int_holders__summed') }}

    union all

    select
        reporting_date,
        'association' as holder_type,
        association_code as holder_code,
        association_name as holder_name,
        cast(null as {{ dbt.type_string() }}) as commune_key,
        cast(null as {{ dbt.type_string() }}) as officer_key,
        association_key,
        participants
    from {{ ref('kpi_by_association') }}
),

dated as (
    select
        decided.*,
        periods.period_start,
        periods.period_end,
        periods.first_month,
        -- counted at the period's end, or on the last day known while it runs; not at all before it
        -- begins
        case
            when periods.period_end <= last_reported.reporting_date then periods.period_end
            when periods.period_start <= last_reported.reporting_date then last_reported.reporting_date
        end as measured_on
    from decided
    left join periods on decided.target_period = periods.target_period
    cross join last_reported
),

commune_targets as (
    select * from dated
    where holder_type = 'commune'
),

-- those below a holder: a district's communes, an officer's communes. Associations overlap and are
-- never added
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
    inner join {{ ref('int_reference__officers') }} as officers
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
        named.commune_key,
        named.officer_key,
        named.association_key,
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
    -- whoever it is on the day of measuring; of a period to come, today
    left join holders as named
        on dated.holder_type = named.holder_type
        and dated.holder_code = named.holder_code
        and coalesce(dated.measured_on, (select reporting_date from last_reported)) = named.reporting_date
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
