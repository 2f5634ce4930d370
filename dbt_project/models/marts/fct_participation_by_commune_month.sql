select
    {{- published_columns({'month': 'month_start', 'commune_code': 'holder_code', 'commune_name': 'holder_name'}) }}
from {{ ref('int_holders__summed') }}
where
    holder_type = 'commune'
    and is_month_end
