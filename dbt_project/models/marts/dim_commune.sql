select
    commune_key,
    commune_code,
    valid_from,
    valid_to,
    commune_name,
    unit_type,
    district_code,
    district_name,
    province_code,
    successor_code,
    successor_key,
    valid_to is null as is_current,
    source,
    certainty
from {{ ref('int_communes__epochs') }} as epochs
