with segments as (
    select * from {{ ref('int_cover__segments') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

ended_payments as (
    -- a payment that a later one took over before its end was not due
    select
        segments.until_month as month,
        segments.commune_key,
        segments.agent_code,
        segments.months_paid,
        case when segments.next_from_month = segments.until_month then 1 else 0 end as is_renewed
    from segments
    left join reductions
        on segments.bhxh_number = reductions.bhxh_number
        and segments.until_month = reductions.month
    where
        segments.until_month = segments.paid_until_month
        and segments.until_month <= (select max(month) from reporting_dates)
        and (reductions.bhxh_number is null or segments.next_from_month = segments.until_month)
),

final as (
    select
        month,
        commune_key,
        agent_code,
        months_paid,
        cast(count(*) as bigint) as renewals_due,
        cast(sum(is_renewed) as bigint) as renewals_made
    from ended_payments
    group by month, commune_key, agent_code, months_paid
)

select * from final
