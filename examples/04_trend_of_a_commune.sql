-- Sáu tháng gần nhất của một xã diễn biến thế nào?
-- How did one commune move in the last six months?
select month, participants, net_change, new_participants, returned_participants, lapsed_participants, left_participants
from fct_participation_by_commune_month
where commune_code = '12142'
order by month desc
limit 6;
