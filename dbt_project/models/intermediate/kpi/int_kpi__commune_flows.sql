with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

month_counts as (
    select * from {{ ref('int_cover__month_counts') }}
),

moves as (
    select * from {{ ref('int_cover__month_moves') }}
),

flows as (
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        sum(month_counts.covered_people) as covered_people,
        sum(month_counts.new_people) as new_people,
        sum(month_counts.returned_people) as returned_people,
        sum(month_counts.left_people) as left_people,
        sum(case when reporting_dates.is_month_end then month_counts.not_renewed_people else 0 end) as lapsed_people,
        sum(case when reporting_dates.is_month_end then month_counts.not_renewed_in_term_people else 0 end)
            as lapsed_in_term_people
    from reporting_dates
    inner join month_counts on reporting_dates.month = month_counts.month
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and month_counts.commune_key = communes_on_dates.commune_key
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key
),

moves_between as (
    select
        reporting_dates.reporting_date,
        moved_from.then_commune_key as from_commune_key,
        moved_to.then_commune_key as commune_key,
        sum(moves.people) as people,
        sum(case when moves.place_basis = 'address' then moves.people else 0 end) as people_by_address
    from reporting_dates
    inner join moves on reporting_dates.month = moves.month
    inner join communes_on_dates as moved_from
        on reporting_dates.reporting_date = moved_from.reporting_date
        and moves.from_commune_key = moved_from.commune_key
    inner join communes_on_dates as moved_to
        on reporting_dates.reporting_date = moved_to.reporting_date
        and moves.commune_key = moved_to.commune_key
    -- a commune that was merged into another has not moved anybody
    where moved_from.then_commune_key <> moved_to.then_commune_key
    group by reporting_dates.reporting_date, moved_from.then_commune_key, moved_to.then_commune_key
),

all_flows as (
    select
        reporting_date,
        commune_key,
        covered_people - new_people - returned_people as continuing_people,
        new_people,
        returned_people,
        left_people,
        lapsed_people,
        lapsed_in_term_people,
        0 as moved_in_people,
        0 as moved_in_by_address_people,
        0 as moved_out_people
    from flows

    union all

    select
        reporting_date,
        commune_key,
        0 as continuing_people,
        0 as new_people,
        0 as returned_people,
        0 as left_people,
        0 as lapsed_people,
        0 as lapsed_in_term_people,
        people as moved_in_people,
        people_by_address as moved_in_by_address_people,
        0 as moved_out_people
    from moves_between

    union all

    select
        reporting_date,
        from_commune_key as commune_key,
        0 as continuing_people,
        0 as new_people,
        0 as returned_people,
        0 as left_people,
        0 as lapsed_people,
        0 as lapsed_in_term_people,
        0 as moved_in_people,
        0 as moved_in_by_address_people,
        people as moved_out_people
    from moves_between
),

final as (
    select
        reporting_date,
        commune_key,
        cast(sum(new_people) as bigint) as new_participants,
        cast(sum(continuing_people) as bigint) as continuing_participants,
        cast(sum(returned_people) as bigint) as returned_participants,
        cast(sum(lapsed_people) as bigint) as lapsed_participants,
        cast(sum(lapsed_in_term_people) as bigint) as lapsed_within_term,
        cast(sum(left_people) as bigint) as left_participants,
        cast(sum(moved_in_people) as bigint) as moved_in_participants,
        cast(sum(moved_in_by_address_people) as bigint) as moved_in_by_address,
        cast(sum(moved_out_people) as bigint) as moved_out_participants
    from all_flows
    group by reporting_date, commune_key
)

select * from final
