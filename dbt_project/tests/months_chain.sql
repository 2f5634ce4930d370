-- The month before is the month before: what a month says of its predecessor is what that one said
-- of itself.
with months as (
    select * from {{ ref('fct_participation_by_commune_month') }}
),

numbered as (
    select
        *,
        {{ month_index('month') }} as month_number
    from months
)

select
    present.month,
    present.commune_code,
    present.participants_prev_month,
    previous.participants as participants_of_previous
from numbered as present
inner join numbered as previous
    on present.commune_key = previous.commune_key
    and present.month_number = previous.month_number + 1
where present.participants_prev_month <> previous.participants
