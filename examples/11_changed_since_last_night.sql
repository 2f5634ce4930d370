-- Từ lần công bố đêm trước, số người tham gia của xã nào thay đổi, vì sao?
-- Since the version of the night before: whose number of participants changed, and by which flows?
select
    holder_name,
    max(value_before) filter (where kpi_code = 'participants') as before,
    max(value_now) filter (where kpi_code = 'participants') as now,
    max(difference) filter (where kpi_code = 'participants') as difference,
    coalesce(max(difference) filter (where kpi_code = 'new_participants'), 0) as new_participants,
    coalesce(max(difference) filter (where kpi_code = 'lapsed_participants'), 0) as lapsed_participants,
    coalesce(max(difference) filter (where kpi_code = 'agents_reported'), 0) as agents_reported
from publication_changes
where holder_type = 'commune' and reporting_date = (select reporting_date from publication)
group by holder_name
having max(difference) filter (where kpi_code = 'participants') <> 0
order by difference, holder_name
limit 5;
-- On the invented Ân Thi, 30/06/2019, where the night before was published too: with the month's
-- last day those who did not renew are gone.
-- => Quảng Lãng | 80 | 71 | -9 | 0 | 9 | 0
-- => Hoàng Hoa Thám | 35 | 28 | -7 | 0 | 7 | 0
-- => Cẩm Ninh | 79 | 74 | -5 | 0 | 5 | 0
-- => Hồng Quang | 60 | 56 | -4 | 0 | 4 | 0
-- => Bắc Sơn | 61 | 58 | -3 | 0 | 3 | 0
