with thousand_months as (
    select cast({{ first_month_of_scheme() }} + hundreds.digit * 100 + tens.digit * 10 + ones.digit as integer) as month
    from {{ digits() }} as ones
    cross join {{ digits() }} as tens
    cross join {{ digits() }} as hundreds
),

with_parts as (
    select
        month,
        {{ month_year('month') }} as year_number,
        {{ month_of_year('month') }} as month_of_year
    from thousand_months
),

final as (
    select
        month,
        {{ month_start('month') }} as month_start,
        {{ month_end('month') }} as month_end,
        {{ month_label('month') }} as month_label,
        year_number,
        month_of_year,
        -- the periods of a target that it lies in, as targets name them
        {{ as_text('year_number') }} as year_period,
        {{ dbt.concat([as_text('year_number'), "case when month_of_year <= 6 then '-H1' else '-H2' end"]) }} as half_period,
        {{ dbt.concat([as_text('year_number'), "'-Q'", as_text('cast(floor((month_of_year + 2) / 3) as integer)')]) }}
            as quarter_period,
        {{ dbt.concat([as_text('year_number'), "'-'", "lpad(" ~ as_text('month_of_year') ~ ", 2, '0')"]) }} as month_period
    from with_parts
)

select * from final
