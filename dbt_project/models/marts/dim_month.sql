with reported as (
    select
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('int_calendar__reporting_dates') }}
),

final as (
    select
        months.month_start as month,
        months.month as month_index,
        months.month_end,
        months.month_label,
        months.year_number,
        months.month_of_year,
        months.half_period,
        months.quarter_period
    from {{ ref('int_calendar__months') }} as months
    cross join reported
    -- from the January of the year before the first reporting date, so that the baselines lie
    -- within, to the December of the last one's year
    where
        months.year_number >= {{ month_year('reported.first_month') }} - 1
        and months.year_number <= {{ month_year('reported.last_month') }}
)

select * from final
