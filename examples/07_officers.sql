-- Cán bộ nào phụ trách địa bàn còn thiếu nhiều nhất?
-- Which officers answer for the largest gap?
select officer_code, communes, participants, year_target, gap_to_year_target, agents_reported, agents_expected
from kpi_by_officer_latest
order by gap_to_year_target desc, officer_code
limit 5;
-- On the invented Ân Thi, 30/06/2019:
-- => CB15 | 1 | 19 | 107 | 88 | 2 | 2
-- => CB08 | 1 | 22 | 107 | 85 | 2 | 2
-- => CB10 | 1 | 28 | 113 | 85 | 2 | 3
-- => CB06 | 1 | 30 | 104 | 74 | 3 | 3
-- => CB01 | 1 | 42 | 106 | 64 | 4 | 4
