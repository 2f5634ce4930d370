with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

grouped as (
    select * from {{ ref('int_kpi__districts') }}
),

{{ from_grouped_to_with_reason('district') }},

final as (
    select
        reporting_date,
        known_on,
        district_code,
        district_name,
        {{ kpi_columns() }}
    from with_reason
)

select * from final
