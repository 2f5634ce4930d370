select
    {{- published_columns({'district_code': 'holder_code', 'district_name': 'holder_name'}) }}
from {{ ref('int_holders__summed') }}
where holder_type = 'district'
