-- A payment that a later one took over before its end was not due, nor one that ended inside
-- another.
with ended_payments as (
    select
        month,
        previous_place_number as place_number,
        previous_months_paid as months_paid,
        count(*) as renewals_due,
        count(case when change in ('continued', 'moved') then 1 end) as renewals_made
    from {{ ref('int_person_months__changed') }}
    where
        is_payment_over
        and change <> 'left'
        and month <= (select max(month) from {{ ref('int_calendar__reporting_dates') }})
    group by month, previous_place_number, previous_months_paid
),

final as (
    select
        ended_payments.month,
        places.commune_key,
        places.agent_code,
        ended_payments.months_paid,
        cast(ended_payments.renewals_due as bigint) as renewals_due,
        cast(ended_payments.renewals_made as bigint) as renewals_made
    from ended_payments
    inner join {{ ref('int_places__numbered') }} as places on ended_payments.place_number = places.place_number
)

select * from final
