-- Where every flow is known, participants less those of the month before = new + returned + moved in - lapsed - left - moved out.
select
    reporting_date,
    commune_code,
    net_change
from {{ ref('kpi_by_commune') }}
where
    net_change <> new_participants + returned_participants + moved_in_participants
        - lapsed_participants - left_participants - moved_out_participants
