select
    officers.officer_code as officer_key,
    officers.officer_code,
    min(officers.valid_from) as valid_from,
    -- NULL while any of the officer's communes is open
    case when count(officers.valid_to) = count(*) then max(officers.valid_to) end as valid_to,
    max(case when officers.rank_from_newest = 1 then officers.officer_name end) as officer_name
from (
    select
        *,
        row_number() over (partition by officer_code order by valid_from desc, commune_code) as rank_from_newest
    from {{ ref('dim_officer') }} as named_officers
) as officers
group by officers.officer_code
