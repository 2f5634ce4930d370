with changes as (
    select * from {{ ref('int_cover__changes') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

differences as (
    select
        month,
        commune_key,
        agent_code,
        case when change in ('left', 'not_renewed') then -1 else 1 end as difference,
        case when change = 'new' then 1 else 0 end as is_new,
        case when change = 'returned' then 1 else 0 end as is_returned,
        case when change = 'left' then 1 else 0 end as is_left,
        case when change = 'not_renewed' then 1 else 0 end as is_not_renewed,
        case when change = 'not_renewed' and is_within_term then 1 else 0 end as is_not_renewed_in_term
    from changes

    union all

    select
        month,
        from_commune_key as commune_key,
        from_agent_code as agent_code,
        -1 as difference,
        0 as is_new,
        0 as is_returned,
        0 as is_left,
        0 as is_not_renewed,
        0 as is_not_renewed_in_term
    from changes
    where change = 'moved'
),

monthly as (
    select
        month,
        commune_key,
        agent_code,
        sum(difference) as difference,
        sum(is_new) as new_people,
        sum(is_returned) as returned_people,
        sum(is_left) as left_people,
        sum(is_not_renewed) as not_renewed_people,
        sum(is_not_renewed_in_term) as not_renewed_in_term_people
    from differences
    group by month, commune_key, agent_code
),

places as (
    select
        commune_key,
        agent_code,
        min(month) as first_month
    from monthly
    group by commune_key, agent_code
),

every_month as (
    select
        months.month,
        places.commune_key,
        places.agent_code
    from places
    inner join months on places.first_month <= months.month
    where months.month <= (select max(month) from reporting_dates)
),

counted as (
    select
        every_month.month,
        every_month.commune_key,
        every_month.agent_code,
        sum(coalesce(monthly.difference, 0)) over (
            partition by every_month.commune_key, every_month.agent_code
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
        and every_month.commune_key = monthly.commune_key
        and every_month.agent_code = monthly.agent_code
),

final as (
    select
        month,
        commune_key,
        agent_code,
        cast(covered_people as bigint) as covered_people,
        cast(new_people as bigint) as new_people,
        cast(returned_people as bigint) as returned_people,
        cast(left_people as bigint) as left_people,
        cast(not_renewed_people as bigint) as not_renewed_people,
        cast(not_renewed_in_term_people as bigint) as not_renewed_in_term_people
    from counted
    where covered_people > 0 or new_people + returned_people + left_people + not_renewed_people > 0
)

select * from final
