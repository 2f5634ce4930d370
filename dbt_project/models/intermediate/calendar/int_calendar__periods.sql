with months as (
    select * from {{ ref('int_calendar__months') }}
),

named as (
    select
        'year' as period_kind,
        cast(year_number as {{ dbt.type_string() }}) as period,
        month
    from months

    union all

    select
        'half' as period_kind,
        {{ dbt.concat([as_text('year_number'), "case when month_of_year <= 6 then '-H1' else '-H2' end"]) }} as period,
        month
    from months

    union all

    select
        'quarter' as period_kind,
        {{ dbt.concat([as_text('year_number'), "'-Q'", as_text('cast(floor((month_of_year + 2) / 3) as integer)')]) }} as period,
        month
    from months

    union all

    select
        'month' as period_kind,
        {{ dbt.concat([as_text('year_number'), "'-'", "lpad(" ~ as_text('month_of_year') ~ ", 2, '0')"]) }} as period,
        month
    from months
),

bounds as (
    select
        period_kind,
        period,
        min(month) as first_month,
        max(month) as last_month
    from named
    group by period_kind, period
),

final as (
    select
        period_kind,
        period,
        first_month,
        last_month,
        {{ month_start('first_month') }} as period_start,
        {{ month_end('last_month') }} as period_end
    from bounds
)

select * from final
