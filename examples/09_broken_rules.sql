-- Đại lý hay mắc lỗi nào nhất?
-- Which rules are broken most often?
select rule_code, severity, sum(files_concerned) as files, sum(rows_concerned) as rows_concerned, count(distinct agent_code) as agents
from fct_rejections
where reporting_date = (select reporting_date from publication)
group by rule_code, severity
order by rows_concerned desc, rule_code;
-- On the invented Ân Thi, 30/06/2019:
-- => BP-303 | reject_row | 1 | 1 | 1
-- => BP-001 | reject_file | 1 | 0 | 1
