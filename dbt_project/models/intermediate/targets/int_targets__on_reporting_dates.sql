with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

wanted_periods as (
    select
        reporting_date,
        'half' as period_kind,
        half_period as target_period,
        half_start as period_start
    from reporting_dates

    union all

    select
        reporting_date,
        'year' as period_kind,
        year_period as target_period,
        year_start as period_start
    from reporting_dates
),

ranked as (
    select
        wanted_periods.reporting_date,
        wanted_periods.period_kind,
        wanted_periods.target_period,
        targets.holder_type,
        targets.holder_code,
        targets.target_basis,
        targets.people,
        -- the day on which the holder's code is read: a code can change its meaning
        case
            when targets.decided_on > wanted_periods.period_start then targets.decided_on
            else wanted_periods.period_start
        end as holder_code_read_on,
        row_number() over (
            partition by
                wanted_periods.reporting_date,
                wanted_periods.period_kind,
                targets.holder_type,
                targets.holder_code
            -- one holder, one target: the newest decision, and of two on one day the stock
            order by targets.decided_on desc, targets.target_basis desc
        ) as rank_from_newest
    from wanted_periods
    inner join {{ ref('stg_reference__targets') }} as targets
        on wanted_periods.target_period = targets.target_period
        and wanted_periods.reporting_date >= targets.decided_on
    inner join {{ ref('int_reference__newest') }} as newest_reference on targets.reference_sha256 = newest_reference.reference_sha256
),

final as (
    select
        reporting_date,
        period_kind,
        target_period,
        holder_type,
        holder_code,
        holder_code_read_on,
        target_basis,
        people
    from ranked
    where rank_from_newest = 1
)

select * from final
