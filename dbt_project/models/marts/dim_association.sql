select
    association_code,
    valid_from,
    valid_to,
    association_name,
    commune_code,
    commune_key
from {{ ref('int_reference__associations') }} as associations
