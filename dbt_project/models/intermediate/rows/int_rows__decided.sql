with -- a decision about a file is one about each of its rows; of several the last counts, but a file taken back stays so until that is undone
decided_rows as (
    select
        sheet_rows.*,
        decisions.decision,
        decisions.row_id is not null as names_the_row,
        -- by the system: a file that no rule found anything in, and that kept a night from being
        -- published
        max(case when decisions.decision = 'hold' then 1 else 0 end) over (partition by sheet_rows.row_id) = 1 as was_held_by_system,
        row_number() over (
            partition by sheet_rows.row_id
            order by case when decisions.decision = 'withdraw' then 0 else 1 end, decisions.decision_number desc
        ) as rank_from_last
    from {{ ref('stg_intake__sheet_rows') }} as sheet_rows
    inner join {{ ref('int_rows__decisions') }} as decisions
        on sheet_rows.sha256 = decisions.sha256
        and sheet_rows.row_id = coalesce(decisions.row_id, sheet_rows.row_id)
),

final as (
    select
        decided_rows.row_id,
        decided_rows.decision,
        decided_rows.names_the_row,
        case
            when decided_rows.fate_in_file = 'not_data' then 'not_data'
            when decided_rows.decision = 'withdraw' then 'rejected'
            when decided_rows.fate_in_file not in ('held', 'accepted') then decided_rows.fate_in_file
            when decided_rows.decision = 'hold' then 'held'
            when decided_rows.fate_in_file = 'accepted' and not decided_rows.was_held_by_system then 'accepted'
            when decided_rows.decision = 'reject' then 'rejected'
            when decided_rows.names_the_row and uncountable_rows.row_id is null then 'accepted'
            when decided_rows.names_the_row then 'held'
            -- a file's hold is lifted: what its rows have wrong by themselves stays wrong
            when coalesce(decided_rows.own_fate, decided_rows.fate_in_file) = 'accepted' and uncountable_rows.row_id is not null then 'held'
            when decided_rows.fate_in_file = 'accepted' then 'accepted'
            else coalesce(decided_rows.own_fate, 'held')
        end as fate
    from decided_rows
    left join {{ ref('int_rows__uncountable') }} as uncountable_rows on decided_rows.row_id = uncountable_rows.row_id
    where decided_rows.rank_from_last = 1
)

select * from final
