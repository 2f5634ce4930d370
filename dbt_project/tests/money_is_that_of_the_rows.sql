-- The money of a commune's month, where it is known, is that of the rows in force, as they were
-- loaded. The files named are those that speak of it.
with loaded_rows as (
    select * from {{ source('raw', 'sheet_rows') }}
),

placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

by_file as (
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        loaded_rows.sha256,
        sum(case when loaded_rows.section like 'II.%' then -1 else 1 end * coalesce(loaded_rows.participant_vnd, 0)) as participant_vnd,
        sum(case when loaded_rows.section like 'II.%' then -1 else 1 end * coalesce(loaded_rows.state_support_vnd, 0)) as state_support_vnd
    from placed_rows
    inner join loaded_rows on placed_rows.row_id = loaded_rows.row_id
    inner join reporting_dates on placed_rows.report_month = reporting_dates.month
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and placed_rows.commune_key = communes_on_dates.commune_key
    where loaded_rows.form like 'd05-ts/%'
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key, loaded_rows.sha256
),

counted as (
    select
        reporting_date,
        commune_key,
        sum(participant_vnd) as contributions_vnd,
        sum(state_support_vnd) as state_support_vnd
    from by_file
    group by reporting_date, commune_key
),

published as (
    select
        reporting_date,
        commune_key,
        contributions_vnd,
        state_support_vnd
    from {{ ref('kpi_by_commune') }}
    where
        boundaries = 'then'
        and contributions_vnd is not null
)

select
    substring(by_file.sha256, 1, 12) as file_id,
    published.reporting_date,
    published.commune_key
from published
left join counted
    on published.reporting_date = counted.reporting_date
    and published.commune_key = counted.commune_key
left join by_file
    on published.reporting_date = by_file.reporting_date
    and published.commune_key = by_file.commune_key
where
    published.contributions_vnd <> coalesce(counted.contributions_vnd, 0)
    or published.state_support_vnd <> coalesce(counted.state_support_vnd, 0)
