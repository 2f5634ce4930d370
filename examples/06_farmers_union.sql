-- Hội Nông dân các xã đạt bao nhiêu so với chỉ tiêu?
-- (các hội của một xã chồng lên nhau: không cộng)
-- Where do the Farmers' Unions stand against their targets? (associations overlap: do not add them)
select k.commune_name, k.association_name, k.participants, k.year_target, round(100 * k.year_target_rate, 1) as percent_of_goal
from kpi_by_association_latest as k
inner join dim_association as a on k.association_key = a.association_key
where a.kind = 'farmers'
order by k.year_target_rate desc nulls last, k.association_code
limit 5;
-- On the invented Ân Thi, 30/06/2019:
-- => Văn Nhuệ | Hội Nông dân Văn Nhuệ | 36 | 28 | 128.60
-- => Hoàng Hoa Thám | Hội Nông dân Hoàng Hoa Thám | 28 | 33 | 84.80
-- => Phù Ủng | Hội Nông dân Phù Ủng | 25 | 30 | 83.30
-- => Bắc Sơn | Hội Nông dân Bắc Sơn | 24 | 33 | 72.70
-- => Đa Lộc | Hội Nông dân Đa Lộc | 17 | 25 | 68
