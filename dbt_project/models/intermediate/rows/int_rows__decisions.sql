with known_decisions as (
    select *
    from {{ ref('stg_intake__decisions') }}
    where night <= (select max(known_on) from {{ ref('stg_ops__reporting_dates') }})
),

undone as (
    select distinct undone_id
    from known_decisions
    where undone_id is not null
),

final as (
    select
        known_decisions.decision_id,
        known_decisions.decision_number,
        known_decisions.decision,
        known_decisions.sha256,
        known_decisions.row_id,
        known_decisions.decided_at
    from known_decisions
    left join undone on known_decisions.decision_id = undone.undone_id
    where
        known_decisions.decision <> 'undo'
        and undone.undone_id is null
)

select * from final
