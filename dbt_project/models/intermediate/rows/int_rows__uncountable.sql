-- What nobody can count, whoever releases it: without its person, its months or a place it would be
-- a number from nowhere. The models and the commands that decide about rows read the reason here,
-- and nowhere else.
with reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

waiting_rows as (
    select
        *,
        {{ register_day('coalesce(head_month, ' ~ month_index(local_date('received_at')) ~ ')') }} as placed_on
    from {{ ref('stg_intake__sheet_rows') }}
    where
        fate_in_file = 'held'
        or sha256 in (select sha256 from {{ ref('int_rows__decisions') }} where decision = 'hold')
),

with_reason as (
    select
        waiting_rows.row_id,
        case
            when waiting_rows.section is null then 'section'
            when waiting_rows.bhxh_number is null then 'number'
            when waiting_rows.section = 'I.1' and (waiting_rows.from_month is null or coalesce(waiting_rows.months, 0) <= 0) then 'months'
            when waiting_rows.agent_code is null then 'agent'
            when waiting_rows.commune_code is not null and epochs.commune_key is null then 'commune'
            when waiting_rows.commune_code is null and register.agent_code is null then 'agent'
            when waiting_rows.commune_code is null and register.commune_key is null then 'collection_point'
        end as lacks
    from waiting_rows
    left join {{ ref('int_communes__epochs') }} as epochs
        on waiting_rows.commune_code = epochs.commune_code
        and waiting_rows.placed_on >= epochs.applies_from
        and waiting_rows.placed_on < epochs.applies_until
    left join {{ ref('int_agents__register') }} as register
        on waiting_rows.agent_code = register.agent_code
        and waiting_rows.placed_on >= register.applies_from
        and waiting_rows.placed_on < register.applies_until
),

final as (
    select
        row_id,
        lacks
    from with_reason
    where lacks is not null
)

select * from final
