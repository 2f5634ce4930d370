{%- set months_after = [3, 6, 12, 24] -%}

with changes as (
    select * from {{ ref('int_person_months__changed') }}
),

payments as (
    select * from {{ ref('int_payments__bounded') }}
),

places as (
    select * from {{ ref('int_places__numbered') }}
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

newcomers as (
    -- who is new is known only after a year of history
    select
        epochs.district_code,
        changes.person_number,
        changes.month as first_month,
        coalesce(payment_terms.method, 'other') as method
    from changes
    inner join places on changes.place_number = places.place_number
    inner join epochs on places.commune_key = epochs.commune_key
    inner join openings on epochs.district_code = openings.district_code
    left join payment_terms
        on changes.months_paid = payment_terms.months_paid
        and {{ month_start('changes.month') }} >= payment_terms.valid_from
        and (payment_terms.valid_to is null or {{ month_start('changes.month') }} <= payment_terms.valid_to)
    where
        changes.change = 'new'
        and changes.month > openings.opening_month + 12
        and changes.month <= (select month from last_full_month)
),

followed as (
    select
        newcomers.district_code,
        newcomers.first_month,
        newcomers.method,
        newcomers.person_number
        {%- for months in months_after %},
        max(
            case
                when
                    payments.from_month <= newcomers.first_month + {{ months }}
                    and payments.until_month > newcomers.first_month + {{ months }}
                    then 1
                else 0
            end
        ) as is_covered_after_{{ months }}
        {%- endfor %}
    from newcomers
    inner join payments on newcomers.person_number = payments.person_number
    group by newcomers.district_code, newcomers.first_month, newcomers.method, newcomers.person_number
),

final as (
    select
        district_code,
        {{ month_start('first_month') }} as first_month,
        method,
        cast(count(*) as bigint) as people
        {%- for months in months_after %},
        cast(
            case when first_month + {{ months }} <= (select month from last_full_month) then sum(is_covered_after_{{ months }}) end
            as bigint
        ) as covered_after_{{ months }}_months
        {%- endfor %}
    from followed
    group by district_code, first_month, method
)

select * from final
