with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

measured_dates as (
    select
        reporting_date,
        'current' as moment,
        reporting_date as measured_on
    from reporting_dates

    union all

    select
        reporting_date,
        'prev_month' as moment,
        {{ month_end('month - 1') }} as measured_on
    from reporting_dates

    union all

    select
        reporting_date,
        'prev_year_end' as moment,
        {{ month_end('last_month_of_year_before') }} as measured_on
    from reporting_dates

    union all

    select
        reporting_date,
        'before_half' as moment,
        {{ month_end('last_month_before_half') }} as measured_on
    from reporting_dates

    union all

    select
        reporting_date,
        'same_day_last_year' as moment,
        -- a month's last day maps to a month's last day: 28/02/2021 to 29/02/2020, 29/02/2020 to 28/02/2019
        case
            when is_month_end then {{ month_end('month - 12') }}
            else cast({{ dbt.dateadd('month', -12, 'reporting_date') }} as date)
        end as measured_on
    from reporting_dates
),

with_month as (
    select
        reporting_date,
        moment,
        measured_on,
        {{ month_index('measured_on') }} as month
    from measured_dates
),

final as (
    select
        reporting_date,
        moment,
        measured_on,
        month,
        measured_on = {{ month_end('month') }} as is_month_end
    from with_month
)

select * from final
