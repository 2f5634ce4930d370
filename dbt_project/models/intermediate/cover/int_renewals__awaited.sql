{{ config(materialized='view') }}

with last_ends as (
    select
        person_number,
        max(month) as month
    from {{ ref('int_person_months__changed') }}
    group by person_number
),

last_left as (
    select
        person_number,
        max(month) as month
    from {{ ref('int_people__left') }}
    group by person_number
),

last_payments as (
    -- of two that end together, the one that counted
    select
        payments.row_id,
        payments.person_number,
        payments.place_number,
        payments.months_paid,
        {{ month_start('payments.until_month') }} as due_on,
        row_number() over (partition by payments.person_number order by payments.precedence desc) as rank_from_latest
    from last_ends
    inner join {{ ref('int_payments__bounded') }} as payments
        on last_ends.person_number = payments.person_number
        and last_ends.month = payments.until_month
    left join last_left on last_ends.person_number = last_left.person_number
    -- whoever was reported as left for the first month not paid, or for a later one, is not to be
    -- called
    where coalesce(last_left.month < last_ends.month, true)
),

with_term as (
    select
        last_payments.*,
        payment_terms.method_name,
        payment_terms.method_name is not null as has_term,
        -- a number of months that no method gives has no term but the month itself
        cast(
            {{ dbt.dateadd('day', -1, dbt.dateadd('month', 'coalesce(payment_terms.due_within_months, 1)', 'last_payments.due_on')) }}
            as date
        ) as payable_until
    from last_payments
    left join {{ ref('payment_terms') }} as payment_terms
        on last_payments.months_paid = payment_terms.months_paid
        and last_payments.due_on >= payment_terms.valid_from
        and (payment_terms.valid_to is null or last_payments.due_on <= payment_terms.valid_to)
    where last_payments.rank_from_latest = 1
),

final as (
    select
        reporting_dates.reporting_date,
        with_term.row_id,
        substring({{ as_text('with_term.person_number') }}, 2) as bhxh_number,
        places.agent_code,
        communes_on_dates.then_commune_key as commune_key,
        with_term.months_paid,
        with_term.method_name,
        with_term.has_term,
        with_term.due_on,
        with_term.payable_until
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join with_term
        on with_term.due_on <= {{ dbt.dateadd('day', 60, 'reporting_dates.reporting_date') }}
        and with_term.payable_until >= reporting_dates.reporting_date
    inner join {{ ref('int_places__numbered') }} as places on with_term.place_number = places.place_number
    inner join {{ ref('int_communes__on_reporting_dates') }} as communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and places.commune_key = communes_on_dates.commune_key
)

select * from final
