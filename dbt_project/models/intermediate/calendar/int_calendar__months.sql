with thousand_months as (
    select cast({{ first_month_of_scheme() }} + hundreds.digit * 100 + tens.digit * 10 + ones.digit as integer) as month
    from {{ digits() }} as ones
    cross join {{ digits() }} as tens
    cross join {{ digits() }} as hundreds
),

final as (
    select
        thousand_months.month,
        {{ month_start('thousand_months.month') }} as month_start,
        {{ month_end('thousand_months.month') }} as month_end,
        {{ month_label('thousand_months.month') }} as month_label,
        {{ month_year('thousand_months.month') }} as year_number,
        {{ month_of_year('thousand_months.month') }} as month_of_year
    from thousand_months
)

select * from final
