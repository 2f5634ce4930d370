-- Nobody falls between the communes: from the opening on, the people covered in the month of a
-- reporting date are those of its communes, counted without places; but for communes where no agent
-- was registered, whose figure is not known.
with covered as (
    select
        reporting_dates.reporting_date,
        count(distinct payments.person_number) as covered_people
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join {{ ref('int_payments__bounded') }} as payments
        on reporting_dates.month >= payments.from_month
        and reporting_dates.month < payments.until_month
    group by reporting_dates.reporting_date
),

counted as (
    select
        reporting_date,
        sum(participants - participants_due) as counted_people,
        count(case when participants is null then 1 end) as communes_not_known
    from {{ ref('kpi_by_commune') }}
    where boundaries = 'then'
    group by reporting_date
)

select
    counted.reporting_date,
    counted.counted_people,
    covered.covered_people
from counted
left join covered on counted.reporting_date = covered.reporting_date
where
    counted.communes_not_known = 0
    and counted.counted_people <> coalesce(covered.covered_people, 0)
