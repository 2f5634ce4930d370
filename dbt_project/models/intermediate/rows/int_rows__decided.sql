with decisions as (
    select * from {{ ref('int_rows__decisions') }}
),

sheet_rows as (
    select * from {{ ref('stg_intake__sheet_rows') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

-- a decision about a file is one about each of its rows; of several, the last counts
decided_rows as (
    select
        sheet_rows.*,
        decisions.decision,
        decisions.row_id is not null as names_the_row,
        {{ register_day('coalesce(sheet_rows.head_month, ' ~ month_index(local_date('sheet_rows.received_at')) ~ ')') }} as placed_on,
        row_number() over (
            partition by sheet_rows.row_id
            order by decisions.decision_number desc
        ) as rank_from_last
    from sheet_rows
    inner join decisions
        on sheet_rows.sha256 = decisions.sha256
        and sheet_rows.row_id = coalesce(decisions.row_id, sheet_rows.row_id)
),

-- what nobody can count goes on waiting, whoever released it: without its person, its months or a place it would be a number from nowhere
countable_rows as (
    select decided_rows.row_id
    from decided_rows
    left join epochs
        on decided_rows.commune_code = epochs.commune_code
        and decided_rows.placed_on >= epochs.means_from
        and decided_rows.placed_on < epochs.means_before
    left join register
        on decided_rows.agent_code = register.agent_code
        and decided_rows.placed_on >= register.speaks_from
        and decided_rows.placed_on < register.speaks_before
    where
        decided_rows.rank_from_last = 1
        and decided_rows.section is not null
        and decided_rows.bhxh_number is not null
        and (
            decided_rows.section <> 'I.1'
            or (decided_rows.from_month is not null and decided_rows.months > 0)
        )
        and case when decided_rows.commune_code is not null then epochs.commune_key else register.commune_key end is not null
),

final as (
    select
        decided_rows.row_id,
        decided_rows.decision,
        decided_rows.names_the_row,
        case
            when decided_rows.fate_in_file = 'not_data' then 'not_data'
            when decided_rows.decision = 'withdraw' then 'rejected'
            when decided_rows.fate_in_file <> 'held' then decided_rows.fate_in_file
            when decided_rows.decision = 'reject' then 'rejected'
            when decided_rows.names_the_row and countable_rows.row_id is not null then 'accepted'
            when decided_rows.names_the_row then 'held'
            -- a file's hold is lifted: what its rows have wrong by themselves stays wrong
            when decided_rows.own_fate = 'accepted' and countable_rows.row_id is null then 'held'
            else coalesce(decided_rows.own_fate, 'held')
        end as fate
    from decided_rows
    left join countable_rows on decided_rows.row_id = countable_rows.row_id
    where decided_rows.rank_from_last = 1
)

select * from final
