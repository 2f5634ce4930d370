-- every day of the months of dim_month
with days as (
    select
        months.month,
        months.month_end,
        months.year_number,
        months.half_period,
        months.quarter_period,
        cast(tens.digit * 10 + ones.digit as integer) as day_of_month
    from {{ ref('dim_month') }} as months
    cross join {{ digits() }} as tens
    cross join {{ digits() }} as ones
    where
        tens.digit * 10 + ones.digit >= 1
        and tens.digit * 10 + ones.digit <= extract(day from months.month_end)
),

dated as (
    select
        cast({{ dbt.dateadd('day', 'day_of_month - 1', 'month') }} as date) as date_day,
        *
    from days
),

final as (
    select
        dated.date_day,
        dated.month,
        dated.day_of_month,
        -- 01/01/1900 was a Monday
        cast(mod({{ dbt.datediff("cast('1900-01-01' as date)", 'dated.date_day', 'day') }}, 7) + 1 as integer) as day_of_week,
        dated.year_number,
        dated.half_period,
        dated.quarter_period,
        dated.date_day = dated.month_end as is_month_end,
        reporting_dates.reporting_date is not null as is_reporting_date
    from dated
    left join {{ ref('int_calendar__reporting_dates') }} as reporting_dates on dated.date_day = reporting_dates.reporting_date
)

select * from final
