-- Đại lý nào chưa gửi báo cáo của tháng này?
-- Which agents have not reported for this month?
select agent_code, agent_name, commune_name, report_status
from kpi_by_agent_latest
where report_status = 'missing'
order by agent_code;
-- On the invented Ân Thi, 30/06/2019:
-- => DL010 | Đại lý thu Hoàng Hoa Thám 1 | Hoàng Hoa Thám | missing
-- => DL011 | Đại lý thu Quảng Lãng 1 | Quảng Lãng | missing
