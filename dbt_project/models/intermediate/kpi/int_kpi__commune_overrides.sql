with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
    where is_released
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

final as (
    -- what the month's figures rest on: rows of its sheets, and payments that cover it
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        cast(count(*) as bigint) as overrides
    from reporting_dates
    inner join placed_rows
        on reporting_dates.month = placed_rows.report_month
        or (
            placed_rows.section = 'I.1'
            and reporting_dates.month >= placed_rows.from_month
            and reporting_dates.month < placed_rows.from_month + placed_rows.months
        )
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and placed_rows.commune_key = communes_on_dates.commune_key
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key
)

select * from final
