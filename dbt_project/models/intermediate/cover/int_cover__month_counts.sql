with changes as (
    select * from {{ ref('int_cover__changes') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

posts as (
    select * from {{ ref('int_cover__posts') }}
),

payment_terms as (
    select * from {{ ref('payment_terms') }}
),

terms_of_more_months as (
    -- at the end of the first month not paid, the term of a method that gives more than one month still runs
    select
        months.month,
        payment_terms.months_paid
    from months
    inner join payment_terms
        on months.month_start >= payment_terms.valid_from
        and (payment_terms.valid_to is null or months.month_start <= payment_terms.valid_to)
    where payment_terms.due_within_months > 1
),

differences as (
    select
        {{ post_number_of('changes.place_number') }} as post_number,
        changes.month,
        changes.change,
        changes.change in ('left', 'not_renewed') as is_one_less,
        terms_of_more_months.month is not null as is_within_term
    from changes
    left join terms_of_more_months
        on changes.month = terms_of_more_months.month
        and changes.months_paid = terms_of_more_months.months_paid

    union all

    select
        {{ post_number_of('from_place_number') }} as post_number,
        month,
        'moved' as change,
        true as is_one_less,
        false as is_within_term
    from changes
    where from_place_number is not null
),

monthly as (
    select
        post_number,
        month,
        count(*) - 2 * count(case when is_one_less then 1 end) as difference,
        count(case when change = 'new' then 1 end) as new_people,
        count(case when change = 'returned' then 1 end) as returned_people,
        count(case when change = 'left' then 1 end) as left_people,
        count(case when change = 'not_renewed' then 1 end) as not_renewed_people,
        count(case when change = 'not_renewed' and is_within_term then 1 end) as not_renewed_in_term_people
    from differences
    group by post_number, month
),

first_months as (
    select
        post_number,
        min(month) as first_month
    from monthly
    group by post_number
),

every_month as (
    select
        months.month,
        first_months.post_number
    from first_months
    inner join months on first_months.first_month <= months.month
    where months.month <= (select max(month) from reporting_dates)
),

counted as (
    select
        every_month.month,
        every_month.post_number,
        sum(coalesce(monthly.difference, 0)) over (
            partition by every_month.post_number
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
        and every_month.post_number = monthly.post_number
),

final as (
    select
        counted.month,
        posts.commune_key,
        posts.agent_code,
        cast(counted.covered_people as bigint) as covered_people,
        cast(counted.new_people as bigint) as new_people,
        cast(counted.returned_people as bigint) as returned_people,
        cast(counted.left_people as bigint) as left_people,
        cast(counted.not_renewed_people as bigint) as not_renewed_people,
        cast(counted.not_renewed_in_term_people as bigint) as not_renewed_in_term_people
    from counted
    inner join posts on counted.post_number = posts.post_number
    where
        counted.covered_people <> 0
        or counted.new_people + counted.returned_people + counted.left_people + counted.not_renewed_people > 0
)

select * from final
