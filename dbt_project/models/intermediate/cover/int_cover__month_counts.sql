with person_months as (
    select * from {{ ref('int_cover__person_months') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

covered as (
    select
        month,
        commune_key,
        count(*) as covered_people
    from person_months
    group by month, commune_key
),

not_renewed as (
    -- they belong to the commune of the month before
    select
        previous.month + 1 as month,
        previous.commune_key,
        count(*) as not_renewed_people
    from person_months as previous
    left join person_months as present
        on previous.bhxh_number = present.bhxh_number
        and previous.month + 1 = present.month
    left join reductions
        on previous.bhxh_number = reductions.bhxh_number
        and previous.month + 1 = reductions.month
    where
        present.bhxh_number is null
        and reductions.bhxh_number is null
    group by previous.month + 1, previous.commune_key
),

both_counts as (
    select
        month,
        commune_key,
        covered_people,
        0 as not_renewed_people
    from covered

    union all

    select
        month,
        commune_key,
        0 as covered_people,
        not_renewed_people
    from not_renewed
),

final as (
    select
        month,
        commune_key,
        cast(sum(covered_people) as bigint) as covered_people,
        cast(sum(not_renewed_people) as bigint) as not_renewed_people
    from both_counts
    group by month, commune_key
)

select * from final
