with changes as (
    select * from {{ ref('int_person_months__changed') }}
    where change <> 'continued'
),

terms_of_more_months as (
    -- at the end of the first month not paid, the term of a method that gives more than one month
    -- still runs
    select
        months.month,
        payment_terms.months_paid
    from {{ ref('int_calendar__months') }} as months
    inner join {{ ref('payment_terms') }} as payment_terms
        on months.month_start >= payment_terms.valid_from
        and (payment_terms.valid_to is null or months.month_start <= payment_terms.valid_to)
    where payment_terms.due_within_months > 1
),

differences as (
    select
        place_number,
        month,
        change,
        1 as people,
        false as is_within_term
    from changes
    where change in ('new', 'returned', 'moved')

    union all

    -- who stops or moves does so from the place of the month before
    select
        changes.previous_place_number as place_number,
        changes.month,
        changes.change,
        -1 as people,
        terms_of_more_months.month is not null as is_within_term
    from changes
    left join terms_of_more_months
        on changes.month = terms_of_more_months.month
        and changes.previous_months_paid = terms_of_more_months.months_paid
    where changes.change in ('left', 'not_renewed', 'moved')
),

monthly as (
    select
        place_number,
        month,
        sum(people) as difference,
        count(case when change = 'new' then 1 end) as new_people,
        count(case when change = 'returned' then 1 end) as returned_people,
        count(case when change = 'left' then 1 end) as left_people,
        count(case when change = 'not_renewed' then 1 end) as not_renewed_people,
        count(case when change = 'not_renewed' and is_within_term then 1 end) as not_renewed_in_term_people
    from differences
    group by place_number, month
),

first_months as (
    select
        place_number,
        min(month) as first_month
    from monthly
    group by place_number
),

every_month as (
    select
        months.month,
        first_months.place_number
    from first_months
    inner join {{ ref('int_calendar__months') }} as months on first_months.first_month <= months.month
    where months.month <= (select max(month) from {{ ref('int_calendar__reporting_dates') }})
),

counted as (
    select
        every_month.month,
        every_month.place_number,
        sum(coalesce(monthly.difference, 0)) over (
            partition by every_month.place_number
            order by every_month.month
            rows between unbounded preceding and current row
        ) as covered_people,
        coalesce(monthly.new_people, 0) as new_people,
        coalesce(monthly.returned_people, 0) as returned_people,
        coalesce(monthly.left_people, 0) as left_people,
        coalesce(monthly.not_renewed_people, 0) as not_renewed_people,
        coalesce(monthly.not_renewed_in_term_people, 0) as not_renewed_in_term_people
    from every_month
    left join monthly
        on every_month.month = monthly.month
        and every_month.place_number = monthly.place_number
),

final as (
    select
        counted.month,
        places.commune_key,
        places.agent_code,
        cast(counted.covered_people as bigint) as covered_people,
        cast(counted.new_people as bigint) as new_people,
        cast(counted.returned_people as bigint) as returned_people,
        cast(counted.left_people as bigint) as left_people,
        cast(counted.not_renewed_people as bigint) as not_renewed_people,
        cast(counted.not_renewed_in_term_people as bigint) as not_renewed_in_term_people
    from counted
    inner join {{ ref('int_places__numbered') }} as places on counted.place_number = places.place_number
    where
        counted.covered_people <> 0
        or counted.new_people + counted.returned_people + counted.left_people + counted.not_renewed_people > 0
)

select * from final
