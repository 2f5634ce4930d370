select
    association_key,
    association_code,
    valid_from,
    valid_to,
    association_name,
    -- by the name that the office gives it; another name is of no known kind
    case
        when association_name like 'Hội Nông dân%' then 'farmers'
        when association_name like 'Hội Phụ nữ%' or association_name like 'Hội Liên hiệp Phụ nữ%' then 'women'
        when association_name like 'Hội Cựu chiến binh%' then 'veterans'
        when association_name like 'Đoàn Thanh niên%' then 'youth'
    end as kind,
    commune_code,
    commune_key
from {{ ref('int_reference__associations') }} as associations
