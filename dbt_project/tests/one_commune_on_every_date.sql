-- Every commune of the seed, of whatever epoch, is exactly one commune on each reporting date: no
-- chain of mergers is longer than the models follow, no successor is missing, no validity overlaps.
-- (One whose code did not exist yet on the date is none.)
with reporting_dates as (
    select reporting_date from {{ ref('int_calendar__reporting_dates') }}
),

epochs as (
    select
        commune_key,
        successor_key
    from {{ ref('int_communes__epochs') }}
),

mapped as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

longer_chains as (
    select
        cast(null as date) as reporting_date,
        epochs.commune_key,
        3 as communes_found
    from epochs
    inner join epochs as first_successors on epochs.successor_key = first_successors.commune_key
    inner join epochs as second_successors on first_successors.successor_key = second_successors.commune_key
    inner join epochs as third_successors on second_successors.successor_key = third_successors.commune_key
    where third_successors.successor_key is not null
),

dates_without_one as (
    select
        reporting_dates.reporting_date,
        epochs.commune_key,
        count(mapped.then_commune_key) as communes_found
    from reporting_dates
    cross join epochs
    left join mapped
        on reporting_dates.reporting_date = mapped.reporting_date
        and epochs.commune_key = mapped.commune_key
    group by reporting_dates.reporting_date, epochs.commune_key
    having count(mapped.then_commune_key) <> 1
)

select * from longer_chains
union all
select * from dates_without_one
