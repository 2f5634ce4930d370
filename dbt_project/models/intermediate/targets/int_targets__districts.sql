with communes as (
    select * from {{ ref('int_kpi__communes') }}
),

targets as (
    select * from {{ ref('int_targets__on_reporting_dates') }}
),

commune_targets as (
    select
        reporting_date,
        district_code,
        'half' as period_kind,
        half_target as people,
        half_target_basis as target_basis
    from communes

    union all

    select
        reporting_date,
        district_code,
        'year' as period_kind,
        year_target as people,
        year_target_basis as target_basis
    from communes
),

commune_sums as (
    -- the sum of the communes stands only when each has a target and all have the same basis
    select
        reporting_date,
        district_code,
        period_kind,
        case when count(people) = count(*) and min(target_basis) = max(target_basis) then sum(people) end as people,
        case when count(people) = count(*) and min(target_basis) = max(target_basis) then min(target_basis) end
            as target_basis
    from commune_targets
    group by reporting_date, district_code, period_kind
),

chosen as (
    -- the district's own target comes before the sum of its communes
    select
        commune_sums.reporting_date,
        commune_sums.district_code,
        commune_sums.period_kind,
        case when targets.people is not null then targets.people else commune_sums.people end as people,
        case when targets.people is not null then targets.target_basis else commune_sums.target_basis end
            as target_basis
    from commune_sums
    left join targets
        on commune_sums.reporting_date = targets.reporting_date
        and commune_sums.district_code = targets.holder_code
        and commune_sums.period_kind = targets.period_kind
        and targets.holder_type = 'district'
),

final as (
    select
        reporting_date,
        district_code,
        cast(max(case when period_kind = 'half' then people end) as bigint) as half_target,
        max(case when period_kind = 'half' then target_basis end) as half_target_basis,
        cast(max(case when period_kind = 'year' then people end) as bigint) as year_target,
        max(case when period_kind = 'year' then target_basis end) as year_target_basis
    from chosen
    group by reporting_date, district_code
)

select * from final
