with changes as (
    -- of a person, coming and stopping take turns
    select
        person_number,
        change,
        previous_place_number as place_number,
        month as until_month,
        lag(month) over (partition by person_number order by month) as from_month,
        lead(month) over (partition by person_number order by month) as next_from_month
    from {{ ref('int_person_months__changed') }}
    where change in ('new', 'returned', 'left', 'not_renewed')
),

runs as (
    -- months in a row that a person is covered, wherever and by whatever payments
    select * from changes
    where change in ('left', 'not_renewed')
),

reductions as (
    select * from {{ ref('int_people__left') }}
),

places as (
    select * from {{ ref('int_places__numbered') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

runs_on_dates as (
    select
        reporting_dates.reporting_date,
        reporting_dates.month,
        runs.person_number,
        runs.place_number,
        runs.until_month,
        runs.until_month > reporting_dates.month as is_covered,
        {{ month_end('runs.until_month - 1') }} as last_covered_on,
        {{ dbt.dateadd('day', 30, 'reporting_dates.reporting_date') }} as in_30_days,
        {{ dbt.dateadd('day', 60, 'reporting_dates.reporting_date') }} as in_60_days
    from reporting_dates
    inner join runs
        on runs.until_month >= reporting_dates.month - 2
        and runs.until_month <= reporting_dates.month + 3
    where
        -- the months in a row that hold the month of the date, or the last before it
        runs.from_month <= reporting_dates.month
        and (runs.until_month > reporting_dates.month or coalesce(runs.next_from_month > reporting_dates.month, true))
),

gone as (
    -- reported as left, for the first month not covered or a later one up to the month of the date
    select distinct
        runs_on_dates.reporting_date,
        runs_on_dates.person_number
    from runs_on_dates
    inner join reductions
        on runs_on_dates.person_number = reductions.person_number
        and runs_on_dates.until_month <= reductions.month
        and (reductions.month <= runs_on_dates.month or reductions.month = runs_on_dates.until_month)
),

final as (
    select
        runs_on_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        places.agent_code,
        cast(count(case when runs_on_dates.until_month = runs_on_dates.month + 1 then 1 end) as bigint) as due_next_month,
        cast(count(case when runs_on_dates.is_covered and runs_on_dates.last_covered_on <= runs_on_dates.in_30_days then 1 end) as bigint)
            as due_in_30_days,
        cast(count(case when runs_on_dates.is_covered and runs_on_dates.last_covered_on <= runs_on_dates.in_60_days then 1 end) as bigint)
            as due_in_60_days,
        cast(count(case when not runs_on_dates.is_covered then 1 end) as bigint) as overdue
    from runs_on_dates
    inner join places on runs_on_dates.place_number = places.place_number
    inner join communes_on_dates
        on runs_on_dates.reporting_date = communes_on_dates.reporting_date
        and places.commune_key = communes_on_dates.commune_key
    left join gone
        on runs_on_dates.reporting_date = gone.reporting_date
        and runs_on_dates.person_number = gone.person_number
    where gone.person_number is null
    group by runs_on_dates.reporting_date, communes_on_dates.then_commune_key, places.agent_code
)

select * from final
