with spans as (
    select * from {{ ref('int_cover__spans') }}
),

-- payments of hardly anybody overlap; only theirs are laid out month by month
overlapping_people as (
    select * from {{ ref('int_cover__overlapping_people') }}
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
        spans.person_number,
        spans.place_number,
        spans.months_paid,
        spans.from_month as paid_from_month,
        spans.until_month as paid_until_month,
        spans.from_month + months_ahead.months_ahead as month,
        min(spans.from_month) over (partition by spans.person_number, spans.from_month + months_ahead.months_ahead) as earliest_from_month,
        row_number() over (
            partition by spans.person_number, spans.from_month + months_ahead.months_ahead
            -- the key of a row begins with the hash of its file
            order by spans.from_month desc, spans.night desc, spans.row_id desc
        ) as rank_from_latest
    from spans
    inner join overlapping_people on spans.person_number = overlapping_people.person_number
    inner join months_ahead on spans.until_month - spans.from_month > months_ahead.months_ahead
    where not spans.is_plain
),

numbered_months as (
    -- months in a row that one payment gives have one difference
    select
        *,
        month - row_number() over (partition by row_id order by month) as run_of_months
    from covered_months
    where rank_from_latest = 1
),

runs as (
    select
        person_number,
        place_number,
        months_paid,
        paid_from_month,
        paid_until_month,
        -- before the first month of the stretch: a payment begun before goes on under it
        min(earliest_from_month) as earliest_from_month,
        cast(min(month) as integer) as from_month,
        cast(max(month) + 1 as integer) as until_month
    from numbered_months
    group by row_id, person_number, place_number, months_paid, paid_from_month, paid_until_month, run_of_months
),

final as (
    select
        person_number,
        place_number,
        months_paid,
        paid_from_month,
        paid_until_month,
        from_month,
        until_month,
        {{ neighbours_of_a_person('earliest_from_month') }}
    from runs
)

select * from final
