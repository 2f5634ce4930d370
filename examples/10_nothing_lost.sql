-- Có dòng hay đồng nào bị mất không? Hai cột cuối phải bằng 0.
-- Is any row or đồng lost? The last two columns must be 0.
select count(*) as files, sum(rows_received) as rows_received, sum(amount_received_vnd) as amount_received_vnd,
    sum(rows_received - rows_accepted - rows_rejected - rows_held - rows_duplicate - rows_superseded - rows_not_data) as rows_lost,
    sum(amount_received_vnd - amount_accepted_vnd - amount_rejected_vnd - amount_held_vnd - amount_duplicate_vnd - amount_superseded_vnd) as vnd_lost
from fct_submissions
where form not like 'reference/%';
-- On the invented Ân Thi, 30/06/2019:
-- => 708 | 8290 | 1556306001 | 0 | 0
