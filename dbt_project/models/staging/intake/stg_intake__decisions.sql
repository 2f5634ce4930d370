with source as (
    select * from {{ source('raw', 'decisions') }}
),

renamed as (
    select
        -- ids
        decision_id,
        sha256,
        row_id,
        undoes as undone_id,
        -- text
        decision,
        -- numbers
        cast(sequence as integer) as decision_number,
        -- dates, instants
        night,
        decided_at
    from source
)

select * from renamed
