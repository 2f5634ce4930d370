-- Người tham gia đã đóng bao nhiêu mỗi tháng, ngân sách hỗ trợ bao nhiêu? (theo đại lý khai)
-- How much did participants pay each month, and how much did the state add? (as declared by the agents)
select month, sum(contributions_vnd) as contributions_vnd, sum(state_support_vnd) as state_support_vnd,
    count(*) - count(contributions_vnd) as communes_not_known
from fct_participation_by_commune_month
where month >= date '2019-01-01'
group by month
order by month;
