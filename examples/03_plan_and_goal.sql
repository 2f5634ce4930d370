-- Vượt kế hoạch sáu tháng mà vẫn xa mục tiêu năm: hai điều cùng đúng?
-- Above the half-year plan and far from the goal of the year: are both true?
select participants, target_period, target_participants, round(100 * target_rate, 1) as percent_of_plan,
    year_target, round(100 * year_target_rate, 1) as percent_of_goal,
    round(pace_per_month, 1) as pace, round(needed_per_month, 1) as needed, round(forecast_year_end) as forecast
from kpi_by_district_latest;
-- On the invented Ân Thi, 30/06/2019:
-- => 824 | 2019-H1 | 553 | 149 | 2000 | 41.20 | 101.50 | 196 | 1433
