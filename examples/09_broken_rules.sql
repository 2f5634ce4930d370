-- Đại lý hay mắc lỗi nào nhất?
-- Which rules are broken most often?
select rule_code, r.message_vi, sum(files_concerned) as files, sum(rows_concerned) as rows_concerned, count(distinct agent_code) as agents
from fct_rejections as f
inner join dim_rule as r using (rule_key, rule_code)
where reporting_date = (select reporting_date from publication)
group by rule_code, r.message_vi
order by rows_concerned desc, rule_code;
-- On the invented Ân Thi, 30/06/2019:
-- => BP-303 | Không đọc được số tiền người tham gia đóng. | 1 | 1 | 1
-- => BP-001 | Không đọc được tệp. | 1 | 0 | 1
