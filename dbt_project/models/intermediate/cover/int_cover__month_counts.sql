with changes as (
    select * from {{ ref('int_cover__changes') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

places as (
    select * from {{ ref('int_cover__places') }}
),

posts as (
    select * from {{ ref('int_cover__posts') }}
),

counted_changes as (
    select
        month,
        change,
        place_number,
        from_place_number,
        is_within_term,
        count(*) as people
    from changes
    group by month, change, place_number, from_place_number, is_within_term
),

differences as (
    select
        month,
        place_number,
        case when change in ('left', 'not_renewed') then -people else people end as difference,
        case when change = 'new' then people else 0 end as new_people,
        case when change = 'returned' then people else 0 end as returned_people,
        case when change = 'left' then people else 0 end as left_people,
        case when change = 'not_renewed' then people else 0 end as not_renewed_people,
        case when change = 'not_renewed' and is_within_term then people else 0 end as not_renewed_in_term_people
    from counted_changes

    union all

    select
        month,
        from_place_number as place_number,
        -people as difference,
        0 as new_people,
        0 as returned_people,
        0 as left_people,
        0 as not_renewed_people,
        0 as not_renewed_in_term_people
    from counted_changes
    where change = 'moved'
),

monthly as (
    select
        differences.month,
        places.post_number,
        sum(differences.difference) as difference,
        sum(differences.new_people) as new_people,
        sum(differences.returned_people) as returned_people,
        sum(differences.left_people) as left_people,
        sum(differences.not_renewed_people) as not_renewed_people,
        sum(differences.not_renewed_in_term_people) as not_renewed_in_term_people
    from differences
    inner join places on differences.place_number = places.place_number
    group by differences.month, places.post_number
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
        counted.covered_people > 0
        or counted.new_people + counted.returned_people + counted.left_people + counted.not_renewed_people > 0
)

select * from final
