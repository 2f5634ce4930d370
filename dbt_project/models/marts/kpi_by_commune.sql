select
    {{- published_columns({'boundaries': "cast('then' as " ~ dbt.type_string() ~ ")", 'commune_code': 'holder_code', 'commune_name': 'holder_name'}) }}
from {{ ref('int_holders__summed') }}
where holder_type = 'commune'
