-- Người mới có ở lại sau sáu tháng và một năm không?
-- Do newcomers stay after six months and after a year?
select method, sum(people) as people,
    sum(covered_after_6_months) as after_6_months, sum(people) filter (where covered_after_6_months is not null) as people_seen_6_months,
    sum(covered_after_12_months) as after_12_months, sum(people) filter (where covered_after_12_months is not null) as people_seen_12_months
from fct_cohorts
group by method
order by method;
