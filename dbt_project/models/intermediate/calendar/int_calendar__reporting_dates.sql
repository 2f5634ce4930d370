with with_month as (
    select
        reporting_date,
        known_on,
        {{ month_index('reporting_date') }} as month
    from {{ ref('stg_ops__reporting_dates') }} as reporting_dates
),

with_parts as (
    select
        reporting_date,
        known_on,
        month,
        {{ month_year('month') }} as year_number,
        {{ month_of_year('month') }} as month_of_year
    from with_month
),

final as (
    select
        reporting_date,
        known_on,
        month,
        {{ month_label('month') }} as month_label,
        {{ month_start('month') }} as month_start,
        {{ month_end('month') }} as month_end,
        reporting_date = {{ month_end('month') }} as is_month_end,
        -- whole months of the year behind the date, and months before it
        case when reporting_date = {{ month_end('month') }} then month_of_year else month_of_year - 1 end as elapsed_months,
        12 - case when reporting_date = {{ month_end('month') }} then month_of_year else month_of_year - 1 end as months_left,
        year_number * 12 as last_month_of_year_before,
        year_number * 12 + case when month_of_year <= 6 then 0 else 6 end as last_month_before_half,
        {{ month_start('year_number * 12 + 1') }} as year_start,
        {{ month_start('year_number * 12 + case when month_of_year <= 6 then 1 else 7 end') }} as half_start,
        cast(year_number as {{ dbt.type_string() }}) as year_period,
        {{ dbt.concat([
            "cast(year_number as " ~ dbt.type_string() ~ ")",
            "case when month_of_year <= 6 then '-H1' else '-H2' end",
        ]) }} as half_period
    from with_parts
)

select * from final
