-- Người mới có ở lại sau sáu tháng và một năm không?
-- Do newcomers stay after six months and after a year?
select method, sum(people) as people,
    sum(covered_after_6_months) as after_6_months, sum(people) filter (where covered_after_6_months is not null) as people_seen_6_months,
    sum(covered_after_12_months) as after_12_months, sum(people) filter (where covered_after_12_months is not null) as people_seen_12_months
from fct_cohorts
group by method
order by method;
-- On the invented Ân Thi, 30/06/2019:
-- => monthly | 376 | 3 | 7 | NULL | NULL
-- => six_monthly | 95 | 12 | 17 | 0 | 1
-- => three_monthly | 185 | 11 | 14 | 2 | 2
-- => yearly | 66 | 19 | 19 | 1 | 2
