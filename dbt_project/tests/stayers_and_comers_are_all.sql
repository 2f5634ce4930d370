-- The participants of a commune are those who stayed, are new, have returned or are due.
select
    reporting_date,
    commune_code,
    participants
from {{ ref('kpi_by_commune') }}
where participants <> continuing_participants + new_participants + returned_participants + participants_due
