with source as (
    select * from {{ source('ops', 'reporting_dates') }}
),

renamed as (
    select
        reporting_date,
        known_on
    from source
)

select * from renamed
