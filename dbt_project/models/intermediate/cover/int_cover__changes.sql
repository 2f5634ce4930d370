with segments as (
    select * from {{ ref('int_cover__segments') }}
),

reductions as (
    select * from {{ ref('int_cover__reductions') }}
),

payment_terms as (
    select * from {{ ref('payment_terms') }}
),

entered as (
    select
        bhxh_number,
        from_month as month,
        case
            when previous_until_month is null then 'new'
            when previous_until_month < from_month then 'returned'
            else 'moved'
        end as change,
        place_number,
        case when previous_until_month = from_month then previous_place_number end as from_place_number,
        months_paid,
        false as is_within_term
    from segments
    where
        previous_until_month is null
        or previous_until_month < from_month
        or previous_place_number <> place_number
),

stopped as (
    -- who stops does so in the commune of the month before
    select
        segments.bhxh_number,
        segments.until_month as month,
        case when reductions.bhxh_number is not null then 'left' else 'not_renewed' end as change,
        segments.place_number,
        cast(null as integer) as from_place_number,
        segments.months_paid,
        -- at the end of the first month not paid, the term of a method that gives more than one month still runs
        coalesce(payment_terms.due_within_months > 1, false) as is_within_term
    from segments
    left join payment_terms
        on segments.months_paid = payment_terms.months_paid
        and {{ month_start('segments.until_month') }} >= payment_terms.valid_from
        and (payment_terms.valid_to is null or {{ month_start('segments.until_month') }} <= payment_terms.valid_to)
    left join reductions
        on segments.bhxh_number = reductions.bhxh_number
        and segments.until_month = reductions.month
    where
        segments.next_from_month is null
        or segments.next_from_month > segments.until_month
),

final as (
    select * from entered

    union all

    select * from stopped
)

select * from final
