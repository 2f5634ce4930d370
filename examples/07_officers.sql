-- Cán bộ nào phụ trách địa bàn còn thiếu nhiều nhất?
-- Which officers answer for the largest gap?
select officer_code, communes, participants, year_target, gap_to_year_target, agents_reported, agents_expected
from kpi_by_officer
where reporting_date = (select reporting_date from publication)
order by gap_to_year_target desc, officer_code
limit 5;
