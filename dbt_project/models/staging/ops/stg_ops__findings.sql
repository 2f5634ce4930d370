with source as (
    select * from {{ source('ops', 'findings') }}
),

renamed as (
    select
        -- ids
        sha256,
        row_id,
        -- text
        code as rule_code,
        severity
    from source
)

select * from renamed
