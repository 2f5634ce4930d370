with sheet_rows as (
    select * from {{ ref('int_rows__fates') }}
),

agents as (
    select distinct agent_code
    from sheet_rows
    where agent_code is not null
),

final as (
    select
        agent_code,
        cast(row_number() over (order by agent_code) as integer) as agent_number
    from agents
)

select * from final
