with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

signed_rows as (
    select
        report_month,
        commune_key,
        case when section like 'II.%' then -1 else 1 end as sign,
        coalesce(participant_vnd, 0) as participant_vnd,
        coalesce(state_support_vnd, 0) as state_support_vnd
    from placed_rows
    where form like 'd05-ts/%'
),

monthly as (
    select
        report_month,
        commune_key,
        sum(sign * participant_vnd) as contributions_vnd,
        sum(sign * state_support_vnd) as state_support_vnd
    from signed_rows
    group by report_month, commune_key
),

final as (
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        cast(sum(monthly.contributions_vnd) as bigint) as contributions_vnd,
        cast(sum(monthly.state_support_vnd) as bigint) as state_support_vnd
    from reporting_dates
    inner join monthly on reporting_dates.month = monthly.report_month
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and monthly.commune_key = communes_on_dates.commune_key
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key
)

select * from final
