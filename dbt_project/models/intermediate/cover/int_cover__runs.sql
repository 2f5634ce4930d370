with changes as (
    select * from {{ ref('int_cover__changes') }}
    where change <> 'moved'
),

-- of a person, coming and stopping take turns
beside_each_other as (
    select
        person_number,
        change,
        place_number,
        month as until_month,
        lag(month) over (partition by person_number order by month) as from_month,
        lead(month) over (partition by person_number order by month) as next_from_month
    from changes
),

final as (
    select
        person_number,
        place_number,
        from_month,
        until_month,
        next_from_month
    from beside_each_other
    where change in ('left', 'not_renewed')
)

select * from final
