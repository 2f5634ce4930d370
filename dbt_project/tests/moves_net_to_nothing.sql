-- Who moves within a district leaves one of its communes and comes to another, where all its
-- communes are known.
with communes as (
    select * from {{ ref('kpi_by_commune') }}
    where boundaries = 'then'
)

select
    reporting_date,
    district_code,
    sum(moved_in_participants) as moved_in,
    sum(moved_out_participants) as moved_out
from communes
group by reporting_date, district_code
having
    count(moved_in_participants) = count(*)
    and sum(moved_in_participants) <> sum(moved_out_participants)
