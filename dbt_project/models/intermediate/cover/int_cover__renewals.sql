with segments as (
    select * from {{ ref('int_cover__segments') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

places as (
    select * from {{ ref('int_cover__places') }}
),

posts as (
    select * from {{ ref('int_cover__posts') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

ended_payments as (
    -- a payment that a later one took over before its end was not due, nor one that ended inside another
    select
        segments.until_month as month,
        places.post_number,
        segments.months_paid,
        case when segments.is_followed then 1 else 0 end as is_renewed
    from segments
    inner join places on segments.place_number = places.place_number
    left join reductions
        on segments.person_number = reductions.person_number
        and segments.until_month = reductions.month
    where
        segments.until_month = segments.paid_until_month
        and not segments.is_inside_another
        and segments.until_month <= (select max(month) from reporting_dates)
        and (reductions.person_number is null or segments.is_followed)
),

counted as (
    select
        month,
        post_number,
        months_paid,
        count(*) as renewals_due,
        sum(is_renewed) as renewals_made
    from ended_payments
    group by month, post_number, months_paid
),

final as (
    select
        counted.month,
        posts.commune_key,
        posts.agent_code,
        counted.months_paid,
        cast(counted.renewals_due as bigint) as renewals_due,
        cast(counted.renewals_made as bigint) as renewals_made
    from counted
    inner join posts on counted.post_number = posts.post_number
)

select * from final
