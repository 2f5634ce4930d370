-- Xã nào còn cách mục tiêu năm xa nhất?
-- Which communes are furthest from the goal of the year?
select commune_name, participants, year_target, gap_to_year_target, needed_per_month, pace_per_month
from kpi_by_commune
where boundaries = 'then' and reporting_date = (select reporting_date from publication)
order by gap_to_year_target desc, commune_code
limit 5;
