-- Tệp nào còn dòng phải giải quyết, còn bao nhiêu tiền?
-- Which files still wait for an answer, with how many rows and how much money?
select "Đại lý", "Tháng ghi ở đầu biểu", "Mã tệp", "Kết luận về tệp", "Số dòng còn phải giải quyết", "Số tiền còn phải giải quyết (đồng)"
from v_tep_da_nhan
where "Tệp không còn gì phải giải quyết" = 'không'
order by "Thời điểm nhận, giờ Việt Nam" desc
limit 5;
-- On the invented Ân Thi, 30/06/2019:
-- => Đại lý thu Quảng Lãng 1 | NULL | 480f5b78b3c6 | loại | 0 | 0
-- => Đại lý thu Vân Du 1 | 2019-06-01 | 1399d1158e08 | ghi nhận một phần | 1 | 1848000
-- => Đại lý thu Ân Thi 1 | 2019-05-01 | ca41e4ba02a7 | ghi nhận một phần | 1 | 2904000
-- => Đại lý thu Phù Ủng 1 | 2019-05-01 | 03de004dda0c | ghi nhận một phần | 1 | 1980000
-- => Đại lý thu Xuân Trúc 3 | 2019-04-01 | f1f4cf0f6c66 | ghi nhận một phần | 2 | 7920000
