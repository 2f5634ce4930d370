-- A row that waits or was rejected is an open case until a later file of its agent brings it right,
-- or a person decides.
with fates as (
    select * from {{ ref('int_rows__fates') }}
),

sheet_rows as (
    select * from {{ ref('stg_intake__sheet_rows') }}
),

decided_rows as (
    select * from {{ ref('int_rows__decided') }}
),

cases as (
    select
        fates.row_id,
        fates.sha256,
        fates.agent_code,
        fates.received_at,
        fates.bhxh_number,
        fates.from_month,
        sheet_rows.batch_number,
        sheet_rows.head_month,
        sheet_rows.sheet_index,
        sheet_rows.row_number,
        sheet_rows.full_name,
        fates.amount_vnd,
        coalesce(decided_rows.decision in ('reject', 'withdraw'), false) as is_decided
    from fates
    inner join sheet_rows on fates.row_id = sheet_rows.row_id
    left join decided_rows on fates.row_id = decided_rows.row_id
    where fates.fate in ('held', 'rejected')
),

accepted_rows as (
    select
        fates.sha256,
        fates.agent_code,
        fates.received_at,
        fates.bhxh_number,
        fates.from_month,
        sheet_rows.batch_number,
        sheet_rows.head_month,
        sheet_rows.sheet_index,
        sheet_rows.row_number,
        sheet_rows.full_name
    from fates
    inner join sheet_rows on fates.row_id = sheet_rows.row_id
    where
        fates.fate_decided = 'accepted'
        and fates.fate not in ('held', 'rejected')
        and fates.agent_code in (select agent_code from cases)
),

-- the same batch again: its row is known by the name, by the number where the months were mended,
-- or by its place where it had no number. Who stood in the file already is not the person of its
-- row that was wrong.
restated as (
    select
        cases.row_id,
        accepted_rows.sha256,
        accepted_rows.received_at
    from cases
    inner join accepted_rows
        on cases.agent_code = accepted_rows.agent_code
        and cases.batch_number = accepted_rows.batch_number
        and cases.head_month = accepted_rows.head_month
        and (
            cases.bhxh_number = accepted_rows.bhxh_number
            or lower(cases.full_name) = lower(accepted_rows.full_name)
            or (
                cases.bhxh_number is null
                and cases.sheet_index = accepted_rows.sheet_index
                and cases.row_number = accepted_rows.row_number
            )
        )
    left join sheet_rows as neighbours
        on cases.sha256 = neighbours.sha256
        and cases.row_id <> neighbours.row_id
        and accepted_rows.bhxh_number = neighbours.bhxh_number
        and accepted_rows.from_month = neighbours.from_month
    where neighbours.row_id is null
),

brought_right as (
    select
        cases.row_id,
        accepted_rows.sha256,
        accepted_rows.received_at
    from cases
    inner join accepted_rows
        on cases.agent_code = accepted_rows.agent_code
        and cases.bhxh_number = accepted_rows.bhxh_number
        and cases.from_month = accepted_rows.from_month

    union all

    select
        row_id,
        sha256,
        received_at
    from restated
),

first_brought as (
    select
        brought_right.row_id,
        brought_right.sha256,
        row_number() over (
            partition by brought_right.row_id
            order by brought_right.received_at, brought_right.sha256
        ) as rank_from_first
    from brought_right
    inner join cases on brought_right.row_id = cases.row_id
    where
        brought_right.received_at > cases.received_at
        or (brought_right.received_at = cases.received_at and brought_right.sha256 > cases.sha256)
),

final as (
    select
        cases.row_id,
        cases.sha256,
        cases.amount_vnd,
        cases.is_decided,
        first_brought.sha256 as resolved_by,
        not cases.is_decided and first_brought.sha256 is null as is_open
    from cases
    left join first_brought
        on cases.row_id = first_brought.row_id
        and first_brought.rank_from_first = 1
)

select * from final
