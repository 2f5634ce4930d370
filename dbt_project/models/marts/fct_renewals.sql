with renewals as (
    select * from {{ ref('int_renewals__counted') }}
),

payments as (
    select * from {{ ref('int_payments__bounded') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

openings as (
    select * from {{ ref('int_districts__openings') }}
),

payment_terms as (
    select * from {{ ref('payment_terms') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

last_full_month as (
    select max(case when is_month_end then month else month - 1 end) as month from reporting_dates
),

-- no form before QĐ 490 has the day of payment: the day on which its sheet was received stands for
-- it
begun_payments as (
    select
        epochs.district_code,
        payments.from_month as month,
        payments.months_paid,
        payment_terms.due_within_months,
        {{ dbt.datediff(
            month_end('payments.from_month + payment_terms.due_within_months - 1'),
            local_date('payments.received_at'),
            'day'
        ) }} as days_after_term
    from payments
    inner join epochs on payments.commune_key = epochs.commune_key
    left join payment_terms
        on payments.months_paid = payment_terms.months_paid
        and {{ month_start('payments.from_month') }} >= payment_terms.valid_from
        and (payment_terms.valid_to is null or {{ month_start('payments.from_month') }} <= payment_terms.valid_to)
    where payments.form like 'd05-ts/%'
),

counted as (
    select
        district_code,
        month,
        months_paid,
        0 as renewals_due,
        0 as renewals_made,
        1 as payments_begun,
        case when days_after_term > 0 then 1 else 0 end as payments_late,
        case when days_after_term > 0 then days_after_term else 0 end as days_late
    from begun_payments

    union all

    select
        epochs.district_code,
        renewals.month,
        renewals.months_paid,
        renewals.renewals_due,
        renewals.renewals_made,
        0 as payments_begun,
        0 as payments_late,
        0 as days_late
    from renewals
    inner join epochs on renewals.commune_key = epochs.commune_key
),

named as (
    select
        counted.*,
        coalesce(payment_terms.method, 'other') as method
    from counted
    left join payment_terms
        on counted.months_paid = payment_terms.months_paid
        and {{ month_start('counted.month') }} >= payment_terms.valid_from
        and (payment_terms.valid_to is null or {{ month_start('counted.month') }} <= payment_terms.valid_to)
),

final as (
    select
        named.district_code,
        {{ month_start('named.month') }} as month,
        named.method,
        cast(sum(named.renewals_due) as bigint) as renewals_due,
        cast(sum(named.renewals_made) as bigint) as renewals_made,
        {{ rate('sum(named.renewals_made)', 'sum(named.renewals_due)') }} as renewal_rate,
        cast(sum(named.payments_begun) as bigint) as payments_begun,
        cast(sum(named.payments_late) as bigint) as payments_late,
        {{ rate('sum(named.days_late)', 'sum(named.payments_late)') }} as mean_days_late
    from named
    inner join openings on named.district_code = openings.district_code
    where
        named.month > openings.opening_month + 1
        and named.month <= (select month from last_full_month)
    group by named.district_code, named.month, named.method
)

select * from final
