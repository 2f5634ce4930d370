-- Xã nào còn cách mục tiêu năm xa nhất?
-- Which communes are furthest from the goal of the year?
select commune_name, participants, year_target, gap_to_year_target, needed_per_month, pace_per_month
from kpi_by_commune_latest
order by gap_to_year_target desc, commune_code
limit 5;
-- On the invented Ân Thi, 30/06/2019:
-- => Nguyễn Trãi | 19 | 107 | 88 | 14.67 | 1.67
-- => Quang Vinh | 22 | 107 | 85 | 14.17 | 2
-- => Hoàng Hoa Thám | 28 | 113 | 85 | 14.17 | 2.83
-- => Tân Phúc | 30 | 104 | 74 | 12.33 | 3.33
-- => Ân Thi | 42 | 106 | 64 | 10.67 | 5.17
