{{ config(materialized='view') }}

with segments as (
    select * from {{ ref('int_cover__segments') }}
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
        bhxh_number,
        max(month) as month
    from reductions
    group by bhxh_number
),

last_cover as (
    -- whoever was reported as left for the first month not paid, or for a later one, is not to be called
    select
        segments.row_id,
        segments.bhxh_number,
        segments.agent_code,
        segments.commune_key,
        segments.months_paid,
        {{ month_start('segments.until_month') }} as due_on
    from segments
    left join last_reductions on segments.bhxh_number = last_reductions.bhxh_number
    where
        segments.next_from_month is null
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

final as (
    select
        reporting_dates.reporting_date,
        with_term.row_id,
        with_term.bhxh_number,
        with_term.agent_code,
        communes_on_dates.then_commune_key as commune_key,
        with_term.months_paid,
        with_term.method_name,
        with_term.has_term,
        with_term.due_on,
        with_term.payable_until
    from reporting_dates
    inner join with_term
        on with_term.due_on <= {{ dbt.dateadd('day', 60, 'reporting_dates.reporting_date') }}
        and with_term.payable_until >= reporting_dates.reporting_date
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and with_term.commune_key = communes_on_dates.commune_key
)

select * from final
