with source as (
    select * from {{ source('raw', 'submissions') }}
),

renamed as (
    select
        -- ids
        arrival_id,
        sha256,
        reference_sha256,
        agent_code,
        -- text
        channel,
        form,
        batch_number,
        verdict,
        -- booleans
        is_empty_report,
        -- numbers, counted at the cells
        cast(rows_received as bigint) as rows_received,
        cast(rows_not_data as bigint) as rows_not_data,
        cast(amount_received_vnd as bigint) as amount_received_vnd,
        cast(amount_not_data_vnd as bigint) as amount_not_data_vnd,
        -- months, dates, instants
        cast(head_month as integer) as head_month,
        night,
        received_at,
        known_from
    from source
)

select * from renamed
