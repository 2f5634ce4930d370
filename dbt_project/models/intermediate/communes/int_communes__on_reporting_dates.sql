with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

successions as (
    select * from {{ ref('int_communes__successions') }}
),

final as (
    select
        reporting_dates.reporting_date,
        successions.commune_key,
        successions.then_commune_key
    from reporting_dates
    inner join successions
        on reporting_dates.reporting_date >= successions.valid_from
        and reporting_dates.reporting_date < successions.valid_before
)

select * from final
