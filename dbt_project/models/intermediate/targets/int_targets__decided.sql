with targets as (
    select * from {{ ref('stg_reference__targets') }}
),

newest_reference as (
    select * from {{ ref('int_reference__newest') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
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
    from targets
    inner join newest_reference on targets.reference_sha256 = newest_reference.reference_sha256
    where targets.decided_on <= (select max(known_on) from reporting_dates)
),

final as (
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
)

select * from final
