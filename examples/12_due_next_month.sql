-- Tháng sau xã nào có nhiều người phải đóng tiếp nhất?
-- Where must most people renew next month?
select commune_name, due_next_month, round(100.0 * due_next_month / participants, 1) as percent_of_participants, due_in_60_days, overdue
from kpi_by_commune_latest
where due_next_month > 0
order by due_next_month desc, commune_code
limit 5;
-- On the invented Ân Thi, 30/06/2019:
-- => Vân Du | 42 | 62.70 | 49 | 5
-- => Cẩm Ninh | 38 | 51.40 | 49 | 8
-- => Hồng Quang | 38 | 67.90 | 45 | 7
-- => Quảng Lãng | 34 | 47.90 | 45 | 13
-- => Bắc Sơn | 32 | 55.20 | 41 | 8
