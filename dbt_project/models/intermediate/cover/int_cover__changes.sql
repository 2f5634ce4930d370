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
        row_id,
        bhxh_number,
        from_month as month,
        case
            when previous_until_month is null then 'new'
            when previous_until_month < from_month then 'returned'
            else 'moved'
        end as change,
        commune_key,
        agent_code,
        case when previous_until_month = from_month then previous_commune_key end as from_commune_key,
        case when previous_until_month = from_month then previous_agent_code end as from_agent_code,
        place_basis,
        months_paid,
        false as is_within_term
    from segments
    where
        previous_until_month is null
        or previous_until_month < from_month
        or previous_commune_key <> commune_key
        or previous_agent_code <> agent_code
),

stopped as (
    -- who stops does so in the commune of the month before
    select
        segments.row_id,
        segments.bhxh_number,
        segments.until_month as month,
        case when reductions.bhxh_number is not null then 'left' else 'not_renewed' end as change,
        segments.commune_key,
        segments.agent_code,
        cast(null as {{ dbt.type_string() }}) as from_commune_key,
        cast(null as {{ dbt.type_string() }}) as from_agent_code,
        segments.place_basis,
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
