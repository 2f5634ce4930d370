{{ config(materialized='view') }}

with segments as (
    select * from {{ ref('int_cover__segments') }}
),

spans as (
    select * from {{ ref('int_cover__spans') }}
),

places as (
    select * from {{ ref('int_cover__places') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

payment_terms as (
    select * from {{ ref('payment_terms') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

last_reductions as (
    select
        person_number,
        max(month) as month
    from reductions
    group by person_number
),

last_cover as (
    -- whoever was reported as left for the first month not paid, or for a later one, is not to be called
    select
        segments.person_number,
        segments.place_number,
        segments.paid_from_month,
        segments.months_paid,
        {{ month_start('segments.until_month') }} as due_on
    from segments
    left join last_reductions on segments.person_number = last_reductions.person_number
    where
        segments.is_last
        and coalesce(last_reductions.month < segments.until_month, true)
),

with_term as (
    select
        last_cover.*,
        payment_terms.method_name,
        payment_terms.method_name is not null as has_term,
        -- a number of months that no method gives has no term but the month itself
        cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 'coalesce(payment_terms.due_within_months, 1)', 'last_cover.due_on')) }} as date)
            as payable_until
    from last_cover
    left join payment_terms
        on last_cover.months_paid = payment_terms.months_paid
        and last_cover.due_on >= payment_terms.valid_from
        and (payment_terms.valid_to is null or last_cover.due_on <= payment_terms.valid_to)
),

due as (
    select
        reporting_dates.reporting_date,
        with_term.*
    from reporting_dates
    inner join with_term
        on with_term.due_on <= {{ dbt.dateadd('day', 60, 'reporting_dates.reporting_date') }}
        and with_term.payable_until >= reporting_dates.reporting_date
),

due_payments as (
    -- the row that said so: of two with the same months, the one that stands for them
    select
        due.*,
        spans.row_id,
        row_number() over (partition by due.reporting_date, due.person_number order by spans.night desc, spans.row_id desc) as rank_from_latest
    from due
    inner join spans
        on due.person_number = spans.person_number
        and due.paid_from_month = spans.from_month
        and due.months_paid = spans.months_paid
),

final as (
    select
        due_payments.reporting_date,
        due_payments.row_id,
        {{ bhxh_number_of('due_payments.person_number') }} as bhxh_number,
        places.agent_code,
        communes_on_dates.then_commune_key as commune_key,
        due_payments.months_paid,
        due_payments.method_name,
        due_payments.has_term,
        due_payments.due_on,
        due_payments.payable_until
    from due_payments
    inner join places on due_payments.place_number = places.place_number
    inner join communes_on_dates
        on due_payments.reporting_date = communes_on_dates.reporting_date
        and places.commune_key = communes_on_dates.commune_key
    where due_payments.rank_from_latest = 1
)

select * from final
