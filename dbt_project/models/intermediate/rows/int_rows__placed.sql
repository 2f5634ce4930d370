with live_rows as (
    select
        *,
        coalesce(head_month, {{ month_index(local_date('received_at')) }}) as report_month
    from {{ ref('int_rows__fates') }}
    where
        fate = 'accepted'
        -- the reference workbook has rows too, but in no section: they are about places, not people
        and section is not null
),

dated_rows as (
    select
        *,
        {{ month_end('report_month') }} as placed_on
    from live_rows
),

register as (
    select * from {{ ref('int_agents__register') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

final as (
    select
        dated_rows.row_id,
        dated_rows.sha256,
        dated_rows.form,
        dated_rows.agent_code,
        dated_rows.received_at,
        dated_rows.night,
        dated_rows.report_month,
        dated_rows.section,
        dated_rows.is_cancellation,
        dated_rows.is_released,
        dated_rows.bhxh_number,
        dated_rows.from_month,
        dated_rows.months,
        dated_rows.amount_vnd,
        dated_rows.participant_vnd,
        dated_rows.state_support_vnd,
        case when dated_rows.commune_code is not null then epochs.commune_key else register.commune_key end as commune_key,
        case when dated_rows.commune_code is not null then 'address' else 'collection_point' end as place_basis
    from dated_rows
    left join epochs
        on dated_rows.commune_code = epochs.commune_code
        and dated_rows.placed_on >= epochs.means_from
        and dated_rows.placed_on < epochs.means_before
    left join register
        on dated_rows.agent_code = register.agent_code
        and dated_rows.placed_on >= register.speaks_from
        and dated_rows.placed_on < register.speaks_before
)

select * from final
