-- Người tham gia đã đóng bao nhiêu mỗi tháng, ngân sách hỗ trợ bao nhiêu? (theo đại lý khai)
-- How much did participants pay each month, and how much did the state add? (as agents declare it)
select month, sum(contributions_vnd) as contributions_vnd, sum(state_support_vnd) as state_support_vnd,
    count(*) - count(contributions_vnd) as communes_not_known
from fct_participation_by_commune_month
where month >= date '2019-01-01'
group by month
order by month;
-- On the invented Ân Thi, 30/06/2019:
-- => 2019-01-01 | 69553000 | 8316000 | 0
-- => 2019-02-01 | 81706900 | 8031100 | 0
-- => 2019-03-01 | 99359700 | 9771300 | 0
-- => 2019-04-01 | 136107400 | 13536600 | 0
-- => 2019-05-01 | 139837500 | 13282500 | 0
-- => 2019-06-01 | 172541600 | 17032400 | 0
