-- Sáu tháng gần nhất của một xã diễn biến thế nào?
-- How did one commune move in the last six months?
select month, participants, net_change, new_participants, returned_participants, lapsed_participants, left_participants
from fct_participation_by_commune_month
where commune_code = '12142'
order by month desc
limit 6;
-- On the invented Ân Thi, 30/06/2019:
-- => 2019-06-01 | 42 | 7 | 8 | 0 | 1 | 0
-- => 2019-05-01 | 35 | 7 | 9 | 0 | 2 | 0
-- => 2019-04-01 | 28 | 6 | 7 | 1 | 2 | 0
-- => 2019-03-01 | 22 | 5 | 5 | 0 | 0 | 0
-- => 2019-02-01 | 17 | 3 | 2 | 1 | 0 | 0
-- => 2019-01-01 | 14 | 3 | 4 | 0 | 1 | 0
