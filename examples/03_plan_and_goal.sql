-- Vượt kế hoạch sáu tháng mà vẫn xa mục tiêu năm: hai điều cùng đúng?
-- Above the half-year plan and far from the goal of the year: are both true?
select participants, target_period, target_participants, round(100 * target_rate, 1) as percent_of_plan,
    year_target, round(100 * year_target_rate, 1) as percent_of_goal,
    round(pace_per_month, 1) as pace, round(needed_per_month, 1) as needed, round(forecast_year_end) as forecast
from kpi_by_district
where reporting_date = (select reporting_date from publication);
