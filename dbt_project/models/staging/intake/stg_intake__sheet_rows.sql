with source as (
    select * from {{ source('raw', 'sheet_rows') }}
),

renamed as (
    select
        -- ids
        row_id,
        sha256,
        row_key,
        content_key,
        agent_code,
        bhxh_number,
        commune_code,
        -- address in the file
        sheet,
        sheet_index,
        row_number,
        -- text
        form,
        -- before there were two, every form was the voluntary scheme's
        coalesce(scheme, 'bhxh-tn') as scheme,
        batch_number,
        section,
        fate as fate_in_file,
        own_fate,
        full_name,
        support_group,
        -- booleans
        is_cancellation,
        -- numbers
        cast(amount_vnd as bigint) as amount_vnd,
        cast(participant_vnd as bigint) as participant_vnd,
        cast(state_support_vnd as bigint) as state_support_vnd,
        cast(months as integer) as months,
        -- months, dates, instants
        cast(head_month as integer) as head_month,
        cast(from_month as integer) as from_month,
        night,
        received_at,
        known_from
    from source
)

select * from renamed
