with communes as (
    select * from {{ ref('int_communes__in_scope') }}
),

measured_dates as (
    select * from {{ ref('int_calendar__measured_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

month_counts as (
    select * from {{ ref('int_cover__month_counts') }}
),

reported_months as (
    select * from {{ ref('int_agents__reported_months') }}
),

-- silence is not zero: a figure stands where an agent of the commune reported for its month or one of the two before
heard as (
    select distinct
        measured_dates.reporting_date,
        measured_dates.moment,
        communes_on_dates.then_commune_key as commune_key
    from measured_dates
    inner join reported_months
        on measured_dates.month >= reported_months.report_month
        and measured_dates.month <= reported_months.report_month + 2
    inner join communes_on_dates
        on measured_dates.reporting_date = communes_on_dates.reporting_date
        and reported_months.commune_key = communes_on_dates.commune_key
),

counted as (
    select
        measured_dates.reporting_date,
        measured_dates.moment,
        communes_on_dates.then_commune_key as commune_key,
        sum(month_counts.covered_people) as covered_people,
        sum(case when measured_dates.is_month_end then 0 else month_counts.not_renewed_people end) as due_people
    from measured_dates
    inner join month_counts on measured_dates.month = month_counts.month
    inner join communes_on_dates
        on measured_dates.reporting_date = communes_on_dates.reporting_date
        and month_counts.commune_key = communes_on_dates.commune_key
    group by measured_dates.reporting_date, measured_dates.moment, communes_on_dates.then_commune_key
),

measured as (
    select
        communes.reporting_date,
        communes.commune_key,
        measured_dates.moment,
        -- known from the opening roster's month end on; after it, where an agent has been registered and one has been heard.
        -- In the month after the roster nothing is compared with the roster itself.
        communes.opening_month_end is not null
        and measured_dates.measured_on >= communes.opening_month_end
        and (
            measured_dates.measured_on = communes.opening_month_end
            or (measured_dates.measured_on >= communes.first_agent_on and heard.commune_key is not null)
        )
        and not (
            measured_dates.moment = 'prev_month'
            and measured_dates.month = communes.opening_month
        ) as is_known,
        coalesce(counted.covered_people, 0) + coalesce(counted.due_people, 0) as participants,
        coalesce(counted.due_people, 0) as participants_due
    from communes
    inner join measured_dates on communes.reporting_date = measured_dates.reporting_date
    left join counted
        on communes.reporting_date = counted.reporting_date
        and communes.commune_key = counted.commune_key
        and measured_dates.moment = counted.moment
    left join heard
        on communes.reporting_date = heard.reporting_date
        and communes.commune_key = heard.commune_key
        and measured_dates.moment = heard.moment
),

known as (
    select
        reporting_date,
        commune_key,
        moment,
        case when is_known then participants end as participants,
        case when is_known then participants_due end as participants_due
    from measured
),

final as (
    select
        reporting_date,
        commune_key,
        cast(max(case when moment = 'current' then participants end) as bigint) as participants,
        cast(max(case when moment = 'current' then participants_due end) as bigint) as participants_due,
        cast(max(case when moment = 'prev_month' then participants end) as bigint) as participants_prev_month,
        cast(max(case when moment = 'prev_year_end' then participants end) as bigint) as participants_prev_year_end,
        cast(max(case when moment = 'before_half' then participants end) as bigint) as participants_before_half,
        cast(
            max(case when moment = 'same_day_last_year' then participants end) as bigint
        ) as participants_same_day_last_year
    from known
    group by reporting_date, commune_key
)

select * from final
