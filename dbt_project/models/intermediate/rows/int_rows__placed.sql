with live_rows as (
    select
        *,
        coalesce(head_month, {{ month_index(local_date('received_at')) }}) as report_month
    from {{ ref('int_rows__fates') }}
    where
        fate = 'accepted'
        -- the reference workbook has rows too, but in no section: they are about places, not people
        and section is not null
        -- health insurance is kept apart: its rows are accounted for, and in no figure
        and scheme = 'bhxh-tn'
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

dated_rows as (
    select
        *,
        {{ register_day('report_month') }} as placed_on
    from live_rows
),

agents as (
    select
        agent_code,
        row_number() over (order by agent_code) as agent_number
    from (select distinct agent_code from live_rows where agent_code is not null) as distinct_agents
),

placed_rows as (
    select
        dated_rows.*,
        agents.agent_number,
        case when dated_rows.commune_code is not null then epochs.commune_key else register.commune_key end as commune_key,
        case when dated_rows.commune_code is not null then epochs.commune_number else register.commune_number end as commune_number,
        case when dated_rows.commune_code is not null then 'address' else 'collection_point' end as place_basis
    from dated_rows
    left join agents on dated_rows.agent_code = agents.agent_code
    left join {{ ref('int_communes__epochs') }} as epochs
        on dated_rows.commune_code = epochs.commune_code
        and dated_rows.placed_on >= epochs.applies_from
        and dated_rows.placed_on < epochs.applies_until
    left join {{ ref('int_agents__register') }} as register
        on dated_rows.agent_code = register.agent_code
        and dated_rows.placed_on >= register.applies_from
        and dated_rows.placed_on < register.applies_until
),

final as (
    select
        row_id,
        sha256,
        form,
        sheet_index,
        row_number,
        agent_code,
        received_at,
        night,
        report_month,
        section,
        is_cancellation,
        is_released,
        -- the digits behind a 1, so that leading zeros stand; numbers are grouped in half the time
        -- of texts
        cast({{ dbt.concat(["'1'", 'bhxh_number']) }} as bigint) as person_number,
        from_month,
        months,
        amount_vnd,
        participant_vnd,
        state_support_vnd,
        commune_key,
        place_basis,
        -- the agent in the commune; fewer than a million agents
        cast(commune_number as bigint) * 1000000 + agent_number as place_number
    from placed_rows
)

select * from final
