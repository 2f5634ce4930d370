{%- set neighbours -%}
    lag(until_month) over (partition by bhxh_number order by from_month) as previous_until_month,
        lag(commune_key) over (partition by bhxh_number order by from_month) as previous_commune_key,
        lag(agent_code) over (partition by bhxh_number order by from_month) as previous_agent_code,
        lead(from_month) over (partition by bhxh_number order by from_month) as next_from_month
{%- endset -%}

with spans as (
    select * from {{ ref('int_cover__spans') }}
),

with_neighbours as (
    select
        row_id,
        bhxh_number,
        commune_key,
        place_basis,
        agent_code,
        months_paid,
        until_month as paid_until_month,
        from_month,
        until_month,
        {{ neighbours }}
    from spans
),

-- payments of hardly anybody overlap; only theirs are laid out month by month
overlapping_people as (
    select distinct bhxh_number
    from with_neighbours
    where from_month < previous_until_month
),

months_ahead as (
    select cast(hundreds.digit * 100 + tens.digit * 10 + ones.digit as integer) as months_ahead
    from {{ digits() }} as ones
    cross join {{ digits() }} as tens
    cross join {{ digits() }} as hundreds
),

covered_months as (
    select
        spans.row_id,
        spans.bhxh_number,
        spans.commune_key,
        spans.place_basis,
        spans.agent_code,
        spans.months_paid,
        spans.until_month as paid_until_month,
        spans.from_month + months_ahead.months_ahead as month,
        row_number() over (
            partition by spans.bhxh_number, spans.from_month + months_ahead.months_ahead
            -- the key of a row begins with the hash of its file
            order by spans.from_month desc, spans.night desc, spans.row_id desc
        ) as rank_from_latest
    from spans
    inner join overlapping_people on spans.bhxh_number = overlapping_people.bhxh_number
    inner join months_ahead on spans.until_month - spans.from_month > months_ahead.months_ahead
),

numbered_months as (
    -- months in a row that one payment gives have one difference
    select
        *,
        month - row_number() over (partition by row_id order by month) as run_of_months
    from covered_months
    where rank_from_latest = 1
),

untangled as (
    select
        row_id,
        bhxh_number,
        commune_key,
        place_basis,
        agent_code,
        months_paid,
        paid_until_month,
        cast(min(month) as integer) as from_month,
        cast(max(month) + 1 as integer) as until_month
    from numbered_months
    group by row_id, bhxh_number, commune_key, place_basis, agent_code, months_paid, paid_until_month, run_of_months
),

final as (
    select with_neighbours.*
    from with_neighbours
    left join overlapping_people on with_neighbours.bhxh_number = overlapping_people.bhxh_number
    where overlapping_people.bhxh_number is null

    union all

    select
        row_id,
        bhxh_number,
        commune_key,
        place_basis,
        agent_code,
        months_paid,
        paid_until_month,
        from_month,
        until_month,
        {{ neighbours }}
    from untangled
)

select * from final
